import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import { findModel, loadModels } from '../../../../subgraphs/diagnosis/inference/modelRepository.js';
import { refusalOf } from '../../../support/refusals.js';
import { checkout } from '../../../support/shared.js';

const shipped = join(checkout, 'subgraphs/diagnosis/model');
const folders: string[] = [];
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cloister-models-'));
  folders.push(folder);
  for (const kind of ['onnx', 'json'])
    await cp(join(shipped, `pneumonia-paediatric.${kind}`), join(folder, `a.${kind}`));
});
afterAll(() => Promise.all(folders.map((each) => rm(each, { recursive: true }))));

async function changeCard(change: (card: Record<string, unknown>) => void): Promise<void> {
  const card = JSON.parse(await readFile(join(folder, 'a.json'), 'utf8')) as Record<string, unknown>;
  change(card);
  await writeFile(join(folder, 'a.json'), JSON.stringify(card));
}

describe('the model that we ship', () => {
  test('is the one that its card describes', async () => {
    const { card } = findModel(await loadModels(shipped), undefined);
    expect(card).toMatchObject({ id: 'pneumonia-paediatric', code: 'pneumonia', height: 64, width: 64 });
    expect(card.metrics.find(({ name, dataset }) => name === 'AUC' && dataset === 'validation fold')).toMatchObject({
      n: 536,
    });
    expect(card.metrics.every(({ value, low, high }) => (low ?? value) <= value && value <= (high ?? value))).toBe(
      true,
    );
    expect(card.limits.length).toBeGreaterThan(0);
    expect(card.trainingData.every(({ licence }) => licence !== '')).toBe(true);
  });
});

describe('a folder of models', () => {
  test('is refused where a byte of the file was changed', async () => {
    const bytes = await readFile(join(folder, 'a.onnx'));
    bytes[1000] = (bytes[1000] ?? 0) ^ 1;
    await writeFile(join(folder, 'a.onnx'), bytes);
    expect(await refusalOf(() => loadModels(folder))).toBe('CONFIGURATION_INVALID');
  });

  test.each<[string, (card: Record<string, unknown>) => void]>([
    ['has no version', (card) => delete card.version],
    ['has a digest that is not one', (card) => (card.sha256 = 'abc')],
    ['has a threshold above 1', (card) => (card.threshold = 1.5)],
    ['has a distance that is not a number', (card) => (card.oodThreshold = '747')],
    ['has bounds of doubt in the wrong order', (card) => (card.uncertain = [0.6, 0.4])],
    ['has one bound of doubt', (card) => (card.uncertain = [0.6])],
    ['names no size of its input', (card) => (card.input = {})],
    ['has no metrics', (card) => delete card.metrics],
    ['names training data without a licence', (card) => (card.trainingData = [{ name: 'films' }])],
  ])('is refused where a card %s', async (_, change) => {
    await changeCard(change);
    expect(await refusalOf(() => loadModels(folder))).toBe('CONFIGURATION_INVALID');
  });

  test('is refused where a card is missing, or is not JSON', async () => {
    await writeFile(join(folder, 'a.json'), 'version: 1');
    expect(await refusalOf(() => loadModels(folder))).toBe('CONFIGURATION_INVALID');
    await rm(join(folder, 'a.json'));
    expect(await refusalOf(() => loadModels(folder))).toBe('CONFIGURATION_INVALID');
  });

  test('is refused where it is empty, or is not there', async () => {
    await rm(join(folder, 'a.onnx'));
    expect(await refusalOf(() => loadModels(folder))).toBe('CONFIGURATION_INVALID');
    expect(await refusalOf(() => loadModels(join(folder, 'none')))).toBe('CONFIGURATION_INVALID');
  });

  test('knows its models by their identifiers and no others', async () => {
    const models = await loadModels(folder);
    expect(findModel(models, 'pneumonia-paediatric')).toBe(findModel(models, undefined));
    expect(await refusalOf(() => findModel(models, 'constructor'))).toBe('NOT_FOUND');
  });
});
