import { createHash } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { reportDataIn } from '../../../../enclave/evidence/reportDataIn.js';
import { sizeOfReportIndex } from '../../../../enclave/platforms/azureVtpm/paravisorReport.js';
import { azureVtpmPlatform } from '../../../../enclave/platforms/azureVtpm/platform.js';
import { openTpmDevice } from '../../../../enclave/platforms/azureVtpm/tpmDevice.js';
import { startLocalServer } from '../../../support/localServer.js';
import { reportDataNumber, sgxQuoteOver, systemError, tdxQuoteOver } from '../evidenceOver.js';
import { VirtualTpm } from './virtualTpm.js';

const userData = reportDataNumber(7);
const PEM = (name: string) => `-----BEGIN CERTIFICATE-----\n${btoa(name)}\n-----END CERTIFICATE-----\n`;
let metadata: Awaited<ReturnType<typeof startLocalServer>>;
let answerQuote: (tdReport: Buffer, response: ServerResponse) => void;
let answerCertificates: (response: ServerResponse) => void;
let tpm: VirtualTpm;
let pauses: number;

beforeAll(async () => {
  metadata = await startLocalServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      if (request.method === 'POST' && request.url === '/acc/tdquote') {
        const { report } = JSON.parse(Buffer.concat(chunks).toString()) as { report: string };
        const tdReport = Buffer.from(report, 'base64url');
        if (tdReport.length !== 1024 || request.headers['content-type'] !== 'application/json')
          response.writeHead(400).end();
        else answerQuote(tdReport, response);
        return;
      }
      if (request.url === '/metadata/THIM/amd/certification' && request.headers.metadata === 'true')
        answerCertificates(response);
      else response.writeHead(404).end();
    });
  });
});
afterAll(() => metadata.close());
beforeEach(() => {
  tpm = new VirtualTpm();
  pauses = 0;
  answerQuote = (tdReport, response) =>
    response.end(JSON.stringify({ quote: tdxQuoteOver(tdReport.subarray(128, 192)).toString('base64url') }));
  answerCertificates = (response) =>
    response.end(JSON.stringify({ vcekCert: PEM('vcek'), certificateChain: PEM('ask') + PEM('ark'), tcbm: 'DB18' }));
});

const pause = () => {
  pauses += 1;
  return Promise.resolve();
};
const platform = (openTpm = tpm.open) =>
  azureVtpmPlatform({ openTpm, fetch, pause, metadataService: metadata.url, timeoutMs: 5000 });
const refusal = async () =>
  platform()
    .paravisorEvidence(userData)
    .catch((thrown: unknown) => thrown);
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest();

test('evidence for keys of ours is refused: nobody here follows the paravisor’s word yet', async () => {
  await expect(platform().evidence(userData)).rejects.toMatchObject({ code: 'CONFIGURATION_INVALID' });
  expect(tpm.opened).toBe(0);
});

describe('in an Azure confidential VM', () => {
  test('on SEV-SNP, the hardware vouches for the paravisor’s JSON, and that names our user data', async () => {
    const { hardware, runtimeClaims } = await platform().paravisorEvidence(userData);
    expect(hardware).toMatchObject({ kind: 'SevSnpVm', certificates: PEM('vcek') + PEM('ask') + PEM('ark') });
    expect(Buffer.from(reportDataIn(hardware) ?? []).subarray(0, 32)).toEqual(sha256(runtimeClaims));
    expect(JSON.parse(Buffer.from(runtimeClaims).toString())).toMatchObject({
      keys: [{ kid: 'HCLAkPub' }, { kid: 'HCLEkPub' }],
      'user-data': Buffer.from(userData).toString('hex').toUpperCase(),
    });
    expect([tpm.opened, tpm.closed]).toEqual([1, 1]);
  });

  test('on TDX, the host makes a quote of the report', async () => {
    tpm.hardware = 'tdx';
    const { hardware, runtimeClaims } = await platform().paravisorEvidence(userData);
    expect(hardware.kind).toBe('TdxVm');
    expect(Buffer.from(reportDataIn(hardware) ?? []).subarray(0, 32)).toEqual(sha256(runtimeClaims));
  });

  test('makes the index for user data once, and reads the report in pieces of at most 1024 bytes', async () => {
    const azure = platform();
    await azure.paravisorEvidence(userData);
    await azure.paravisorEvidence(reportDataNumber(8));
    expect(tpm.commands.filter((name) => name === 'NV_DefineSpace')).toHaveLength(1);
    expect(tpm.commands.filter((name) => name === 'NV_Read')).toHaveLength(6);
  });

  test('waits until the paravisor has taken up the user data', async () => {
    tpm.userData = Buffer.alloc(64);
    tpm.staleReadings = 3;
    await expect(platform().paravisorEvidence(userData)).resolves.toBeDefined();
    expect(pauses).toBe(3);
  });

  test('gives twenty callers at once each a report that names their own user data', async () => {
    const azure = platform();
    const asked = Array.from({ length: 20 }, (_, number) => reportDataNumber(number + 1));
    const answers = await Promise.all(asked.map((data) => azure.paravisorEvidence(data)));
    for (const [number, { runtimeClaims }] of answers.entries()) {
      expect(Buffer.from(runtimeClaims).toString().toLowerCase()).toContain(
        Buffer.from(asked[number] ?? []).toString('hex'),
      );
    }
  });

  test.each([
    ['YIELDED', 0x908],
    ['TESTING', 0x90a],
    ['NV_RATE', 0x920],
    ['RETRY', 0x922],
  ])('repeats a command that the TPM answers with %s', async (_name, code) => {
    tpm.responseCodes.push(code, code);
    await expect(platform().paravisorEvidence(userData)).resolves.toBeDefined();
  });

  test.each([
    ['has none', (response: ServerResponse) => response.writeHead(404).end()],
    ['answers nonsense', (response: ServerResponse) => response.end('{"vcekCert": 7}')],
    ['hangs up', (response: ServerResponse) => response.destroy()],
  ])('gives no certificates where the host %s', async (_name, answer) => {
    answerCertificates = answer;
    const { hardware } = await platform().paravisorEvidence(userData);
    expect(hardware).toMatchObject({ kind: 'SevSnpVm', certificates: undefined });
  });
});

describe('refuses, and says who must act', () => {
  test('a TPM without the report', async () => {
    tpm.hardware = undefined;
    expect(await refusal()).toMatchObject({
      code: 'CONFIGURATION_INVALID',
      message: expect.stringContaining('no confidential VM of Azure'),
    });
    expect(tpm.closed).toBe(1);
    expect(tpm.userData).toBeUndefined();
  });

  test('a TPM whose owner has a password', async () => {
    tpm.ownerPassword = true;
    expect(await refusal()).toMatchObject({
      code: 'CONFIGURATION_INVALID',
      message: expect.stringContaining('password'),
    });
    expect(tpm.closed).toBe(1);
  });

  test('an index that something else uses', async () => {
    [tpm.userData, tpm.userDataBytes] = [Buffer.alloc(32), 32];
    expect(await refusal()).toMatchObject({
      code: 'CONFIGURATION_INVALID',
      message: expect.stringContaining('32 bytes'),
    });
  });

  test.each(['ENOENT', 'EACCES', 'EBUSY'])('a device that cannot be opened: %s', async (code) => {
    const closed = platform(() => Promise.reject(systemError(code)));
    await expect(closed.paravisorEvidence(userData)).rejects.toMatchObject({
      code: 'CONFIGURATION_INVALID',
      message: expect.stringContaining(code),
    });
  });

  test('a machine without a TPM', async () => {
    await expect(openTpmDevice('/nonexistent/tpmrm0')).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test('a paravisor that never takes up the user data', async () => {
    tpm.userData = Buffer.alloc(64);
    tpm.staleReadings = Infinity;
    expect(await refusal()).toMatchObject({
      code: 'EVIDENCE_UNAVAILABLE',
      message: expect.stringContaining('user data'),
    });
  });

  test.each([
    ['nothing', []],
    ['half a header', [0x80, 0x01, 0, 0]],
    ['a wrong size', [0x80, 0x01, 0, 0, 0, 99, 0, 0, 0, 0]],
    ['no parameters', [0x80, 0x01, 0, 0, 0, 10, 0, 0, 0, 0]],
    ['a length beyond its end', [0x80, 0x01, 0, 0, 0, 12, 0, 0, 0, 0, 0xff, 0xff]],
    ['an area without a size', [0x80, 0x01, 0, 0, 0, 14, 0, 0, 0, 0, 0, 2, 0, 0]],
  ])('a TPM that answers %s', async (_name, bytes) => {
    tpm.nextAnswer = Uint8Array.from(bytes);
    expect(await refusal()).toMatchObject({ code: 'EVIDENCE_UNAVAILABLE' });
    expect(tpm.closed).toBe(1);
  });

  test.each([
    ['refuses', (_report: Buffer, response: ServerResponse) => void response.writeHead(500).end()],
    ['gives no quote', (_report: Buffer, response: ServerResponse) => void response.end('{}')],
    ['gives something else', (_report: Buffer, response: ServerResponse) => void response.end('{"quote":"AAAA"}')],
    ['redirects', (_report: Buffer, response: ServerResponse) => void response.writeHead(302, { location: '/' }).end()],
    [
      'gives a quote of SGX',
      (_report: Buffer, response: ServerResponse) =>
        void response.end(JSON.stringify({ quote: sgxQuoteOver(userData).toString('base64url') })),
    ],
    [
      'gives a quote of another report',
      (_report: Buffer, response: ServerResponse) =>
        void response.end(JSON.stringify({ quote: tdxQuoteOver(userData).toString('base64url') })),
    ],
    [
      'gives more than any quote',
      (_report: Buffer, response: ServerResponse) =>
        void response.end(JSON.stringify({ quote: 'A'.repeat(1_000_000) })),
    ],
  ])('a host that %s when it is asked for a quote', async (_name, answer) => {
    tpm.hardware = 'tdx';
    answerQuote = answer;
    expect(await refusal()).toMatchObject({ code: 'EVIDENCE_UNAVAILABLE' });
  });

  test('user data that are not 64 bytes', async () => {
    await expect(platform().paravisorEvidence(new Uint8Array(63))).rejects.toThrow(RangeError);
    expect(tpm.opened).toBe(0);
  });
});

test('a TPM is known as Azure’s by the report’s index', async () => {
  expect(await sizeOfReportIndex({ tpm, pause })).toBe(2600);
  tpm.hardware = undefined;
  expect(await sizeOfReportIndex({ tpm, pause })).toBeUndefined();
});
