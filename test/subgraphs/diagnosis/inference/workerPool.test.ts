import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, test } from '@jest/globals';
import { encodePng } from '../../../../runtime/images/encodePng.js';
import { interpret } from '../../../../subgraphs/diagnosis/inference/interpret.js';
import { findModel, loadModels } from '../../../../subgraphs/diagnosis/inference/modelRepository.js';
import { createInferenceWorkers } from '../../../../subgraphs/diagnosis/inference/workerPool.js';
import { refusalOf } from '../../../support/refusals.js';
import { checkout, describeWithShared, sharedPath } from '../../../support/shared.js';
import { fromSources } from '../../../support/threads.js';

const models = await loadModels(`${checkout}/subgraphs/diagnosis/model`);
const { card } = findModel(models, undefined);
const workers = createInferenceWorkers(models, {
  size: 2,
  queueLength: 100,
  deadlineMs: 25_000,
  memoryMb: 128,
  execArgv: fromSources,
});
afterAll(() => workers.close());

const findingOf = async (bytes: Uint8Array) => interpret(await workers.run({ model: card.id, bytes }), card).finding;

describe('inference refuses', () => {
  test('what is not an image, and what is cut short', async () => {
    expect(await refusalOf(() => findingOf(Buffer.from('not an image')))).toBe('IMAGE_UNSUPPORTED');
    expect(await refusalOf(() => findingOf(Buffer.from('ffd8ffe000104a464946', 'hex')))).toBe('IMAGE_UNREADABLE');
  });

  test('a model that is not there', async () => {
    expect(await refusalOf(() => workers.run({ model: 'other', bytes: Buffer.from('') }))).toBe('NOT_FOUND');
  });
});

test('the main loop goes on while an image is decoded and inferred', async () => {
  const large = encodePng({ rows: 4000, columns: 4000, pixels: new Uint8Array(16_000_000).fill(7) });
  await workers.ready;
  let ticks = 0;
  const timer = setInterval(() => ticks++, 2);
  expect(await findingOf(large)).toBe('OUT_OF_DISTRIBUTION');
  clearInterval(timer);
  expect(ticks).toBeGreaterThan(20);
});

describeWithShared('real films', 'data/medical/kermany-224-samples', () => {
  const folder = sharedPath('data/medical');
  const films = readFileSync(`${folder}/kermany-224-samples.sha256`, 'utf8')
    .trim()
    .split('\n')
    .map((line) => line.split('/').pop() ?? '');

  test('are mostly answered as their label says', async () => {
    await workers.ready;
    const answers = await Promise.all(
      films.map(
        async (film) => [film, await findingOf(readFileSync(`${folder}/kermany-224-samples/${film}`))] as const,
      ),
    );
    const right = answers.filter(
      ([film, finding]) => finding === (/bacteria|virus/.test(film) ? 'FINDING' : 'NO_FINDING'),
    );
    const wrong = answers.filter(
      ([film, finding]) => finding === (/bacteria|virus/.test(film) ? 'NO_FINDING' : 'FINDING'),
    );
    expect(right.length).toBeGreaterThanOrEqual(56);
    expect(wrong.length).toBeLessThanOrEqual(7);
  });

  test.each([
    'CTImage_LittleEndianExplicitTransferSyntax_1.2.840.10008.1.2.1.dcm',
    'pydicom_MR_small.dcm',
    'siim-cxr-fake-MONOCHROME1.dcm',
  ])('are told from %s, which is no chest film as the model knows them', async (file) => {
    expect(await findingOf(readFileSync(`${folder}/dicom/${file}`))).toBe('OUT_OF_DISTRIBUTION');
  });
});
