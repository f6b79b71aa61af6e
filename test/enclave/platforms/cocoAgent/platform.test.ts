import type { ServerResponse } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { cocoAgentPlatform } from '../../../../enclave/platforms/cocoAgent/platform.js';
import { startLocalServer } from '../../../support/localServer.js';
import { expectNoMixing, reportDataNumber, sgxQuoteOver, snpReportOver, tdxQuoteOver } from '../evidenceOver.js';
import { agentReport } from './agentReport.js';

const reportData = reportDataNumber(7);
let agent: Awaited<ReturnType<typeof startLocalServer>>;
/** What the agent answers about the runtime data that it was given. */
let answer: (runtimeData: Buffer, response: ServerResponse) => unknown;
let asked: string[];

beforeAll(async () => {
  agent = await startLocalServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://agent.test');
    asked.push(`${request.method ?? ''} ${request.url ?? ''}`);
    const given = searchParams.get('runtime_data') ?? '';
    const runtimeData = Buffer.from(given, searchParams.get('encoding') === 'base64' ? 'base64url' : 'utf8');
    if (pathname !== '/aa/evidence' || request.method !== 'GET') return void response.writeHead(404).end();
    // As the agent: longer data are an error, shorter ones are padded with zeros.
    if (runtimeData.length > 64) return void response.writeHead(500).end('too long');
    const padded = Buffer.concat([runtimeData, Buffer.alloc(64 - runtimeData.length)]);
    const evidence = answer(padded, response);
    if (evidence !== undefined)
      response.writeHead(200, { 'content-type': 'application/octet-stream' }).end(JSON.stringify(evidence));
  });
});
afterAll(() => agent.close());
beforeEach(() => {
  asked = [];
  answer = (runtimeData) => ({ cc_eventlog: 'AAAA', quote: tdxQuoteOver(runtimeData).toString('base64') });
});

const platform = (timeoutMs = 5000) => cocoAgentPlatform({ fetch, url: agent.url, timeoutMs });
const refusal = async () =>
  (await platform()
    .evidence(reportData)
    .catch((thrown: unknown) => thrown)) as Error;

describe('beside an attestation agent', () => {
  test('of a TDX guest, gives its quote', async () => {
    expect(await platform().evidence(reportData)).toEqual({ kind: 'TdxVm', quote: tdxQuoteOver(reportData) });
    expect(asked).toEqual([
      `GET /aa/evidence?runtime_data=${Buffer.from(reportData).toString('base64url')}&encoding=base64`,
    ]);
  });

  test('of an SGX enclave, gives its quote', async () => {
    answer = (runtimeData) => ({ quote: sgxQuoteOver(runtimeData).toString('base64') });
    expect(await platform().evidence(reportData)).toEqual({ kind: 'SgxEnclave', quote: sgxQuoteOver(reportData) });
  });

  test.each(['old', 'new'] as const)('of an SEV-SNP guest, puts the report together: %s fields', async (crate) => {
    answer = (runtimeData) => ({
      attestation_report: agentReport(snpReportOver(runtimeData), crate),
      cert_chain: [
        { cert_type: { OTHER: '92f81bc3-5811-4d3d-97ff-d19f88dc67ea' }, data: [1] },
        { cert_type: 'ASK', data: [65] },
        { cert_type: 'VLEK', data: [76] },
      ],
    });
    expect(await platform().evidence(reportData)).toEqual({
      kind: 'SevSnpVm',
      report: new Uint8Array(snpReportOver(reportData)),
      certificates:
        '-----BEGIN CERTIFICATE-----\nTA==\n-----END CERTIFICATE-----\n' +
        '-----BEGIN CERTIFICATE-----\nQQ==\n-----END CERTIFICATE-----\n',
    });
  });

  test('of an SEV-SNP guest whose host hands out no certificates, gives none', async () => {
    answer = (runtimeData) => ({
      attestation_report: agentReport(snpReportOver(runtimeData), 'new'),
      cert_chain: null,
    });
    expect(await platform().evidence(reportData)).toMatchObject({ kind: 'SevSnpVm', certificates: undefined });
  });

  test('gives twenty callers at once each their own evidence', async () => {
    await expectNoMixing(platform());
  });
});

describe('refuses, and says who must act', () => {
  test('sample evidence', async () => {
    answer = (runtimeData) => ({ svn: '1', report_data: runtimeData.toString('base64') });
    expect(await refusal()).toMatchObject({
      code: 'CONFIGURATION_INVALID',
      message: expect.stringContaining('no TEE'),
    });
  });

  test.each([403, 404, 405])('an agent whose interface is not open to us: %i', async (status) => {
    answer = (_runtimeData, response) => void response.writeHead(status).end();
    expect(await refusal()).toMatchObject({
      code: 'CONFIGURATION_INVALID',
      message: expect.stringContaining('rest_api'),
    });
  });

  test('an agent that cannot attest at the moment', async () => {
    answer = (_runtimeData, response) => void response.writeHead(500).end('no device');
    expect(await refusal()).toMatchObject({ code: 'EVIDENCE_UNAVAILABLE', message: expect.stringContaining('500') });
  });

  test('an agent that does not know the encoding, and so vouches for other bytes', async () => {
    answer = () => ({ quote: tdxQuoteOver(Buffer.alloc(64, 'A')).toString('base64') });
    expect(await refusal()).toMatchObject({
      code: 'EVIDENCE_UNAVAILABLE',
      message: expect.stringContaining('other report data'),
    });
  });

  test.each([
    ['of another TEE', { tpm_quote: {}, hcl_report: 'AAAA', vcek: 'AAAA' }],
    ['that is empty', {}],
    ['whose quote is not base64', { quote: 'not base64!' }],
    ['whose quote is empty', { quote: '' }],
    ['whose quote is cut short', { quote: Buffer.alloc(40).toString('base64') }],
    ['whose report lacks fields', { attestation_report: { version: 2 } }],
    [
      'whose certificates are no list',
      { attestation_report: agentReport(snpReportOver(reportData), 'new'), cert_chain: 1 },
    ],
    [
      'whose certificates are no bytes',
      {
        attestation_report: agentReport(snpReportOver(reportData), 'new'),
        cert_chain: [{ cert_type: 'VCEK', data: 'AAAA' }],
      },
    ],
  ])('evidence %s', async (_name, evidence) => {
    answer = () => evidence;
    expect(await refusal()).toMatchObject({ code: 'EVIDENCE_UNAVAILABLE' });
  });

  test.each([
    ['no JSON', 'evidence'],
    ['a list', '[]'],
    ['null', 'null'],
    ['nothing', ''],
    ['bytes that are no text', Buffer.from([0x7b, 0xff, 0x7d])],
  ])('an answer that is %s', async (_name, body) => {
    answer = (_runtimeData, response) => void response.writeHead(200).end(body);
    expect(await refusal()).toMatchObject({ code: 'EVIDENCE_UNAVAILABLE' });
  });

  test('an answer without end', async () => {
    answer = (_runtimeData, response) => {
      response.writeHead(200);
      const more = () => {
        while (!response.destroyed && response.write(Buffer.alloc(65_536, 0x20)));
      };
      response.on('drain', more);
      more();
    };
    expect(await refusal()).toMatchObject({
      code: 'EVIDENCE_UNAVAILABLE',
      message: expect.stringContaining('more than 2097152 bytes'),
    });
  });

  test('a redirect, which is not followed', async () => {
    answer = (_runtimeData, response) => void response.writeHead(302, { location: '/aa/evidence?elsewhere' }).end();
    expect(await refusal()).toMatchObject({ code: 'EVIDENCE_UNAVAILABLE' });
    expect(asked).toHaveLength(1);
  });

  test('an agent that does not answer', async () => {
    answer = () => undefined;
    await expect(platform(50).evidence(reportData)).rejects.toMatchObject({ code: 'EVIDENCE_UNAVAILABLE' });
  });

  test('an agent that hangs up', async () => {
    answer = (_runtimeData, response) => void response.destroy();
    expect(await refusal()).toMatchObject({ code: 'EVIDENCE_UNAVAILABLE' });
  });

  test('a machine where no agent runs', async () => {
    const nobody = cocoAgentPlatform({ fetch, url: 'http://127.0.0.1:1' });
    await expect(nobody.evidence(reportData)).rejects.toMatchObject({ code: 'EVIDENCE_UNAVAILABLE' });
  });

  test('report data that are not 64 bytes', async () => {
    await expect(platform().evidence(new Uint8Array(65))).rejects.toThrow(RangeError);
    expect(asked).toEqual([]);
  });
});
