import type { ModelOutput } from './infer.js';
import type { ModelCard } from './modelCard.js';

export type Finding = 'FINDING' | 'NO_FINDING' | 'UNCERTAIN' | 'OUT_OF_DISTRIBUTION';

export interface Interpretation {
  readonly finding: Finding;
  /** What was looked for. */
  readonly code: string;
  /** Null when out of distribution: a probability of something unlike all training images means nothing. */
  readonly probability: number | null;
  readonly threshold: number;
  readonly outOfDistributionScore: number;
  readonly outOfDistributionThreshold: number;
  /** 8-bit grey levels, `height * width`; null when out of distribution. */
  readonly activation: Uint8Array | null;
}

/** From what the model says to what we say. The order matters: strangeness first, then doubt, then the answer. */
export function interpret({ probability, ood, cam }: ModelOutput, card: ModelCard): Interpretation {
  const finding = decide(probability, ood, card);
  const known = finding !== 'OUT_OF_DISTRIBUTION';
  return {
    finding,
    code: card.code,
    probability: known ? probability : null,
    threshold: card.threshold,
    outOfDistributionScore: ood,
    outOfDistributionThreshold: card.oodThreshold,
    activation: known ? activationLevels(cam, probability) : null,
  };
}

function decide(probability: number, ood: number, card: ModelCard): Finding {
  if (ood >= card.oodThreshold) return 'OUT_OF_DISTRIBUTION';
  const [from, to] = card.uncertain;
  if (probability >= from && probability <= to) return 'UNCERTAIN';
  return probability >= card.threshold ? 'FINDING' : 'NO_FINDING';
}

/**
 * The map has no unit. Its brightest point is drawn as bright as the probability is high, so that the map of an
 * unsuspicious film stays dark and does not point at anything.
 */
function activationLevels(cam: Float32Array, probability: number): Uint8Array {
  const peak = cam.reduce((highest, value) => Math.max(highest, value), 0);
  return Uint8Array.from(cam, (value) =>
    peak === 0 ? 0 : Math.round((Math.max(0, value) / peak) * probability * 255),
  );
}
