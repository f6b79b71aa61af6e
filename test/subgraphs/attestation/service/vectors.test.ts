import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { decodeJwt } from 'jose';
import type { DcapCollateral } from '../../../../runtime/collateral/request.js';
import { writePem } from '../../../../enclave/asn1/pem.js';
import { Refusal } from '../../../../enclave/refusals.js';
import type { TrustRoot } from '../../../../enclave/verification/trustRoot.js';
import { trustRoot } from '../../../../enclave/verification/trustRoot.js';
import { VENDOR_ROOTS } from '../../../../enclave/verification/vendorRoots.js';
import type { RunningAttestationService } from '../../../support/attestationService.js';
import { startAttestationService } from '../../../support/attestationService.js';
import { describeWithShared, sharedPath } from '../../../support/shared.js';

interface Vector {
  readonly id: string;
  readonly at: string;
  readonly trustRoot: string;
  readonly expect: { readonly accept: boolean; readonly reasons: readonly string[]; readonly [field: string]: unknown };
  readonly quote: string;
  readonly collateral: DcapCollateral;
  readonly report: string;
  readonly leaf: string;
  readonly ask: string;
  readonly ark: string;
}

function vectorsOf(folder: string): Vector[] {
  const files = readdirSync(sharedPath(folder)).filter((name) => name.endsWith('.json'));
  return files.map((name) => JSON.parse(readFileSync(sharedPath(`${folder}/${name}`), 'utf8')) as Vector);
}

/** One service for all cases: its clock and its source of collateral are those of the case at hand. */
let service: RunningAttestationService;
/** The same without any root. */
let untrusting: RunningAttestationService;
let current: Vector | undefined;

function syntheticRoot(): TrustRoot[] {
  const path = sharedPath('vectors/dcap-synthetic/test-root.pem');
  if (!existsSync(path)) return [];
  return [trustRoot({ name: 'synthetic', simulated: true, pem: readFileSync(path, 'utf8') })];
}

function caseAtHand(): Vector {
  if (!current) throw new Error('no case is at hand');
  return current;
}

const vectorNow = () => (current ? Date.parse(current.at) : Date.UTC(2025, 6, 1));

beforeAll(async () => {
  const options = {
    now: vectorNow,
    // What the vectors hold is what a source would give.
    collateral: { get: () => Promise.resolve(caseAtHand().collateral as never) },
    // The public cases bring no revocation list of AMD's.
    snpRevocation: 'not-checked',
  } as const;
  const trustRoots = [...Object.values(VENDOR_ROOTS), ...syntheticRoot()];
  service = await startAttestationService({ ...options, trustRoots });
  untrusting = await startAttestationService({ ...options, trustRoots: [] });
});

afterAll(() => Promise.all([service.close(), untrusting.close()]));

interface Answer {
  readonly token?: string;
  readonly error?: { readonly innererror: { readonly code: string; readonly message: string } };
}

async function attest(kind: string, body: object, url = service.url): Promise<{ status: number; answer: Answer }> {
  const response = await fetch(`${url}/attest/${kind}?api-version=2025-06-01`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return { status: response.status, answer: (await response.json()) as Answer };
}

const base64url = (base64: string) => Buffer.from(base64, 'base64').toString('base64url');
/** `report` as Azure Attestation takes it. */
function envelopeOf({ report, leaf, ask, ark }: Vector): string {
  const pem = [leaf, ask, ark].map((der) => writePem(Buffer.from(der, 'base64'))).join('');
  const envelope = { SnpReport: base64url(report), VcekCertChain: Buffer.from(pem).toString('base64url') };
  return Buffer.from(JSON.stringify(envelope)).toString('base64url');
}

const isAboutDebugAlone = ({ expect: { reasons } }: Vector) => reasons.length === 1 && reasons[0] === 'debug';

for (const folder of ['vectors/dcap-real', 'vectors/dcap-mutated', 'vectors/dcap-synthetic']) {
  describeWithShared(`POST /attest of the quotes of ${folder}`, folder, () => {
    for (const vector of vectorsOf(folder)) {
      const { accept, reasons } = vector.expect;
      test(`answers ${vector.id} with ${accept ? 'a result' : `a refusal: ${reasons[0] ?? ''}`}`, async () => {
        current = vector;
        const kind = vector.expect.tee === 'tdx' ? 'TdxVm' : 'SgxEnclave';
        const { status, answer } = await attest(kind, { quote: base64url(vector.quote) });
        // A debug enclave is genuine: the result says what it is, and relying parties refuse it.
        if (accept || isAboutDebugAlone(vector)) {
          expect(answer.error).toBeUndefined();
          const claims = decodeJwt(answer.token ?? '');
          expect(claims['x-cloister-tcb-status']).toBe(vector.expect.tcbStatus);
          if (kind === 'TdxVm') expect(claims.tdx_mrtd).toBe(vector.expect.mrTd);
          else expect(claims['x-ms-sgx-mrenclave']).toBe(vector.expect.mrenclave);
          const debug = kind === 'TdxVm' ? claims.tdx_td_attributes_debug : claims['x-ms-sgx-is-debuggable'];
          expect(debug).toBe(!accept);
        } else {
          expect(answer.token).toBeUndefined();
          expect(status).toBeGreaterThanOrEqual(400);
          expect(answer.error?.innererror.code).toMatch(/^(EVIDENCE|COLLATERAL)_/);
        }
      });
    }
  });
}

describeWithShared('POST /attest/SevSnpVm of the reports of vectors/snp', 'vectors/snp', () => {
  for (const vector of vectorsOf('vectors/snp')) {
    const { accept, reasons } = vector.expect;
    test(`answers ${vector.id} with ${accept ? 'a result' : `a refusal: ${reasons[0] ?? ''}`}`, async () => {
      current = vector;
      const { url } = vector.trustRoot === 'none' ? untrusting : service;
      const { status, answer } = await attest('SevSnpVm', { report: envelopeOf(vector) }, url);
      if (accept || isAboutDebugAlone(vector)) {
        expect(answer.error).toBeUndefined();
        const fields = vector.expect.report as Record<string, unknown>;
        expect(decodeJwt(answer.token ?? '')).toMatchObject({
          'x-ms-attestation-type': 'sevsnpvm',
          'x-ms-sevsnpvm-launchmeasurement': fields.measurement,
          'x-ms-sevsnpvm-reportdata': fields.reportData,
          'x-ms-sevsnpvm-is-debuggable': !accept,
          'x-cloister-revocation-checked': false,
        });
      } else {
        expect(status).toBeGreaterThanOrEqual(400);
        expect(answer.error?.innererror.code).toMatch(/^EVIDENCE_/);
      }
    });
  }

  test('refuses the genuine one as long as nobody can tell whether AMD has revoked its chain', async () => {
    current = vectorsOf('vectors/snp').find(({ id }) => id === 'milan-azure-aci');
    const unavailable = () => Promise.reject(new Refusal('COLLATERAL_UNAVAILABLE', 'There is no revocation list.'));
    const strict = await startAttestationService({
      now: vectorNow,
      trustRoots: Object.values(VENDOR_ROOTS),
      collateral: { get: unavailable },
    });
    const { answer } = await attest('SevSnpVm', { report: envelopeOf(caseAtHand()) }, strict.url);
    await strict.close();
    expect(answer.error?.innererror.code).toBe('COLLATERAL_UNAVAILABLE');
  });
});
