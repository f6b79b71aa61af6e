import { describe, expect, test } from '@jest/globals';
import { interpret } from '../../../../subgraphs/diagnosis/inference/interpret.js';
import type { ModelCard } from '../../../../subgraphs/diagnosis/inference/modelCard.js';

const card: ModelCard = {
  id: 'pneumonia-trial',
  version: '1.0.0',
  sha256: '0'.repeat(64),
  code: 'pneumonia',
  intendedUse: 'Tests.',
  limits: [],
  threshold: 0.5,
  uncertain: [0.4, 0.6],
  oodThreshold: 700,
  height: 1,
  width: 4,
  metrics: [],
  trainingData: [],
};
const cam = Float32Array.of(0, 1, 2, 4);

describe('a finding', () => {
  test.each([
    [0, 'NO_FINDING'],
    [0.39, 'NO_FINDING'],
    [0.4, 'UNCERTAIN'],
    [0.5, 'UNCERTAIN'],
    [0.6, 'UNCERTAIN'],
    [0.61, 'FINDING'],
    [1, 'FINDING'],
  ])('of probability %d is %s', (probability, finding) => {
    expect(interpret({ probability, ood: 0, cam }, card)).toMatchObject({ finding, probability, code: 'pneumonia' });
  });

  test('follows the threshold where the card leaves no doubt around it', () => {
    const sure: ModelCard = { ...card, threshold: 0.7, uncertain: [0.7, 0.7] };
    const findings = [0.69, 0.7, 0.71].map((probability) => interpret({ probability, ood: 0, cam }, sure).finding);
    expect(findings).toEqual(['NO_FINDING', 'UNCERTAIN', 'FINDING']);
  });

  test.each([700, 701, 1e9])('has no probability and no map at a distance of %d', (ood) => {
    expect(interpret({ probability: 0.99, ood, cam }, card)).toEqual({
      finding: 'OUT_OF_DISTRIBUTION',
      code: 'pneumonia',
      probability: null,
      threshold: 0.5,
      outOfDistributionScore: ood,
      outOfDistributionThreshold: 700,
      activation: null,
    });
  });
});

describe('the activation map', () => {
  const levels = (probability: number, map = cam): number[] => [
    ...(interpret({ probability, ood: 0, cam: map }, card).activation ?? []),
  ];

  test('is as bright at its peak as the probability is high', () => expect(levels(1)).toEqual([0, 64, 128, 255]));
  test('stays dark where the model sees nothing', () => expect(levels(0.02)).toEqual([0, 1, 3, 5]));
  test('of nothing is black', () => expect(levels(1, new Float32Array(4))).toEqual([0, 0, 0, 0]));
});
