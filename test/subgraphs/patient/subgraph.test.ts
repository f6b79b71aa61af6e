/* eslint-disable @typescript-eslint/no-unsafe-member-access, @typescript-eslint/no-unsafe-assignment -- GraphQL answers have any shape */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { signReceipt } from '../../../enclave/receipts/receipt.js';
import { type AttestedClient, createAttestedClient } from '../../../runtime/attestedClient.js';
import type { AttestedIdentity } from '../../../runtime/attestedIdentity.js';
import { type Listening, startAttestedListener } from '../../../runtime/attestedListener.js';
import { serveRoutes } from '../../../runtime/attestedRoutes.js';
import { type Caller, CALLER_HEADER, encodeCaller } from '../../../runtime/caller.js';
import { parseConfig } from '../../../runtime/config.js';
import { decodeImage } from '../../../runtime/images/decodeImage.js';
import { encodeGraymap } from '../../../runtime/images/graymap.js';
import { silentLog } from '../../../runtime/log.js';
import { createMetrics } from '../../../runtime/metrics.js';
import { settings } from '../../../subgraphs/patient/config.js';
import { enterDemoData } from '../../../subgraphs/patient/demo.js';
import type { ImageReference } from '../../../subgraphs/patient/imagingStudy.js';
import { createImageReader, type ImageReader } from '../../../subgraphs/patient/imageReader.js';
import { type ImageStore, openRecord } from '../../../subgraphs/patient/store.js';
import { startPatientSubgraph } from '../../../subgraphs/patient/subgraph.js';
import { type AttestedSystem, startAttestedSystem } from '../../support/attestedSystem.js';
import { seedFolder } from '../../support/database.js';
import { until } from '../../support/diagnosis.js';
import { CALLERS, INTAKE, testRecord } from '../../support/patient.js';
import { checkout } from '../../support/shared.js';
import { fromSources } from '../../support/threads.js';

/** The patient subgraph as it runs, between a gateway and an inference enclave that this test plays with real evidence. */
const folder = mkdtempSync(join(tmpdir(), 'cloister-patient-'));
const film = readFileSync(join(checkout, 'subgraphs/patient/demo/normal-1.dcm'));
const metrics = createMetrics('patient', { processMetrics: false });
let system: AttestedSystem;
let store: ImageStore;
let gatewayListener: Listening;
let subgraph: Listening;
let reader: ImageReader;
let entered: { patients: number; images: number };
const identities: Record<string, AttestedIdentity> = {};
const clients: Record<string, AttestedClient> = {};
/** What the gateway answers to the queue, given the reference that it got from the subgraph. */
let interpret: (reference: ImageReference) => Promise<unknown>;

beforeAll(async () => {
  system = await startAttestedSystem();
  for (const name of ['patient', 'gateway', 'inference', 'diagnosis']) identities[name] = await system.identity(name);
  gatewayListener = await startAttestedListener(
    {
      host: '127.0.0.1',
      port: 0,
      identity: identityOf('gateway'),
      trust: system.trust,
      now: Date.now,
      log: silentLog,
      metrics: createMetrics('gateway', { processMetrics: false }),
    },
    serveRoutes(
      [
        {
          method: 'POST',
          path: '/graphql',
          peers: ['patient'],
          handle: async (exchange, response) => {
            const { variables } = JSON.parse((await exchange.body(100_000)).toString()) as {
              variables: { id: string };
            };
            const { data } = await ask(
              CALLERS.queue,
              'query ($id: ID!) { imagingStudy(id: $id) { imageReference { location sha256 size contentType ticket } } }',
              variables,
            );
            const { imageReference } = (data as { imagingStudy: { imageReference: ImageReference } }).imagingStudy;
            response.end(JSON.stringify(await interpret(imageReference)));
          },
        },
      ],
      {
        trust: system.trust,
        now: Date.now,
        log: silentLog,
        metrics: createMetrics('gateway', { processMetrics: false }),
      },
    ),
  );
  store = await openRecord({ folder, seed: await seedFolder(), key: randomBytes(32), now: Date.now });
  reader = createImageReader(fromSources);
  entered = await enterDemoData(store, reader, join(checkout, 'subgraphs/patient/demo'));
  const config = parseConfig(settings, {
    CLOISTER_ATTESTED_PORT: '0',
    CLOISTER_GATEWAY: `https://127.0.0.1:${gatewayListener.port}`,
    CLOISTER_ATTESTED_URL: 'https://127.0.0.1:4011',
    CLOISTER_IMAGE_LIMIT_MB: '1',
    CLOISTER_DIAGNOSIS_ATTEMPTS: '2',
    CLOISTER_DIAGNOSIS_BACKOFF_MS: '10',
  });
  subgraph = await startPatientSubgraph({
    config,
    store,
    typeDefs: readFileSync(join(checkout, 'schema/patient.graphql'), 'utf8'),
    identity: identityOf('patient'),
    trust: system.trust,
    now: Date.now,
    log: silentLog,
    metrics,
    reader,
  });
  for (const name of ['gateway', 'inference', 'diagnosis']) {
    clients[name] = createAttestedClient({
      peer: 'patient',
      url: `https://127.0.0.1:${subgraph.port}`,
      identity: identityOf(name),
      trust: system.trust,
      expectEnclave: 'patient',
      now: Date.now,
    });
  }
}, 120_000);
afterAll(async () => {
  for (const client of Object.values(clients)) await client.close();
  await subgraph.close();
  await reader.close();
  await store.db.close();
  await gatewayListener.close();
  await system.close();
  rmSync(folder, { recursive: true, force: true });
}, 30_000);
beforeEach(() => {
  interpret = async (reference) => await signed(reference);
});

function identityOf(name: string): AttestedIdentity {
  const identity = identities[name];
  if (!identity) throw new Error(`${name} has no identity`);
  return identity;
}

function clientOf(name: string): AttestedClient {
  const client = clients[name];
  if (!client) throw new Error(`${name} has no client`);
  return client;
}

const as = (caller: Caller) => ({ [CALLER_HEADER]: encodeCaller(caller) });

async function ask(caller: Caller, query: string, variables: object = {}) {
  const { body } = await clientOf('gateway').request({
    method: 'POST',
    path: '/graphql',
    headers: { ...as(caller), 'content-type': 'application/json' },
    body: JSON.stringify({ query, variables }),
  });
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- answers have any shape
  return JSON.parse(body.toString()) as { data: any; errors?: { message: string; extensions: { code: string } }[] };
}

async function send(caller: Caller, patient: string, bytes: Uint8Array) {
  const { status, body } = await clientOf('gateway').request({
    method: 'POST',
    path: `/imaging-studies?patient=${patient}`,
    headers: as(caller),
    body: bytes,
  });
  return { status, answer: JSON.parse(body.toString()) as { id: string; error?: { code: string; message: string } } };
}

async function newPatient(): Promise<string> {
  const input = { ...INTAKE, nationalIdentifier: randomBytes(8).toString('hex') };
  const { data } = await ask(
    CALLERS.clerk,
    'mutation ($input: RegisterPatientInput!) { registerPatient(input: $input) { id } }',
    { input },
  );
  return (data as { registerPatient: { id: string } }).registerPatient.id;
}

async function newStudy(): Promise<string> {
  return (await send(CALLERS.clerk, await newPatient(), film)).answer.id;
}

/** Asks for a diagnosis and waits until the queue is done with it. */
async function diagnosed(studyId: string) {
  const fields = `id status task { status attempts failureCode failureReason } observation { finding code probability classActivationMap device { model version sha256 } receipt effectiveAt }`;
  const { data } = await ask(
    CALLERS.clinician,
    `mutation ($id: ID!) { requestDiagnosis(imagingStudyId: $id) { id status } }`,
    { id: studyId },
  );
  const { id } = data.requestDiagnosis as { id: string };
  let report:
    | {
        status: string;
        task: { status: string; attempts: number; failureCode: string | null; failureReason: string | null };
        observation: Record<string, unknown> | null;
      }
    | undefined;
  await until(async () => {
    report = (await ask(CALLERS.clinician, `query ($id: ID!) { diagnosticReport(id: $id) { ${fields} } }`, { id })).data
      .diagnosticReport;
    return report?.status !== 'REGISTERED';
  });
  if (!report) throw new Error('there is no report');
  return report;
}

const model = { id: 'pneumonia-paediatric', version: '1.0.0', sha256: 'ab'.repeat(32) };
const finding = {
  finding: 'FINDING',
  code: 'pneumonia',
  probability: 0.1 + 0.2,
  threshold: 0.5,
  outOfDistributionScore: 310.25,
  outOfDistributionThreshold: 747,
  classActivationMap: 'AAAA',
  model,
};

/** The inference enclave's part: gets the image with the ticket, and signs what it says of it. */
async function signed(reference: ImageReference, change: { answer?: object; signer?: string; input?: string } = {}) {
  const { status, body } = await fetchImage('inference', reference);
  if (status !== 200) throw new Error(`the image was refused with ${status}`);
  const identity = identityOf(change.signer ?? 'inference');
  const receipt = await signReceipt({
    key: identity.receiptKey,
    result: identity.result(),
    now: Date.now() / 1000,
    input:
      change.input ??
      Buffer.from(await globalThis.crypto.subtle.digest('SHA-256', new Uint8Array(body))).toString('hex'),
    model,
    answer: finding,
  });
  return { data: { imagingStudy: { interpretation: { ...finding, ...change.answer, receipt } } } };
}

async function fetchImage(name: string, { location, ticket }: { location: string; ticket: string }) {
  return await clientOf(name).request({
    method: 'GET',
    path: `${new URL(location).pathname}?ticket=${encodeURIComponent(ticket)}`,
  });
}

describe('the demonstration data', () => {
  test('is a dozen patients of nobody, with the images of the folder', async () => {
    const { data } = await ask(
      CALLERS.clinician,
      '{ patients(first: 50) { nodes { family nationalIdentifier imagingStudies { synthetic modality rows } } } }',
    );
    const patients = data.patients.nodes as {
      family: string;
      nationalIdentifier: string;
      imagingStudies: { synthetic: boolean; rows: number }[];
    }[];
    expect(entered).toMatchObject({ patients: 12 });
    expect(entered.images).toBeGreaterThan(0);
    expect(patients).toHaveLength(12);
    for (const patient of patients) {
      expect(patient.family).toMatch(/^Synthetic-/);
      expect(patient.nationalIdentifier).toMatch(/^SYNTHETIC-/);
    }
    const studies = patients.flatMap(({ imagingStudies }) => imagingStudies);
    expect(studies.length).toBeGreaterThan(0);
    expect(studies.every(({ synthetic, rows }) => synthetic && rows > 0)).toBe(true);
    expect(patients[0]?.imagingStudies).toHaveLength(1);
  });

  test('is entered into an empty record only, and without a folder of images', async () => {
    expect(await enterDemoData(store, reader, 'nowhere')).toEqual({ patients: 0, images: 0 });
    const empty = await testRecord();
    expect(await enterDemoData(empty, reader, join(folder, 'nowhere'))).toEqual({ patients: 12, images: 0 });
    await empty.close();
  });
});

describe('an image that staff send', () => {
  test('becomes a study, and is seen as an 8-bit grey PNG', async () => {
    const patientId = await newPatient();
    const { status, answer } = await send(CALLERS.clerk, patientId, film);
    expect(status).toBe(201);
    expect(answer).toEqual({
      id: expect.any(String),
      patientId,
      modality: 'DX',
      rows: 512,
      columns: 512,
      synthetic: true,
    });
    const shown = await clientOf('gateway').request({
      method: 'GET',
      path: `/imaging-studies/${answer.id}/rendition`,
      headers: as(CALLERS.clinician),
    });
    expect(shown.status).toBe(200);
    expect(shown.headers['content-type']).toBe('image/png');
    expect(shown.headers['cache-control']).toBe('no-store');
    expect(await decodeImage(shown.body)).toMatchObject({ rows: 512, columns: 512 });
  });

  test.each<[string, Caller, () => Promise<string>, Uint8Array, number, string]>([
    ['without the scope', CALLERS.auditor, newPatient, film, 403, 'SCOPE_MISSING'],
    [
      'for nobody',
      CALLERS.clerk,
      () => Promise.resolve('00000000-0000-4000-8000-000000000000'),
      film,
      404,
      'NOT_FOUND',
    ],
    ['for no patient at all', CALLERS.clerk, () => Promise.resolve(''), film, 404, 'NOT_FOUND'],
    ['that is none', CALLERS.clerk, newPatient, Buffer.from('Synthetic-Secret'), 415, 'IMAGE_UNSUPPORTED'],
    ['that is cut short', CALLERS.clerk, newPatient, film.subarray(0, 100_000), 422, 'IMAGE_UNREADABLE'],
    ['above the limit', CALLERS.clerk, newPatient, randomBytes(1024 * 1024 + 1), 413, 'TOO_LARGE'],
  ])('is refused %s, and the trail says so', async (_, caller, patient, bytes, status, code) => {
    const refused = await send(caller, await patient(), bytes);
    expect(refused).toMatchObject({ status, answer: { error: { code } } });
    expect(JSON.stringify(refused)).not.toContain('Secret');
    const [event] = await store.db.query(
      'select operation, agent, outcome, outcome_code from audit_event order by sequence desc limit 1',
    );
    expect(event).toEqual({
      operation: 'ImagingStudy.create',
      agent: caller.id,
      outcome: 'REFUSED',
      outcome_code: code,
    });
  });

  test('is not shown to who may not see it, and not where there is none', async () => {
    const path = `/imaging-studies/${await newStudy()}/rendition`;
    const statusOf = async (caller: Caller, where: string) =>
      (await clientOf('gateway').request({ method: 'GET', path: where, headers: as(caller) })).status;
    expect(await statusOf(CALLERS.auditor, path)).toBe(403);
    expect(await statusOf(CALLERS.anonymous, path)).toBe(401);
    expect(await statusOf(CALLERS.clinician, '/imaging-studies/x/rendition')).toBe(404);
  });
});

describe('a diagnosis', () => {
  test('travels from the request to the record, the image once and from enclave to enclave', async () => {
    const studyId = await newStudy();
    const report = await diagnosed(studyId);
    const { model: device, ...observed } = finding;
    expect(report).toMatchObject({
      status: 'PRELIMINARY',
      task: { status: 'COMPLETED', attempts: 1, failureCode: null },
      observation: {
        finding: 'FINDING',
        probability: observed.probability,
        classActivationMap: 'AAAA',
        device: { model: device.id, version: device.version, sha256: device.sha256 },
      },
    });
    const events = await store.db.query(
      `select operation, agent, attestation_result, outcome from audit_event where entities @> array[$1]`,
      [`ImagingStudy/${studyId}`],
    );
    const jti = identityOf('inference').result().id;
    expect(events).toEqual(
      expect.arrayContaining([
        { operation: 'ImagingStudy.release', agent: 'inference', attestation_result: jti, outcome: 'SUCCESS' },
        { operation: 'DiagnosticReport.preliminary', agent: 'patient', attestation_result: jti, outcome: 'SUCCESS' },
      ]),
    );
  });

  test('that finds the image out of distribution is kept as that', async () => {
    const strange = { ...finding, finding: 'OUT_OF_DISTRIBUTION', probability: null, classActivationMap: null };
    interpret = async (reference) => {
      const { data } = await signed(reference);
      const identity = identityOf('inference');
      const receipt = await signReceipt({
        key: identity.receiptKey,
        result: identity.result(),
        now: Date.now() / 1000,
        input: reference.sha256,
        model,
        answer: strange,
      });
      expect(data).toBeDefined();
      return { data: { imagingStudy: { interpretation: { ...strange, receipt } } } };
    };
    expect(await diagnosed(await newStudy())).toMatchObject({
      status: 'PRELIMINARY',
      observation: { finding: 'OUT_OF_DISTRIBUTION', probability: null },
    });
  });

  const answers: [string, (reference: ImageReference) => Promise<unknown>, string][] = [
    [
      'words that were changed on the way',
      (reference) => signed(reference, { answer: { finding: 'NO_FINDING' } }),
      'RECEIPT_INVALID',
    ],
    [
      'a probability that was changed on the way',
      (reference) => signed(reference, { answer: { probability: 0.3 } }),
      'RECEIPT_INVALID',
    ],
    [
      'another model',
      (reference) => signed(reference, { answer: { model: { ...model, sha256: 'cd'.repeat(32) } } }),
      'RECEIPT_INVALID',
    ],
    ['an answer about another image', (reference) => signed(reference, { input: 'cd'.repeat(32) }), 'RECEIPT_INVALID'],
    ['a receipt of another enclave', (reference) => signed(reference, { signer: 'diagnosis' }), 'RECEIPT_INVALID'],
    [
      'a receipt that is none',
      () => Promise.resolve({ data: { imagingStudy: { interpretation: { ...finding, receipt: 'a.b.c' } } } }),
      'RECEIPT_INVALID',
    ],
    ['a probability that is none', (reference) => signed(reference, { answer: { probability: 2 } }), 'UPSTREAM_FAILED'],
    ['a finding that is none', (reference) => signed(reference, { answer: { finding: 'HEALTHY' } }), 'UPSTREAM_FAILED'],
    [
      'no probability where there should be one',
      (reference) => signed(reference, { answer: { probability: null } }),
      'UPSTREAM_FAILED',
    ],
    ['nothing', () => Promise.resolve({ data: { imagingStudy: null } }), 'UPSTREAM_FAILED'],
    ['no JSON object', () => Promise.resolve('?'), 'UPSTREAM_FAILED'],
    [
      'an error without a code',
      () => Promise.resolve({ errors: [{ message: 'Synthetic-Secret' }] }),
      'UPSTREAM_FAILED',
    ],
  ];
  test.each(answers)('is not entered from %s', async (_, answer, code) => {
    interpret = answer;
    const report = await diagnosed(await newStudy());
    expect(report).toMatchObject({
      status: 'CANCELLED',
      observation: null,
      task: { status: 'FAILED', failureCode: code },
    });
    expect(JSON.stringify(report)).not.toContain('Secret');
  });

  test('that the policy refuses ends at once, and says which claim failed', async () => {
    const failures = [{ claim: 'measurement', expected: 'one of inference', actual: 'ff00' }];
    interpret = () =>
      Promise.resolve({
        data: { imagingStudy: { interpretation: null } },
        errors: [
          {
            message: 'inference does not satisfy imaging.',
            path: ['imagingStudy', 'interpretation'],
            extensions: { code: 'POLICY_NOT_SATISFIED', failures },
          },
        ],
      });
    expect((await diagnosed(await newStudy())).task).toEqual({
      status: 'FAILED',
      attempts: 1,
      failureCode: 'POLICY_NOT_SATISFIED',
      failureReason: 'inference does not satisfy imaging. measurement: expected one of inference, got ff00.',
    });
  });

  test('is tried again where the provider is busy', async () => {
    let asked = 0;
    interpret = async (reference) => {
      asked += 1;
      return asked === 1
        ? { errors: [{ message: 'The queue is full.', extensions: { code: 'BUSY' } }] }
        : await signed(reference);
    };
    expect(await diagnosed(await newStudy())).toMatchObject({
      status: 'PRELIMINARY',
      task: { attempts: 2, failureCode: null },
    });
  });
});

describe('an image reference', () => {
  async function reference(): Promise<ImageReference> {
    const { data } = await ask(
      CALLERS.queue,
      'query ($id: ID!) { imagingStudy(id: $id) { imageReference { location sha256 size contentType ticket } } }',
      { id: await newStudy() },
    );
    return data.imagingStudy.imageReference as ImageReference;
  }

  test('is good for the inference enclave, and gives the very pixels', async () => {
    const { status, headers, body } = await fetchImage('inference', await reference());
    expect(status).toBe(200);
    expect(headers['content-type']).toBe('image/x-portable-graymap');
    expect(body.equals(encodeGraymap(await decodeImage(film)))).toBe(true);
  });

  test.each(['gateway', 'diagnosis'])('is not good for %s, and the trail says so', async (name) => {
    const { status, body } = await fetchImage(name, await reference());
    expect(status).toBe(403);
    expect(JSON.parse(body.toString())).toMatchObject({
      error: { code: 'POLICY_NOT_SATISFIED', failures: [{ claim: 'enclave', expected: 'inference', actual: name }] },
    });
    const [event] = await store.db.query(
      'select operation, agent, outcome from audit_event order by sequence desc limit 1',
    );
    expect(event).toEqual({ operation: 'ImagingStudy.release', agent: name, outcome: 'REFUSED' });
  });

  test('is not good without its ticket, or with another one', async () => {
    const [one, other] = [await reference(), await reference()];
    for (const ticket of ['', 'x', other.ticket])
      expect((await fetchImage('inference', { ...one, ticket })).status).toBe(403);
  });
});

describe('the subgraph', () => {
  test('answers the graph to the gateway and to nobody else', async () => {
    const { status } = await clientOf('inference').request({
      method: 'POST',
      path: '/graphql',
      headers: { ...as(CALLERS.clinician), 'content-type': 'application/json' },
      body: '{"query":"{ patients { nodes { family } } }"}',
    });
    expect(status).toBe(403);
    expect(
      (
        await clientOf('diagnosis').request({
          method: 'POST',
          path: '/imaging-studies?patient=1',
          headers: as(CALLERS.clerk),
          body: film,
        })
      ).status,
    ).toBe(403);
  });

  test('counts its queue', async () => {
    expect((await metrics.render()).body).toMatch(
      /cloister_diagnosis_tasks\{status="COMPLETED",process="patient"\} [1-9]/,
    );
  });
});
