import { describe, expect, test } from '@jest/globals';
import { writePem } from '../../../enclave/asn1/pem.js';
import type { Collateral } from '../../../enclave/verification/dcap/collateral.js';
import { verifyQuote } from '../../../enclave/verification/dcap/verifyQuote.js';
import { EvidenceRefusal } from '../../../enclave/verification/evidenceRefusal.js';
import { nodePrimitives } from '../../../enclave/verification/nodePrimitives.js';
import { verifyReport } from '../../../enclave/verification/sevSnp/verifyReport.js';
import { trustRoot } from '../../../enclave/verification/trustRoot.js';
import type { CollateralRequest } from '../../../runtime/collateral/request.js';
import type { CollateralSource } from '../../../runtime/collateral/source.js';
import { createCollateralCache } from '../../../runtime/collateral/cache.js';
import type { EvidenceRequest } from '../../../runtime/evidence/verifyEvidence.js';
import { createVerifyEvidence } from '../../../runtime/evidence/verifyEvidence.js';
import { silentLog } from '../../../runtime/log.js';
import type { EvidenceChange } from '../../support/dcapKit/evidence.js';
import { makeEvidence } from '../../support/dcapKit/evidence.js';
import { createTestAuthority, TEST_NAMES } from '../../support/dcapKit/testAuthority.js';
import { refusalOf } from '../../support/refusals.js';
import type { SnpEvidence, SnpEvidenceChanges } from '../../support/snpEvidence.js';
import { makeSnpEvidence, pssSigner, SNP_NOW, snpVerifyOptions, stranger } from '../../support/snpEvidence.js';

const NOW = SNP_NOW;
const authority = createTestAuthority(NOW);
const strangers = createTestAuthority(NOW);
const snp = makeSnpEvidence();
const trustRoots = [trustRoot({ name: 'test', simulated: true, pem: authority.certificate('root') }), snp.trustRoot];

/** A verifier, and every question that its vendor was asked. */
function verifierOver(collateral?: Collateral) {
  const asked: CollateralRequest['kind'][] = [];
  const counted = <T>({ kind }: CollateralRequest, value: T) => {
    asked.push(kind);
    return Promise.resolve(value);
  };
  const source: CollateralSource = {
    name: 'counting',
    dcap: (request) => counted(request, collateral),
    sevSnp: (request) =>
      counted(request, {
        chain: snp.certificates
          .slice(1)
          .map((certificate) => writePem(certificate))
          .join(''),
        crl: Buffer.from(snp.revocationList).toString('hex'),
      }),
    vcek: (request) => counted(request, { certificate: writePem(snp.certificates[0]) }),
  };
  const now = () => NOW;
  const cache = createCollateralCache({ source, now, random: () => 0, log: silentLog });
  return { asked, verify: createVerifyEvidence({ trustRoots, collateral: cache, now }) };
}

const envelope = ({ report, pem }: Pick<SnpEvidence, 'report'> & { readonly pem?: string }): EvidenceRequest => {
  const base64url = (bytes: Uint8Array | string) => Buffer.from(bytes).toString('base64url');
  const fields = { SnpReport: base64url(report), ...(pem !== undefined && { VcekCertChain: base64url(pem) }) };
  return { kind: 'SevSnpVm', evidence: Buffer.from(JSON.stringify(fields)) };
};

/** The reasons of the whole verification, with all collateral at hand. */
function reasonsOf(verify: () => unknown): { code: string; reasons: readonly string[] } {
  try {
    verify();
  } catch (thrown) {
    if (thrown instanceof EvidenceRefusal) return thrown;
    throw thrown;
  }
  throw new Error('it is accepted');
}

describe('a quote of a platform that somebody made up', () => {
  test.each<[string, EvidenceChange, string]>([
    ['whose chain ends in a root of their own', {}, 'EVIDENCE_ROOT_UNTRUSTED'],
    [
      'whose chain ends in the pinned root, which did not sign it',
      { pckChain: ({ pck, pckAuthority }) => pck + pckAuthority + authority.certificate('root') },
      'EVIDENCE_CHAIN_INVALID',
    ],
    [
      'whose chain is the vendor’s but for its leaf',
      {
        pckChain: ({ pck }) => pck + authority.certificate('pckAuthority') + authority.certificate('root'),
      },
      'EVIDENCE_CHAIN_INVALID',
    ],
    ['that is not in a form of the vendor’s', { header: { qeVendorId: 'ff'.repeat(16) } }, 'EVIDENCE_MALFORMED'],
  ])('is refused without a question: %s', async (_, change, code) => {
    const made = makeEvidence(strangers, 'sgx-v3', NOW, change);
    const { asked, verify } = verifierOver(made.collateral);
    expect(await refusalOf(() => verify({ kind: 'SgxEnclave', evidence: made.quote }))).toBe(code);
    expect(asked).toEqual([]);
  });

  test.each<[string, EvidenceChange]>([
    ['the CA is none', { certificates: { pckAuthority: { extensions: [] } } }],
    ['a stranger signed the leaf', { certificates: { pck: { by: 'stranger' } } }],
    ['a stranger signed a leaf that has expired', { certificates: { pck: { by: 'stranger', notAfter: NOW - 1000 } } }],
    ['the leaf is of another purpose', { certificates: { pck: { subject: TEST_NAMES.stranger } } }],
  ])('is refused with the code, and the first reasons, of the whole verification: %s', async (_, change) => {
    const { quote, collateral } = makeEvidence(authority, 'sgx-v3', NOW, change);
    const { asked, verify } = verifierOver(collateral);
    const whole = reasonsOf(() => verifyQuote(quote, { now: NOW, trustRoots, collateral, primitives: nodePrimitives }));
    await expect(verify({ kind: 'SgxEnclave', evidence: quote })).rejects.toMatchObject({
      code: whole.code,
      reasons: whole.reasons.filter((reason) => reason.startsWith('pck:')),
    });
    expect(asked).toEqual([]);
  });
});

describe('a quote of a platform of the vendor’s', () => {
  test('costs one question, however often it comes', async () => {
    const { quote, collateral } = makeEvidence(authority, 'tdx-v4', NOW);
    const { asked, verify } = verifierOver(collateral);
    for (let round = 0; round < 3; round++)
      expect(await verify({ kind: 'TdxVm', evidence: quote })).toMatchObject({ tee: 'tdx' });
    expect(asked).toEqual(['dcap']);
  });

  test('is refused with all reasons where its collateral is there', async () => {
    const change: EvidenceChange = {
      certificates: { pck: { notAfter: NOW - 1000 } },
      qeReportBy: 'stranger',
      pckList: { revoked: ['pck'] },
      tcbInfo: { fmspc: 'C0A06F120000' },
    };
    const { quote, collateral } = makeEvidence(authority, 'sgx-v3', NOW, change);
    const options = { now: NOW, trustRoots, collateral, primitives: nodePrimitives };
    const whole = reasonsOf(() => verifyQuote(quote, options));
    expect(whole.reasons).toEqual(['pck:cert-expired', 'pck:revoked', 'qe-report-signature', 'fmspc-mismatch']);
    const asked = { get: () => Promise.resolve(collateral as never) };
    const verify = createVerifyEvidence({ trustRoots, collateral: asked, now: () => NOW });
    await expect(verify({ kind: 'SgxEnclave', evidence: quote })).rejects.toMatchObject({
      code: 'EVIDENCE_CHAIN_INVALID',
      reasons: whole.reasons,
    });
  });
});

describe('an SEV-SNP report', () => {
  const byStranger = pssSigner(stranger.rsa.privateKey);
  const publicKey = new Uint8Array(stranger.rsa.publicKey.export({ format: 'der', type: 'spki' }));

  test.each<[string, SnpEvidenceChanges, string]>([
    [
      'a root of their own',
      {
        ark: { publicKey, signWith: byStranger },
        ask: { signWith: byStranger },
        revocationList: { signWith: byStranger },
      },
      'EVIDENCE_ROOT_UNTRUSTED',
    ],
    ['an ASK that the pinned root did not sign', { ask: { signWith: byStranger } }, 'EVIDENCE_CHAIN_INVALID'],
    ['a VCEK that the vendor did not sign', { leaf: { signWith: byStranger } }, 'EVIDENCE_CHAIN_INVALID'],
    [
      'a VCEK that has expired and that the vendor did not sign',
      { leaf: { signWith: byStranger, notAfter: NOW - 1000 } },
      'EVIDENCE_CHAIN_INVALID',
    ],
    ['a form that is none of the vendor’s', { report: { signatureAlgorithm: 2 } }, 'EVIDENCE_MALFORMED'],
  ])('with %s is refused without a question, and as the whole verification refuses it', async (_, changes, code) => {
    const made = makeSnpEvidence(changes);
    const { asked, verify } = verifierOver();
    const whole = reasonsOf(() => verifyReport(made.report, snpVerifyOptions(made, { trustRoots })));
    await expect(verify(envelope(made))).rejects.toMatchObject({ code, reasons: whole.reasons });
    expect(whole.code).toBe(code);
    expect(asked).toEqual([]);
  });

  test('with a chain of the vendor’s that is out of date is left to the whole verification', async () => {
    const { asked, verify } = verifierOver();
    const late = makeSnpEvidence({ leaf: { notAfter: NOW - 1000 } });
    await expect(verify(envelope(late))).rejects.toMatchObject({ reasons: ['vcek-expired'] });
    expect(asked).toEqual(['sev-snp']);
  });

  test('with its chain costs one question, and without it the one for its certificate', async () => {
    const { asked, verify } = verifierOver();
    for (let round = 0; round < 2; round++) expect(await verify(envelope(snp))).toMatchObject({ tee: 'sev-snp' });
    expect(asked).toEqual(['sev-snp']);
    expect(await verify(envelope({ report: snp.report }))).toMatchObject({ tee: 'sev-snp' });
    expect(asked).toEqual(['sev-snp', 'vcek']);
  });
});
