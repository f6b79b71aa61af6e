import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { integer, sequence } from '../../../../enclave/asn1/der.js';
import { certificateAuthority, keyUsage } from '../../../../enclave/asn1/writeCertificate.js';
import { EvidenceRefusal } from '../../../../enclave/verification/evidenceRefusal.js';
import { rememberSignatures } from '../../../../enclave/verification/nodePrimitives.js';
import type { VerifyReportOptions } from '../../../../enclave/verification/sevSnp/verifyReport.js';
import { verifyReport } from '../../../../enclave/verification/sevSnp/verifyReport.js';
import type { SnpEvidence, SnpEvidenceChanges } from '../../../support/snpEvidence.js';
import {
  ASK_SERIAL,
  amdExtension,
  ia5String,
  leafExtensions,
  makeSnpEvidence,
  pssSigner,
  SNP_CHIP_ID,
  SNP_NOW,
  snpVerifyOptions,
  stranger,
  wrappedHardwareId,
} from '../../../support/snpEvidence.js';

const good = makeSnpEvidence();
const DAY = 86_400_000;
const byStranger = pssSigner(stranger.rsa.privateKey);

const verify = (evidence: SnpEvidence, options?: Partial<VerifyReportOptions>) =>
  verifyReport(evidence.report, snpVerifyOptions(evidence, options));

/** Empty where the evidence is accepted; anything but a coded refusal fails the test. */
function refusalOf(evidence: SnpEvidence, options?: Partial<VerifyReportOptions>) {
  try {
    verify(evidence, options);
    return { reasons: [] };
  } catch (thrown) {
    if (thrown instanceof EvidenceRefusal) return thrown;
    throw thrown;
  }
}

const reasonsOf = (evidence: SnpEvidence, options?: Partial<VerifyReportOptions>) =>
  refusalOf(evidence, options).reasons;

describe('a genuine report', () => {
  test.each([
    ['Milan', { fmc: undefined, bootLoader: 3, tee: 1, snp: 8, microcode: 0xd1 }],
    ['Genoa', { fmc: undefined, bootLoader: 9, tee: 2, snp: 0x17, microcode: 0xd9 }],
    ['Turin', { fmc: 1, bootLoader: 4, tee: 2, snp: 5, microcode: 0x82 }],
  ] as const)('of %s is accepted, with the TCB in its own layout', (product, tcb) => {
    for (const signer of ['vcek', 'vlek'] as const) {
      const verified = verify(makeSnpEvidence({ product, signer }));
      expect(verified).toMatchObject({ product, signer, tcb, revocationChecked: true });
      expect(verified.cspId).toBe(signer === 'vlek' ? 'CN=cloud.test' : undefined);
      expect(verified.trustRoot.name).toBe('test-ark');
    }
  });

  test.each([2, 3, 4, 5])('of version %d is accepted, with the fields that it has', (version) => {
    const { report } = verify(makeSnpEvidence({ report: { version, mitigations: [5n, 7n] } }));
    expect(report.cpu).toEqual(version >= 3 ? { family: 0x19, model: 1, stepping: 1 } : undefined);
    expect(report.mitigations).toEqual(version >= 5 ? { launch: 5n, current: 7n } : undefined);
    expect(report).toMatchObject({ version, guestSvn: 7, debug: false, measurement: 'cd'.repeat(48) });
    expect(report.currentFirmware).toEqual({ major: 1, minor: 52, build: 4 });
    expect(report.committedFirmware).toEqual({ major: 1, minor: 51, build: 3 });
  });

  test('says what policy and platform are', () => {
    const { report } = verify(makeSnpEvidence({ report: { policy: 0x3f7051fn } }), { allowDebug: true });
    expect(report.policy).toMatchObject({
      abiMajor: 5,
      abiMinor: 0x1f,
      smtAllowed: true,
      migrationAgentAllowed: true,
      debugAllowed: false,
      singleSocketRequired: true,
      cxlAllowed: true,
      aes256XtsRequired: true,
      raplDisabled: true,
      ciphertextHidingRequired: true,
      pageSwapDisabled: true,
    });
    expect(report.platformInfo).toMatchObject({
      smtEnabled: true,
      tsmeEnabled: false,
      eccEnabled: true,
      raplDisabled: false,
      ciphertextHidingEnabled: false,
      aliasCheckComplete: true,
    });
  });

  test('may be a Buffer, which is left as it was', () => {
    const report = Buffer.from(good.report);
    expect(reasonsOf({ ...good, report })).toEqual([]);
    expect(report.equals(good.report)).toBe(true);
  });

  test('may come with its chain as PEM', () => {
    expect(reasonsOf(good, { certificates: good.pem })).toEqual([]);
  });

  test('may have its hardware id wrapped in DER', () => {
    expect(reasonsOf(makeSnpEvidence({ extensions: { 4: wrappedHardwareId } }))).toEqual([]);
  });

  test('by a VLEK may have a masked chip', () => {
    const flags = (1 << 2) | 2;
    expect(reasonsOf(makeSnpEvidence({ signer: 'vlek', report: { chipId: '00'.repeat(64), flags } }))).toEqual([]);
  });

  test('may have an author key', () => {
    expect(reasonsOf(makeSnpEvidence({ report: { flags: 1, authorKeyDigest: 'aa'.repeat(48) } }))).toEqual([]);
  });
});

const ARK_EXTENSIONS = [certificateAuthority(), keyUsage('keyCertSign', 'cRLSign')];
const ASK_EXTENSIONS = [certificateAuthority(0), keyUsage('keyCertSign')];
const unknownCritical = { oid: '1.3.6.1.4.1.99999.1', critical: true, value: sequence() };

const malformed = 'EVIDENCE_MALFORMED';
const forged = 'EVIDENCE_SIGNATURE_INVALID';
const tcbInvalid = 'EVIDENCE_TCB_INVALID';

type Row = [name: string, changes: SnpEvidenceChanges, reasons: string[], code: string];

describe('a report with one thing wrong is refused', () => {
  test.each<Row>([
    ['of an unknown version', { report: { version: 6 } }, ['version'], malformed],
    ['of an old version', { report: { version: 1 } }, ['version'], malformed],
    ['with another algorithm', { report: { signatureAlgorithm: 2 } }, ['sig-algo'], malformed],
    ['without the policy bit', { report: { policy: 0x1001fn } }, ['policy-reserved'], malformed],
    ['with an unknown policy bit', { report: { policy: 0x403001fn } }, ['policy-reserved'], malformed],
    ['with an unknown flag', { report: { flags: 1 << 5 } }, ['flags-reserved'], malformed],
    ['that the host asked for', { report: { vmpl: 0xffffffff } }, ['vmpl'], forged],
    ['with an author key that is not there', { report: { flags: 1 } }, ['author-key'], malformed],
    [
      'with an author key that is not enabled',
      { report: { authorKeyDigest: 'aa'.repeat(48) } },
      ['author-key'],
      malformed,
    ],
    ['signed by another key', { report: { signWith: stranger.p384.privateKey } }, ['report-signature'], forged],
    ['of the VLEK, it says', { report: { flags: 1 << 2 } }, ['signing-key-kind'], forged],
    ['of the VCEK, it says', { signer: 'vlek', report: { flags: 0 } }, ['signing-key-kind'], forged],
    ['signed by nobody, it says', { report: { flags: 7 << 2 } }, ['signing-key-kind'], forged],
    ['signed by a reserved key', { report: { flags: 2 << 2 } }, ['signing-key-kind'], forged],
    ['that would not be signed', { report: { flags: 2 } }, ['mask-chip-key'], forged],
    ['of another chip', { report: { chipId: '11'.repeat(64) } }, ['chip-id'], forged],
    ['of a masked chip', { report: { chipId: '00'.repeat(64) } }, ['chip-id'], forged],
    [
      'of a chip with more than Turin’s eight bytes',
      { product: 'Turin', report: { chipId: SNP_CHIP_ID } },
      ['chip-id'],
      forged,
    ],
    ['with another boot loader', { report: { tcb: '04010000000008d1' } }, ['tcb-mismatch-3.1'], tcbInvalid],
    ['with another TEE', { report: { tcb: '03020000000008d1' } }, ['tcb-mismatch-3.2'], tcbInvalid],
    ['with another firmware', { report: { tcb: '03010000000007d1' } }, ['tcb-mismatch-3.3'], tcbInvalid],
    ['with other microcode', { report: { tcb: '0301000000000851' } }, ['tcb-mismatch-3.8'], tcbInvalid],
    ['with a reserved level', { report: { tcb: '03010001000008d1' } }, ['tcb-mismatch-3.5'], tcbInvalid],
    [
      'of Turin with another FMC',
      { product: 'Turin', report: { tcb: '0204020500000082' } },
      ['tcb-mismatch-3.9'],
      tcbInvalid,
    ],
    [
      'of Turin without FMC in its certificate',
      { product: 'Turin', extensions: { '3.9': undefined } },
      ['tcb-mismatch-3.9'],
      tcbInvalid,
    ],
    [
      'of Milan with an FMC in its certificate',
      { extensions: { '3.9': integer(1) } },
      ['tcb-mismatch-3.9'],
      tcbInvalid,
    ],
    ['of another processor', { report: { cpu: [0x19, 0x11, 0] } }, ['cpu-mismatch'], tcbInvalid],
    ['of an unknown processor', { report: { cpu: [0x1b, 0, 0] } }, ['cpu-mismatch'], tcbInvalid],
    ['of a debug guest', { report: { policy: 0xb001fn } }, ['debug'], 'EVIDENCE_DEBUG'],
  ])('%s', (_, changes, reasons, code) => {
    expect(refusalOf(makeSnpEvidence(changes))).toMatchObject({ reasons, code });
  });

  test.each([
    ['cut', good.report.subarray(1), 'length'],
    ['with a byte too many', Uint8Array.of(...good.report, 0), 'length'],
    ['empty', new Uint8Array(), 'length'],
  ])('%s', (_, report, reason) => {
    expect(reasonsOf({ ...good, report })).toEqual([reason]);
  });

  test.each([0x2a0 + 48, 0x2a0 + 71, 0x2a0 + 72 + 48, 0x2a0 + 144, 1183])(
    'with something beside its signature, at byte %d',
    (at) => {
      const report = Uint8Array.from(good.report);
      report[at] = 1;
      expect(refusalOf({ ...good, report })).toMatchObject({ reasons: ['sig-reserved'], code: malformed });
    },
  );
});

describe('a chain with one thing wrong is refused', () => {
  const late = { notAfter: SNP_NOW - DAY };
  const early = { notBefore: SNP_NOW + DAY };
  const invalid = 'EVIDENCE_CHAIN_INVALID';

  test.each<Row>([
    ['whose ARK did not sign itself', { ark: { signWith: byStranger } }, ['ark-self'], invalid],
    ['whose ASK somebody else signed', { ask: { signWith: byStranger } }, ['ask-signature'], invalid],
    ['whose VCEK somebody else signed', { leaf: { signWith: byStranger } }, ['vcek-signature'], invalid],
    ['whose ARK is no CA', { ark: { extensions: [] } }, ['ark-not-ca'], invalid],
    ['whose ASK is no CA', { ask: { extensions: [] } }, ['ask-not-ca'], invalid],
    [
      'whose ASK may not sign certificates',
      { ask: { extensions: [certificateAuthority(0), keyUsage('digitalSignature')] } },
      ['ask-not-ca'],
      invalid,
    ],
    [
      'whose VCEK is a CA',
      { leaf: { extensions: [certificateAuthority(), ...leafExtensions('Milan', 'vcek')] } },
      ['vcek-is-ca'],
      invalid,
    ],
    [
      'that is longer than its ARK allows',
      { ark: { extensions: [certificateAuthority(0), keyUsage('keyCertSign')] } },
      ['ark-pathlen'],
      invalid,
    ],
    [
      'whose ARK demands what we do not understand',
      { ark: { extensions: [...ARK_EXTENSIONS, unknownCritical] } },
      ['ark-critical-extension'],
      invalid,
    ],
    [
      'whose ASK demands what we do not understand',
      { ask: { extensions: [...ASK_EXTENSIONS, unknownCritical] } },
      ['ask-critical-extension'],
      invalid,
    ],
    [
      'whose VCEK demands what we do not understand',
      { leaf: { extensions: [...leafExtensions('Milan', 'vcek'), unknownCritical] } },
      ['vcek-critical-extension'],
      invalid,
    ],
    ['whose ARK names another issuer', { ark: { issuer: { commonName: 'X' } } }, ['ark-issuer-name'], invalid],
    ['whose ASK names another issuer', { ask: { issuer: { commonName: 'X' } } }, ['ask-issuer-name'], invalid],
    ['whose VCEK names another issuer', { leaf: { issuer: { commonName: 'X' } } }, ['vcek-issuer-name'], invalid],
    ['whose ARK has expired', { ark: late }, ['ark-expired'], invalid],
    ['whose ASK has expired', { ask: late }, ['ask-expired'], invalid],
    ['whose VCEK has expired', { leaf: late }, ['vcek-expired'], invalid],
    ['whose ARK is not valid yet', { ark: early }, ['ark-expired'], invalid],
    ['whose ASK is not valid yet', { ask: early }, ['ask-expired'], invalid],
    ['whose VCEK is not valid yet', { leaf: early }, ['vcek-expired'], invalid],
    [
      'whose leaf is of no known kind',
      { leaf: { subject: { commonName: 'SEV-X' } } },
      ['vcek-name', 'signing-key-kind'],
      invalid,
    ],
    [
      'whose leaf is called like a property of every object',
      { leaf: { subject: { commonName: 'constructor' } } },
      ['vcek-name', 'signing-key-kind'],
      invalid,
    ],
    ['whose VCEK names no chip', { extensions: { 4: undefined } }, ['vcek-identity', 'chip-id'], invalid],
    ['whose VCEK names a provider', { extensions: { 5: ia5String('CN=x') } }, ['vcek-identity'], invalid],
    ['whose VLEK names a chip', { signer: 'vlek', extensions: { 4: wrappedHardwareId } }, ['vcek-identity'], invalid],
    ['whose VLEK names no provider', { signer: 'vlek', extensions: { 5: undefined } }, ['vcek-identity'], invalid],
    [
      'for a product that we do not know',
      { extensions: { 2: ia5String('Venice-A0') } },
      ['product-unknown'],
      tcbInvalid,
    ],
    [
      'whose leaf is of another product than its issuers',
      { extensions: { 2: ia5String('Genoa-B0') } },
      ['product-mismatch', 'cpu-mismatch'],
      tcbInvalid,
    ],
    [
      'whose VLEK was signed by the CA of VCEKs',
      { signer: 'vlek', ask: { subject: { commonName: 'SEV-Milan' } }, leaf: { issuer: { commonName: 'SEV-Milan' } } },
      ['product-mismatch'],
      tcbInvalid,
    ],
  ])('%s', (_, changes, reasons, code) => {
    expect(refusalOf(makeSnpEvidence(changes))).toMatchObject({ reasons, code });
  });

  test.each<[string, SnpEvidenceChanges, RegExp]>([
    ['no product', { extensions: { 2: undefined } }, /^vcek-parse:.* 2$/],
    ['a product that is no text', { extensions: { 2: integer(3) } }, /^vcek-parse:/],
    ['a product with control characters', { extensions: { 2: ia5String('Milan\n') } }, /^vcek-parse:/],
    ['a product without end', { extensions: { 2: ia5String('Milan'.repeat(40)) } }, /^vcek-parse:/],
    ['no structure version', { extensions: { 1: undefined } }, /^vcek-parse:.* 1$/],
    ['no boot loader level', { extensions: { '3.1': undefined } }, /^vcek-parse:.* 3.1$/],
    ['no microcode level', { extensions: { '3.8': undefined } }, /^vcek-parse:.* 3.8$/],
    ['a level of 256', { extensions: { '3.8': integer(256) } }, /^vcek-parse:/],
    ['a negative level', { extensions: { '3.8': Uint8Array.of(2, 1, 0x80) } }, /^vcek-parse:/],
    ['a level that is no DER', { extensions: { '3.8': Uint8Array.of(2, 9) } }, /^vcek-parse:/],
    ['a hardware id of 63 bytes', { extensions: { 4: new Uint8Array(63).fill(4) } }, /^vcek-parse:/],
    [
      'two AMD extensions of one kind',
      { leaf: { extensions: [amdExtension('1', integer(0)), amdExtension('1', integer(0))] } },
      /^chain-parse:/,
    ],
  ])('whose leaf has %s', (_, changes, reason) => {
    const refusal = refusalOf(makeSnpEvidence(changes));
    expect(refusal).toMatchObject({ code: invalid, reasons: [expect.stringMatching(reason)] });
  });

  test.each<[string, VerifyReportOptions['certificates'], RegExp]>([
    ['nothing', [], /^chain-missing$/],
    ['an empty text', '', /^chain-missing$/],
    ['the leaf alone', good.certificates.slice(0, 1), /^chain-missing$/],
    ['no root', good.certificates.slice(0, 2), /^chain-missing$/],
    ['one certificate too many', [...good.certificates, good.certificates[2]], /^chain-parse:4 certificates/],
    ['five certificates', good.pem + good.pem, /^chain-parse:/],
    ['no certificates', [Uint8Array.of(1, 2, 3)], /^chain-parse:/],
    ['more than any chain has', [new Uint8Array(32 * 1024 + 1)], /^chain-parse:32769 bytes/],
    ['no leaf first', good.certificates.toReversed(), /^vcek-parse:/],
  ])('that is %s', (_, certificates, reason) => {
    expect(refusalOf(good, { certificates })).toMatchObject({
      code: invalid,
      reasons: [expect.stringMatching(reason)],
    });
  });

  test('that ends in a root that is not pinned', () => {
    const untrusted = { reasons: ['untrusted-ark'], code: 'EVIDENCE_ROOT_UNTRUSTED' };
    expect(refusalOf(good, { trustRoots: [] })).toMatchObject(untrusted);
    const publicKey = new Uint8Array(stranger.rsa.publicKey.export({ format: 'der', type: 'spki' }));
    expect(refusalOf(good, { trustRoots: [{ ...good.trustRoot, publicKey }] })).toMatchObject(untrusted);
  });

  test('that has a root with the name of the pinned one and another key', () => {
    const publicKey = new Uint8Array(stranger.rsa.publicKey.export({ format: 'der', type: 'spki' }));
    const forged = makeSnpEvidence({
      ark: { publicKey, signWith: byStranger },
      ask: { signWith: byStranger },
      revocationList: { signWith: byStranger },
    });
    expect(reasonsOf(forged)).toEqual(['untrusted-ark']);
  });

  test('whose leaf has a key of another curve', () => {
    const p256 = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const publicKey = new Uint8Array(p256.publicKey.export({ format: 'der', type: 'spki' }));
    expect(reasonsOf(makeSnpEvidence({ leaf: { publicKey } }))).toEqual(['report-signature']);
  });
});

describe('revocation', () => {
  const invalid = 'COLLATERAL_INVALID';
  const unavailable = 'COLLATERAL_UNAVAILABLE';

  test.each<Row>([
    ['lists the ASK', { revocationList: { revoked: [ASK_SERIAL] } }, ['ask-revoked'], 'EVIDENCE_REVOKED'],
    ['is signed by somebody else', { revocationList: { signWith: byStranger } }, ['crl-signature'], invalid],
    ['is of another issuer', { revocationList: { issuer: { commonName: 'ARK-Genoa' } } }, ['no-crl'], unavailable],
    ['has expired', { revocationList: { nextUpdate: SNP_NOW - DAY } }, ['crl-expired'], unavailable],
    ['is not valid yet', { revocationList: { thisUpdate: SNP_NOW + DAY } }, ['crl-future'], unavailable],
  ])('is refused where the list %s', (_, changes, reasons, code) => {
    expect(refusalOf(makeSnpEvidence(changes))).toMatchObject({ reasons, code });
  });

  test('is something that could not be told where there is no list', () => {
    expect(refusalOf(good, { revocationList: undefined })).toMatchObject({ reasons: ['no-crl'], code: unavailable });
  });

  test.each([
    ['empty', new Uint8Array()],
    ['a certificate', good.certificates[1]],
    ['too large', new Uint8Array(1024 * 1024 + 1)],
    ['cut', good.revocationList.subarray(0, -1)],
  ])('is refused where the list is %s', (_, revocationList) => {
    const reasons = [expect.stringMatching(/^crl-parse:/)];
    expect(refusalOf(good, { revocationList })).toMatchObject({ reasons, code: invalid });
  });

  test('of another ASK is of no matter', () => {
    const evidence = makeSnpEvidence({ revocationList: { revoked: [Uint8Array.of(1, 0, 2), Uint8Array.of(0)] } });
    expect(reasonsOf(evidence)).toEqual([]);
  });

  test('may be left out by saying so, and the answer says it too', () => {
    const evidence = makeSnpEvidence({ revocationList: { revoked: [ASK_SERIAL] } });
    expect(verify(evidence, { revocationList: 'not-checked' }).revocationChecked).toBe(false);
  });

  test('that could not be told does not hide a forgery', () => {
    const report = Uint8Array.from(good.report).fill(0, 0x90, 0xc0);
    expect(refusalOf({ ...good, report }, { revocationList: undefined })).toMatchObject({
      code: 'EVIDENCE_SIGNATURE_INVALID',
      reasons: ['no-crl', 'report-signature'],
    });
  });

  test('is looked at again where signatures are remembered', () => {
    const primitives = rememberSignatures(64);
    expect(reasonsOf(good, { primitives })).toEqual([]);
    expect(reasonsOf(good, { primitives, now: SNP_NOW + 31 * DAY })).toEqual(['crl-expired']);
    const { revocationList } = makeSnpEvidence({ revocationList: { revoked: [ASK_SERIAL] } });
    expect(reasonsOf(good, { primitives, revocationList })).toEqual(['ask-revoked']);
  });
});

test('every failure is named, in the order of the checks', () => {
  const everything = makeSnpEvidence({
    report: {
      policy: 0x80000n,
      signatureAlgorithm: 2,
      flags: 7 << 2,
      chipId: '00'.repeat(64),
      tcb: '00000000000000d1',
      signWith: stranger.p384.privateKey,
    },
    ark: { signWith: byStranger },
    ask: { signWith: byStranger, notAfter: SNP_NOW - DAY },
    leaf: { signWith: byStranger, notAfter: SNP_NOW - DAY },
  });
  expect(reasonsOf(everything, { trustRoots: [], revocationList: undefined })).toEqual([
    'sig-algo',
    'policy-reserved',
    'untrusted-ark',
    'ark-self',
    'ask-signature',
    'vcek-signature',
    'ask-expired',
    'vcek-expired',
    'no-crl',
    'report-signature',
    'signing-key-kind',
    'chip-id',
    'tcb-mismatch-3.1',
    'tcb-mismatch-3.2',
    'tcb-mismatch-3.3',
    'debug',
  ]);
});
