import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { AttestedClient } from '../../../runtime/attestedClient.js';
import type { Listening } from '../../../runtime/attestedListener.js';
import { parseConfig } from '../../../runtime/config.js';
import { encodePng } from '../../../runtime/images/encodePng.js';
import { silentLog } from '../../../runtime/log.js';
import { createMetrics } from '../../../runtime/metrics.js';
import { settings as inferenceSettings } from '../../../subgraphs/diagnosis/inference/config.js';
import { type InferenceEnclave, startInferenceEnclave } from '../../../subgraphs/diagnosis/inference/enclave.js';
import type { ImageReference } from '../../../subgraphs/diagnosis/inference/imageReference.js';
import { startDiagnosisSubgraph } from '../../../subgraphs/diagnosis/subgraph.js';
import { askSubgraph, type GraphQLAnswer } from '../../support/askSubgraph.js';
import { type AttestedWorld, startAttestedWorld } from '../../support/attestedWorld.js';
import { refusalOf } from '../../support/refusals.js';
import { checkout, describeWithShared, sharedPath } from '../../support/shared.js';
import { fromSources } from '../../support/threads.js';
import { startTrialPatientService, type TrialPatientService } from '../../support/trialPatientService.js';

let world: AttestedWorld;
let patient: TrialPatientService;
let inference: InferenceEnclave;
let diagnosis: Listening;
let gateway: AttestedClient;

const startDiagnosis = async (url: string): Promise<Listening> =>
  startDiagnosisSubgraph({
    ...(await common('diagnosis')),
    config: { host: '127.0.0.1', attestedPort: 0, inference: url, inferenceTimeoutMs: 20_000 },
    typeDefs: readFileSync(`${checkout}/schema/diagnosis.graphql`, 'utf8'),
  });
const common = async (name: string) => ({
  identity: await world.identity(name),
  trust: world.trust,
  now: Date.now,
  log: silentLog,
  metrics: createMetrics(name, { processMetrics: false }),
});

beforeAll(async () => {
  world = await startAttestedWorld();
  patient = await startTrialPatientService(world);
  const config = parseConfig(inferenceSettings, {
    CLOISTER_MODELS: `${checkout}/subgraphs/diagnosis/model`,
    CLOISTER_IMAGE_SOURCES: patient.origin,
    CLOISTER_ATTESTED_PORT: '0',
    CLOISTER_WORKERS: '1',
  });
  inference = await startInferenceEnclave({ ...(await common('inference')), config, execArgv: fromSources });
  diagnosis = await startDiagnosis(`https://127.0.0.1:${inference.port}`);
  gateway = await world.client('gateway', `https://127.0.0.1:${diagnosis.port}`, 'diagnosis');
});
beforeEach(() => {
  patient.answer = undefined;
});
afterAll(async () => {
  await world.close();
  await diagnosis.close();
  await inference.close();
  await patient.close();
});

const INTERPRETATION = `query ($studies: [_Any!]!, $model: ID) {
  _entities(representations: $studies) {
    ... on ImagingStudy {
      interpretation(model: $model) {
        finding code probability threshold outOfDistributionScore outOfDistributionThreshold classActivationMap receipt
        model { id version sha256 code intendedUse limits metrics { name value low high dataset n } trainingData { name licence doi } }
      }
    }
  }
}`;
const interpret = (
  imageReference: Partial<ImageReference> | null,
  options: { model?: string; scopes?: string[] } = {},
): Promise<GraphQLAnswer> =>
  askSubgraph(gateway, {
    query: INTERPRETATION,
    variables: {
      studies: [{ __typename: 'ImagingStudy', id: 'a study', imageReference }],
      model: options.model ?? null,
    },
    scopes: options.scopes ?? ['system/Interpretation.read'],
  });
const interpretationIn = ({ data }: GraphQLAnswer) =>
  (data?._entities as { interpretation: Record<string, unknown> | null }[] | undefined)?.[0]?.interpretation;
const codeIn = ({ errors }: GraphQLAnswer): string | undefined => errors?.[0]?.extensions.code;

const noise = encodePng({
  rows: 80,
  columns: 80,
  pixels: Uint8Array.from({ length: 6400 }, (_, index) => (index * index * 31) & 255),
});

describe('the models', () => {
  test('are described to everybody, as they run', async () => {
    const { data, errors } = await askSubgraph(gateway, {
      query:
        '{ diagnosisModels { id version sha256 code threshold uncertain outOfDistributionThreshold intendedUse limits metrics { name value low high dataset n } trainingData { name licence } } }',
    });
    expect(errors).toBeUndefined();
    const card = JSON.parse(
      readFileSync(`${checkout}/subgraphs/diagnosis/model/pneumonia-paediatric.json`, 'utf8'),
    ) as Record<string, unknown>;
    expect((data?.diagnosisModels as unknown[])[0]).toMatchObject({
      id: card.id,
      version: card.version,
      sha256: card.sha256,
      code: 'pneumonia',
      outOfDistributionThreshold: card.oodThreshold,
      limits: card.limits,
    });
  });

  test('are found by identifier, in a query and as entities', async () => {
    const { data } = await askSubgraph(gateway, {
      query: `query ($models: [_Any!]!) {
        known: diagnosisModel(id: "pneumonia-paediatric") { code } unknown: diagnosisModel(id: "other") { code }
        _entities(representations: $models) { ... on DiagnosisModel { id code } }
      }`,
      variables: { models: [{ __typename: 'DiagnosisModel', id: 'pneumonia-paediatric' }] },
    });
    expect(data).toEqual({
      known: { code: 'pneumonia' },
      unknown: null,
      _entities: [{ id: 'pneumonia-paediatric', code: 'pneumonia' }],
    });
  });
});

describe('an interpretation', () => {
  test('comes from the inference enclave with the model that made it', async () => {
    const answer = await interpret(patient.offer(noise, 'image/png'));
    expect(answer.errors).toBeUndefined();
    expect(interpretationIn(answer)).toMatchObject({
      finding: 'OUT_OF_DISTRIBUTION',
      probability: null,
      classActivationMap: null,
      model: { id: 'pneumonia-paediatric', code: 'pneumonia' },
    });
  });

  test.each<[string, string[], string]>([
    ['without a caller', [], 'UNAUTHENTICATED'],
    ['of a caller without the scope', ['user/DiagnosticReport.read'], 'SCOPE_MISSING'],
  ])('is refused %s, before anything is fetched', async (_, scopes, code) => {
    patient.requests.length = 0;
    const answer = await interpret(patient.offer(noise), { scopes });
    expect([codeIn(answer), interpretationIn(answer)]).toEqual([code, null]);
    expect(patient.requests).toEqual([]);
  });

  test.each<[string, () => Partial<ImageReference> | null, string]>([
    ['of a study without a reference', () => null, 'NOT_FOUND'],
    ['of a reference that is not whole', () => ({ location: 'https://127.0.0.1' }), 'BAD_INPUT'],
    ['of a text', () => patient.offer(Buffer.from('text'), 'image/png'), 'IMAGE_UNSUPPORTED'],
    ['of an image cut short', () => patient.offer(noise.subarray(0, -20), 'image/png'), 'IMAGE_UNREADABLE'],
    ['of another image', () => ({ ...patient.offer(noise), sha256: 'ab'.repeat(32) }), 'IMAGE_MISMATCH'],
    ['of 70 MB', () => ({ ...patient.offer(noise), size: 70_000_000 }), 'TOO_LARGE'],
    ['from elsewhere', () => ({ ...patient.offer(noise), location: 'https://127.0.0.1:1/images/1' }), 'BAD_INPUT'],
  ])('%s is refused by its code', async (_, offer, code) => {
    expect(codeIn(await interpret(offer()))).toBe(code);
  });

  test('by a model that is not there is refused', async () => {
    expect(codeIn(await interpret(patient.offer(noise), { model: 'other' }))).toBe('NOT_FOUND');
  });

  test('says nothing of what the patient service said', async () => {
    patient.answer = (_, response) =>
      response.writeHead(403).end('{"error":{"code":"TICKET_INVALID","message":"of Jane Doe"}}');
    const answer = await interpret(patient.offer(noise));
    expect(codeIn(answer)).toBe('TICKET_INVALID');
    expect(JSON.stringify(answer)).not.toContain('Jane');
  });
});

describe('the diagnosis subgraph refuses', () => {
  test.each(['patient', 'inference', 'attestation'])('GraphQL from the enclave %s', async (name) => {
    const client = await world.client(name, `https://127.0.0.1:${diagnosis.port}`, 'diagnosis');
    const { status } = await client.request({
      method: 'POST',
      path: '/graphql',
      headers: { 'content-type': 'application/json' },
      body: '{}',
    });
    expect(status).toBe(403);
  });

  test('to send a reference to another enclave than the inference enclave', async () => {
    const misled = await startDiagnosis(patient.origin);
    const client = await world.client('gateway', `https://127.0.0.1:${misled.port}`, 'diagnosis');
    const answer = await askSubgraph(client, { query: '{ diagnosisModels { id } }' });
    expect(codeIn(answer)).toBe('POLICY_NOT_SATISFIED');
    await misled.close();
  });

  test('to answer where the inference enclave cannot be reached, and says that', async () => {
    const alone = await startDiagnosis('https://127.0.0.1:9');
    const client = await world.client('gateway', `https://127.0.0.1:${alone.port}`, 'diagnosis');
    expect(codeIn(await askSubgraph(client, { query: '{ diagnosisModels { id } }' }))).toBe('PEER_UNREACHABLE');
    await alone.close();
  });

  test('to start under an address of the inference enclave that is not https', async () => {
    const { settings } = await import('../../../subgraphs/diagnosis/config.js');
    expect(await refusalOf(() => parseConfig(settings, { CLOISTER_INFERENCE: 'http://127.0.0.1:4014' }))).toBe(
      'CONFIGURATION_INVALID',
    );
  });
});

describeWithShared('real films through the subgraph', 'data/medical/kermany-224-samples', () => {
  test('are answered with a finding, a probability, a map and a receipt', async () => {
    const film = readFileSync(sharedPath('data/medical/kermany-224-samples/IM-0115-0001.jpeg'));
    const interpretation = interpretationIn(await interpret(patient.offer(film)));
    expect(['NO_FINDING', 'UNCERTAIN']).toContain(interpretation?.finding);
    expect(interpretation?.probability).toBeLessThan(0.7);
    expect(interpretation?.classActivationMap).toMatch(/^iVBORw0KGgo/);
    expect(interpretation?.receipt).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/);
  });
});
