import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createIssuerKeys } from '../../../../enclave/results/issuerKeys.js';
import { verifyReceipt } from '../../../../enclave/receipts/receipt.js';
import type { AttestedClient } from '../../../../runtime/attestedClient.js';
import { encodePng } from '../../../../runtime/images/encodePng.js';
import { decodeImage } from '../../../../runtime/images/decodeImage.js';
import { parseConfig } from '../../../../runtime/config.js';
import { fetchJson } from '../../../../runtime/fetchJson.js';
import { silentLog } from '../../../../runtime/log.js';
import { createMetrics } from '../../../../runtime/metrics.js';
import { settings } from '../../../../subgraphs/diagnosis/inference/config.js';
import { type InferenceEnclave, startInferenceEnclave } from '../../../../subgraphs/diagnosis/inference/enclave.js';
import type { SignedAnswer } from '../../../../subgraphs/diagnosis/inference/inference.js';
import type { ImageReference } from '../../../../subgraphs/diagnosis/inference/imageReference.js';
import { type AttestedWorld, startAttestedWorld } from '../../../support/attestedWorld.js';
import { checkout, describeWithShared, sharedPath } from '../../../support/shared.js';
import { refusalOf } from '../../../support/refusals.js';
import { fromSources } from '../../../support/threads.js';
import { startTrialPatientService, type TrialPatientService } from '../../../support/trialPatientService.js';

let world: AttestedWorld;
let patient: TrialPatientService;
let enclave: InferenceEnclave;
let diagnosis: AttestedClient;

const startEnclave = async (env: Record<string, string> = {}): Promise<InferenceEnclave> => {
  const CLOISTER_MODELS = `${checkout}/subgraphs/diagnosis/model`;
  const CLOISTER_IMAGE_SOURCES = `${patient.origin}/`;
  const config = parseConfig(settings, {
    CLOISTER_MODELS,
    CLOISTER_IMAGE_SOURCES,
    CLOISTER_ATTESTED_PORT: '0',
    ...env,
  });
  const identity = await world.identity('inference');
  return startInferenceEnclave({
    config,
    identity,
    trust: world.trust,
    now: Date.now,
    log: silentLog,
    metrics: createMetrics('inference', { processMetrics: false }),
    execArgv: fromSources,
  });
};

beforeAll(async () => {
  world = await startAttestedWorld();
  patient = await startTrialPatientService(world);
  enclave = await startEnclave();
  diagnosis = await world.client('diagnosis', `https://127.0.0.1:${enclave.port}`, 'inference');
});
beforeEach(() => {
  patient.answer = undefined;
});
afterAll(async () => {
  await world.close();
  await enclave.close();
  await patient.close();
});

const post = async (
  body: unknown,
  client = diagnosis,
): Promise<{ status: number; answer: SignedAnswer & { error?: { code: string } } }> => {
  const { status, body: text } = await client.request({
    method: 'POST',
    path: '/interpretations',
    body: JSON.stringify(body),
  });
  return { status, answer: JSON.parse(text.toString('utf8')) as SignedAnswer };
};
const codeOf = async (image: Partial<ImageReference> | undefined, model?: unknown): Promise<string | undefined> =>
  (await post({ image, model })).answer.error?.code;
const get = async (path: string, client = diagnosis): Promise<[number, unknown]> => {
  const { status, body } = await client.request({ method: 'GET', path });
  return [status, JSON.parse(body.toString('utf8'))];
};

const noise = encodePng({
  rows: 80,
  columns: 80,
  pixels: Uint8Array.from({ length: 6400 }, (_, index) => (index * index * 31) & 255),
});

describe('the inference enclave, asked as the Open Inference Protocol says', () => {
  test('is live and ready', async () => {
    expect(await get('/v2/health/live')).toEqual([200, { live: true }]);
    expect(await get('/v2/health/ready')).toEqual([200, { ready: true }]);
    expect(await get('/v2/models/pneumonia-paediatric/ready')).toEqual([
      200,
      { name: 'pneumonia-paediatric', ready: true },
    ]);
    expect(enclave.notReady()).toEqual([]);
  });

  test('describes its model by name and version, and no other', async () => {
    const [, { models }] = (await get('/models')) as [number, { models: { version: string; sha256: string }[] }];
    const version = models[0]?.version ?? '';
    const [status, metadata] = await get(`/v2/models/pneumonia-paediatric/versions/${version}`);
    expect([status, metadata]).toEqual([
      200,
      expect.objectContaining({
        name: 'pneumonia-paediatric',
        versions: [version],
        inputs: [{ name: 'image', datatype: 'FP32', shape: [-1, 1, 64, 64] }],
        parameters: { sha256: models[0]?.sha256 },
      }),
    ]);
    expect((await get('/v2/models/other'))[0]).toBe(404);
    expect((await get('/v2/models/pneumonia-paediatric/versions/0'))[0]).toBe(404);
  });
});

describe('an interpretation', () => {
  test('of noise is out of distribution, without probability and map, and signed', async () => {
    const { status, answer } = await post({ image: patient.offer(noise, 'image/png') });
    expect(status).toBe(200);
    expect(answer).toMatchObject({
      finding: 'OUT_OF_DISTRIBUTION',
      code: 'pneumonia',
      probability: null,
      classActivationMap: null,
    });
    expect(answer.receipt.split('.').length).toBe(3);
  });

  test('has a receipt that verifies for this image, this model and this answer, and for no other', async () => {
    const { answer } = await post({ image: patient.offer(noise, 'image/png') });
    const { receipt, ...unsigned } = answer;
    const now = Date.now() / 1000;
    const getKeys = createIssuerKeys({
      fetchJwks: async (url) => (await fetchJson({ url, timeoutMs: 5000, maximumBytes: 1_000_000 })).body,
      now: () => now,
      minimumRefetchSeconds: 1,
    });
    const check = {
      receipt,
      issuers: world.trust.issuers,
      getKeys,
      now,
      input: createHash('sha256').update(noise).digest('hex'),
      answer: unsigned,
      modelSha256: answer.model.sha256,
      appraisal: { policy: world.trust.policy('imaging'), referenceValues: world.trust.referenceValues },
    };
    expect((await verifyReceipt(check)).enclave).toBe('inference');
    expect(await refusalOf(() => verifyReceipt({ ...check, answer: { ...unsigned, finding: 'NO_FINDING' } }))).toBe(
      'RECEIPT_INVALID',
    );
    expect(await refusalOf(() => verifyReceipt({ ...check, input: 'ab'.repeat(32) }))).toBe('RECEIPT_INVALID');
    expect(await refusalOf(() => verifyReceipt({ ...check, modelSha256: 'ab'.repeat(32) }))).toBe('RECEIPT_INVALID');
  });

  test.each(['patient', 'gateway', 'attestation', 'inference'])('is refused to the enclave %s', async (name) => {
    const client = await world.client(name, `https://127.0.0.1:${enclave.port}`, 'inference');
    const { status, answer } = await post({ image: patient.offer(noise) }, client);
    expect([status, answer.error?.code]).toEqual([403, 'POLICY_NOT_SATISFIED']);
  });

  test('is refused to an enclave that the reference values do not know', async () => {
    const stranger = await world.client('stranger', `https://127.0.0.1:${enclave.port}`, 'inference');
    expect(await refusalOf(() => post({ image: patient.offer(noise) }, stranger))).toBe('PEER_UNREACHABLE');
  });
});

describe('an image is refused by the inference enclave', () => {
  test.each<[string, () => Partial<ImageReference> | undefined, string]>([
    ['that is a text', () => patient.offer(Buffer.from('Dear colleague,'), 'image/png'), 'IMAGE_UNSUPPORTED'],
    ['that is cut short', () => patient.offer(noise.subarray(0, -20), 'image/png'), 'IMAGE_UNREADABLE'],
    ['of 70 MB', () => ({ ...patient.offer(noise), size: 70_000_000 }), 'TOO_LARGE'],
    ['with another digest', () => ({ ...patient.offer(noise), sha256: 'ab'.repeat(32) }), 'IMAGE_MISMATCH'],
    ['with another size', () => ({ ...patient.offer(noise), size: noise.length + 1 }), 'IMAGE_MISMATCH'],
    [
      'from a place that is not a patient service',
      () => ({ ...patient.offer(noise), location: 'https://127.0.0.1:1/' }),
      'BAD_INPUT',
    ],
    ['without a reference', () => undefined, 'BAD_INPUT'],
  ])('%s', async (_, offer, code) => {
    expect(await codeOf(offer())).toBe(code);
  });

  test('for a model that it does not have, or that is not a name', async () => {
    expect(await codeOf(patient.offer(noise), 'other')).toBe('NOT_FOUND');
    expect(await codeOf(patient.offer(noise), ['other'])).toBe('BAD_INPUT');
  });

  test('in a request that is not JSON, or too large', async () => {
    const send = async (body: string) =>
      (await diagnosis.request({ method: 'POST', path: '/interpretations', body })).status;
    expect([await send('image'), await send('null'), await send(`"${'a'.repeat(20_000)}"`)]).toEqual([400, 400, 413]);
  });

  test('where the patient service is another enclave', async () => {
    const impostor = await startTrialPatientService(world, 'gateway');
    const deceived = await startEnclave({ CLOISTER_IMAGE_SOURCES: impostor.origin, CLOISTER_WORKERS: '1' });
    const client = await world.client('diagnosis', `https://127.0.0.1:${deceived.port}`, 'inference');
    expect((await post({ image: impostor.offer(noise) }, client)).answer.error?.code).toBe('POLICY_NOT_SATISFIED');
    await deceived.close();
    await impostor.close();
  });
});

describe('under load', () => {
  test('more images than the queue holds are refused with BUSY and a time to come back, and the others are answered', async () => {
    const small = await startEnclave({ CLOISTER_WORKERS: '1', CLOISTER_QUEUE_LENGTH: '2' });
    const client = await world.client('diagnosis', `https://127.0.0.1:${small.port}`, 'inference');
    const large = encodePng({ rows: 3000, columns: 3000, pixels: new Uint8Array(9_000_000).fill(7) });
    const answers = await Promise.all(
      Array.from({ length: 12 }, () =>
        client.request({
          method: 'POST',
          path: '/interpretations',
          body: JSON.stringify({ image: patient.offer(large, 'image/png') }),
        }),
      ),
    );
    const refused = answers.filter(({ status }) => status === 503);
    expect(answers.filter(({ status }) => status === 200).length).toBeGreaterThanOrEqual(3);
    expect(refused.length).toBeGreaterThanOrEqual(1);
    expect(refused.every(({ headers, body }) => headers['retry-after'] === '1' && body.includes('BUSY'))).toBe(true);
    await small.close();
  });

  test('more bytes than may be in flight are refused with BUSY', async () => {
    const small = await startEnclave({ CLOISTER_WORKERS: '1', CLOISTER_IN_FLIGHT_MB: '64' });
    const client = await world.client('diagnosis', `https://127.0.0.1:${small.port}`, 'inference');
    patient.answer = () => undefined;
    const waiting = post({ image: { ...patient.offer(noise), size: 60_000_000 } }, client).catch(() => undefined);
    await new Promise((wake) => setTimeout(wake, 300));
    expect((await post({ image: { ...patient.offer(noise), size: 60_000_000 } }, client)).answer.error?.code).toBe(
      'BUSY',
    );
    await client.close();
    await waiting;
    void small.close();
  });

  test('an image that takes longer than the deadline is given up, and the next one is answered', async () => {
    const hasty = await startEnclave({ CLOISTER_WORKERS: '1', CLOISTER_DEADLINE_MS: '1000' });
    const client = await world.client('diagnosis', `https://127.0.0.1:${hasty.port}`, 'inference');
    const huge = encodePng({ rows: 7990, columns: 7990, pixels: new Uint8Array(7990 * 7990) });
    expect((await post({ image: patient.offer(huge, 'image/png') }, client)).answer.error?.code).toBe('TIMEOUT');
    let next = await post({ image: patient.offer(noise, 'image/png') }, client);
    while (next.answer.error?.code === 'TIMEOUT')
      next = await post({ image: patient.offer(noise, 'image/png') }, client);
    expect(next.status).toBe(200);
    await hasty.close();
  });
});

describe('starting', () => {
  test('fails where there is no model', async () => {
    expect(await refusalOf(() => startEnclave({ CLOISTER_MODELS: `${checkout}/schema` }))).toBe(
      'CONFIGURATION_INVALID',
    );
  });

  test.each(['http://127.0.0.1:4011', 'patient', 'https://user@127.0.0.1'])(
    'fails where an image source is %s',
    async (source) => {
      expect(await refusalOf(() => startEnclave({ CLOISTER_IMAGE_SOURCES: source }))).toBe('CONFIGURATION_INVALID');
    },
  );
});

describeWithShared('a real film', 'data/medical/kermany-224-samples', () => {
  const film = (name: string): Buffer => readFileSync(sharedPath(`data/medical/kermany-224-samples/${name}`));
  const films = readFileSync(sharedPath('data/medical/kermany-224-samples.sha256'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => line.split('/').pop() ?? '');

  test('is answered with a probability and a map of the size of the input', async () => {
    const { answer } = await post({
      image: patient.offer(film(films.find((name) => name.includes('bacteria')) ?? '')),
    });
    expect(['FINDING', 'UNCERTAIN']).toContain(answer.finding);
    const map = await decodeImage(Buffer.from(answer.classActivationMap ?? '', 'base64'));
    expect([map.rows, map.columns]).toEqual([64, 64]);
    expect(Math.max(...map.pixels)).toBe(Math.round((answer.probability ?? 0) * 255));
  });
});
