import {
  appendFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { generateKeyPairSync } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type TLSSocket } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { encode } from 'fast-png';
import { readAttestedCertificate, writeAttestedCertificate } from '../../enclave/channel/certificate.js';
import { writePem } from '../../enclave/asn1/pem.js';
import { checkout } from '../support/shared.js';
import { pidOf } from './support/processes.js';
import { cloister, signIn, until, type Staff } from './support/staff.js';
import { startSystem, type RunningTestSystem } from './support/system.js';

let system: RunningTestSystem;
let clinician: Staff;
let clerk: Staff;
let patient: string;
let scratch: string;

beforeAll(async () => {
  scratch = mkdtempSync(join(tmpdir(), 'cloister-refusals-'));
  system = await startSystem({ root: checkout });
  [clinician, clerk] = await Promise.all([signIn(system, 'clinician'), signIn(system, 'clerk')]);
  const { data } = await clinician.ask<{ patients: { nodes: { id: string }[] } }>(
    '{ patients(first: 1) { nodes { id } } }',
  );
  patient = data?.patients.nodes[0]?.id ?? '';
}, 180_000);

afterAll(async () => {
  await system.stop();
  rmSync(scratch, { recursive: true, force: true });
}, 60_000);

describe('a caller', () => {
  test('without the scope gets null, the code at its path, and everything else', async () => {
    const { data, errors } = await clerk.ask(
      '{ patients(first: 1) { nodes { id family } } diagnosticReports { nodes { id } } }',
    );
    expect(data).toMatchObject({ patients: { nodes: [{ family: expect.any(String) }] }, diagnosticReports: null });
    expect(errors).toEqual([
      expect.objectContaining({
        path: ['diagnosticReports'],
        extensions: expect.objectContaining({ code: 'SCOPE_MISSING' }),
      }),
    ]);
  });

  test('without a token gets no health data, by whatever name it is asked for', async () => {
    for (const query of [
      '{ patients { nodes { family } } }',
      '{ x: patients { nodes { y: family } } }',
      'query { ...F } fragment F on Query { patients { nodes { id } } }',
    ]) {
      const answer = await fetch(`${system.addresses.gateway}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ query }),
      });
      const { data, errors } = (await answer.json()) as {
        data: Record<string, unknown>;
        errors: { extensions: { code: string } }[];
      };
      expect(Object.values(data)).toEqual([null]);
      expect(errors.map(({ extensions }) => extensions.code)).toEqual(['UNAUTHENTICATED']);
    }
  });

  test('with a token that somebody else signed is turned away', async () => {
    const [header, payload] = clinician.token.split('.');
    const answer = await fetch(`${system.addresses.gateway}/graphql`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        authorization: `Bearer ${header ?? ''}.${payload ?? ''}.${'A'.repeat(86)}`,
      },
      body: '{"query":"{ patients { nodes { id } } }"}',
    });
    expect(answer.status).toBe(401);
    expect(await answer.text()).toContain('UNAUTHENTICATED');
  });

  test('cannot have an attested reference that is for enclaves only', async () => {
    const { data, errors } = await clinician.ask<{ imagingStudy: { imageReference: null } }>(
      'query ($id: ID!) { imagingStudy(id: $id) { imageReference { ticket } interpretation { finding } } }',
      { id: await someStudy() },
    );
    expect(data).toEqual({ imagingStudy: { imageReference: null, interpretation: null } });
    expect(errors?.map(({ extensions }) => extensions.code)).toEqual(['SCOPE_MISSING', 'SCOPE_MISSING']);
  });
});

describe('an upload', () => {
  test.each([
    ['a text file', () => Buffer.from('This is a letter and no image.\n'.repeat(50)), 415, 'IMAGE_UNSUPPORTED'],
    [
      'a truncated picture',
      () => readFileSync(join(checkout, 'subgraphs/patient/demo/normal-3.png')).subarray(0, 20_000),
      422,
      'IMAGE_UNREADABLE',
    ],
    ['70 MB', () => Buffer.alloc(70 * 1024 * 1024, 1), 413, 'TOO_LARGE'],
    ['nothing', () => Buffer.alloc(0), 415, 'IMAGE_UNSUPPORTED'],
  ])(
    'of %s is refused with a code, and nothing is stored',
    async (_what, bytes, status, code) => {
      const before = await studies();
      const answer = await clinician.upload(patient, bytes());
      expect({ status: answer.status, code: (answer.body.error as { code: string }).code }).toEqual({
        status,
        code,
      });
      expect(await studies()).toEqual(before);
    },
    60_000,
  );

  test('of a text file from the shell says what to do', async () => {
    const file = join(scratch, 'letter.txt');
    writeFileSync(file, 'This is a letter and no image.');
    const { code, stdout, stderr } = await cloister(system, ['diagnose', file]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/IMAGE_UNSUPPORTED/);
    expect(stderr).toMatch(/PNG/);
  }, 60_000);

  test('of 70 MB from the shell is refused before it is read', async () => {
    const file = join(scratch, 'huge.png');
    writeFileSync(file, Buffer.alloc(70 * 1024 * 1024));
    const { code, stderr } = await cloister(system, ['diagnose', file]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/TOO_LARGE/);
  }, 60_000);

  test('of a picture that is no X-ray is taken, and the model says that it knows nothing of the kind', async () => {
    const file = join(scratch, 'landscape.png');
    writeFileSync(file, landscape());
    const { code, stdout } = await cloister(system, ['diagnose', file, '--json']);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      finding: 'OUT_OF_DISTRIBUTION',
      probability: null,
      receiptVerified: true,
    });
  }, 120_000);
});

describe('an attestation result', () => {
  test('of another enclave, in a certificate of one’s own, opens no connection', async () => {
    const token = await tokenShownBy(system.ports['gateway-attested']);
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const now = Date.now();
    const der = writeAttestedCertificate({
      privateKey,
      token,
      serial: Uint8Array.of(7),
      notBefore: now - 1000,
      notAfter: now + 3_600_000,
    });
    const key = privateKey.export({ type: 'pkcs8', format: 'pem' });
    const answer = await talkTo(system.ports['patient-attested'], { key, cert: writePem(der, 'CERTIFICATE') });
    expect(answer).toBe('');
    await logged('patient', 'RESULT_BINDING_MISMATCH');
  });

  test('that is not shown opens no connection', async () => {
    expect(await talkTo(system.ports['inference-attested'], {})).toBe('');
    await logged('inference', 'RESULT_MISSING');
  });
});

describe('an enclave with another measurement', () => {
  test('gets nothing: its fields are null with the failed claim, the others answer, and the diagnosis fails with the code', async () => {
    const changed = join(scratch, 'changed');
    mkdirSync(changed);
    for (const part of ['dist', 'schema', 'package.json', 'package-lock.json', 'subgraphs'])
      cpSync(join(checkout, part), join(changed, part), { recursive: true });
    symlinkSync(join(checkout, 'node_modules'), join(changed, 'node_modules'));
    appendFileSync(
      join(changed, 'dist/subgraphs/diagnosis/index.js'),
      '\n// One line that was not there when it was measured.\n',
    );
    const other = await startSystem({ root: checkout, env: { CLOISTER_DIAGNOSIS__ROOT: changed } });
    try {
      const staff = await signIn(other, 'clinician');
      const { data, errors } = await staff.ask<{
        diagnosisModels: null;
        patients: { nodes: { imagingStudies: { id: string }[] }[] };
      }>('{ diagnosisModels { id } patients { nodes { imagingStudies { id } } } }');
      expect(data?.diagnosisModels).toBeNull();
      expect(errors?.[0]).toMatchObject({ path: ['diagnosisModels'], extensions: { code: 'POLICY_NOT_SATISFIED' } });
      const study = data?.patients.nodes.flatMap(({ imagingStudies }) => imagingStudies)[0]?.id;
      const requested = await staff.ask<{ requestDiagnosis: { id: string } }>(
        'mutation ($id: ID!) { requestDiagnosis(imagingStudyId: $id) { id } }',
        { id: study },
      );
      const id = requested.data?.requestDiagnosis.id;
      const report = await until(
        async () =>
          (
            await staff.ask<{
              diagnosticReport: { status: string; task: { status: string; failureCode: string | null } };
            }>('query ($id: ID!) { diagnosticReport(id: $id) { status task { status failureCode } } }', { id })
          ).data?.diagnosticReport,
        (answer) => answer?.task.failureCode != null,
        60_000,
      );
      expect(report?.task.failureCode).toBe('POLICY_NOT_SATISFIED');
      expect(report?.status).not.toBe('PRELIMINARY');
      const { data: seen } = await staff.ask<{
        enclave: { verdicts: { policy: string; outcome: string; failures: { claim: string }[] }[] };
      }>('{ enclave(name: "diagnosis") { verdicts { policy outcome failures { claim } } } }');
      expect(seen?.enclave.verdicts).toContainEqual({
        policy: 'imaging',
        outcome: 'NOT_ACCEPTABLE',
        failures: [{ claim: 'measurement' }],
      });
    } finally {
      await other.stop();
    }
  }, 240_000);
});

describe('an attestation service that cannot be reached', () => {
  test('means “could not tell”: nothing is sent, and it is neither called forged nor refused by policy', async () => {
    const service = pidOf(system, 'subgraphs/attestation/service/index.js');
    const before = await studies();
    process.kill(service, 'SIGSTOP');
    try {
      const {
        code,
        stdout: printed,
        stderr,
      } = await cloister(system, ['diagnose', join(checkout, 'subgraphs/patient/demo/normal-1.dcm')]);
      expect({ code, printed }).toEqual({ code: 3, printed: '' });
      expect(stderr).toMatch(/ISSUER_UNREACHABLE/);
      expect(await studies()).toEqual(before);
    } finally {
      process.kill(service, 'SIGCONT');
    }
  }, 120_000);
});

async function studies(): Promise<number> {
  const { data } = await clinician.ask<{ patient: { imagingStudies: unknown[] } }>(
    'query ($id: ID!) { patient(id: $id) { imagingStudies(first: 50) { id } } }',
    { id: patient },
  );
  return data?.patient.imagingStudies.length ?? -1;
}

async function someStudy(): Promise<string | undefined> {
  const { data } = await clinician.ask<{ patients: { nodes: { imagingStudies: { id: string }[] }[] } }>(
    '{ patients(first: 50) { nodes { imagingStudies { id } } } }',
  );
  return data?.patients.nodes.flatMap(({ imagingStudies }) => imagingStudies)[0]?.id;
}

/** The attestation result that a listener shows to anybody who begins a handshake. */
function tokenShownBy(port: number): Promise<string> {
  return new Promise((settle, fail) => {
    const socket: TLSSocket = connect(
      { host: '127.0.0.1', port, rejectUnauthorized: false, minVersion: 'TLSv1.3' },
      () => {
        settle(readAttestedCertificate(socket.getPeerCertificate().raw).token);
        socket.destroy();
      },
    );
    socket.once('error', fail);
  });
}

/** Sends a request as soon as the handshake allows; resolves to every byte that came back. */
function talkTo(port: number, credential: { key?: string | Buffer; cert?: string }): Promise<string> {
  return new Promise((settle) => {
    let answer = '';
    const socket = connect(
      { host: '127.0.0.1', port, rejectUnauthorized: false, minVersion: 'TLSv1.3', ...credential },
      () => socket.write('GET /v2/health/live HTTP/1.1\r\nhost: x\r\n\r\n'),
    );
    socket.on('data', (chunk: Buffer) => (answer += chunk.toString('latin1')));
    socket.on('error', () => undefined);
    socket.on('close', () => settle(answer));
  });
}

async function logged(part: string, code: string): Promise<void> {
  await until(
    () => Promise.resolve(readFileSync(join(system.files.logs, `${part}.log`), 'utf8')),
    (text) => text.includes(code),
    10_000,
  );
}

/** A sky, hills and a meadow, with grain: a picture as a telephone might take it, without anybody in it. */
function landscape(): Uint8Array {
  const width = 640;
  const height = 480;
  const data = new Uint8Array(width * height * 3);
  let seed = 1;
  const grain = (): number => ((seed = (seed * 48_271) % 2_147_483_647) % 24) - 12;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const ridge = 220 + 60 * Math.sin(x / 70) + 25 * Math.sin(x / 23 + 1);
      const sun = Math.hypot(x - 500, y - 80) < 40;
      const [red, green, blue] = sun
        ? [250, 240, 190]
        : y < ridge
          ? [120 + y / 4, 170 + y / 5, 240]
          : [60 + ((x * y) % 37), 110 + ((x + 3 * y) % 53), 40];
      data.set(
        [red + grain(), green + grain(), blue + grain()].map((value) => Math.max(0, Math.min(255, value))),
        (y * width + x) * 3,
      );
    }
  }
  return encode({ width, height, data, channels: 3, depth: 8 });
}
