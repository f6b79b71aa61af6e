import { describe, expect, test } from '@jest/globals';
import { readClaims as read } from '../../../enclave/results/claims.js';

const facts = {
  id: 'r1',
  issuer: 'https://issuer',
  format: 'azure',
  times: { issuedAt: 10, validFrom: 10, expiresAt: 20 },
  attestedIssuer: undefined,
  token: 't',
} as const;
const readClaims = (claims: Readonly<Record<string, unknown>>) => read(facts, claims);

const common = { 'x-ms-ver': '1.0' };
const sgx = {
  ...common,
  'x-ms-attestation-type': 'sgx',
  'x-ms-sgx-is-debuggable': false,
  'x-ms-sgx-mrenclave': 'ab'.repeat(32),
  'x-ms-sgx-mrsigner': 'cd'.repeat(32),
  'x-ms-sgx-product-id': 1,
  'x-ms-sgx-svn': 2,
  'x-ms-sgx-report-data': '00'.repeat(64),
};
const tdx = {
  ...common,
  'x-ms-attestation-type': 'tdxvm',
  dbgstat: 'disabled',
  attester_tcb_status: 'OutOfDate',
  tdx_mrtd: 'ab'.repeat(48),
  tdx_report_data: '00'.repeat(64),
  tdx_td_attributes_debug: false,
};
const snp = {
  ...common,
  'x-ms-attestation-type': 'sevsnpvm',
  'x-ms-sevsnpvm-is-debuggable': false,
  'x-ms-sevsnpvm-launchmeasurement': 'AB'.repeat(48),
  'x-ms-sevsnpvm-reportdata': '00'.repeat(64),
};

describe('claims', () => {
  test('of SGX, TDX and SEV-SNP become the same kind of result', () => {
    expect(readClaims(sgx)).toMatchObject({
      teeType: 'sgx',
      signer: 'cd'.repeat(32),
      productId: 1,
      securityVersion: 2,
      debug: false,
    });
    expect(readClaims(tdx)).toMatchObject({
      teeType: 'tdx',
      measurement: 'ab'.repeat(48),
      tcbStatus: 'OutOfDate',
      debug: false,
    });
    expect(readClaims(snp)).toMatchObject({
      teeType: 'sev-snp',
      measurement: 'ab'.repeat(48),
      debug: false,
      signer: undefined,
    });
  });

  test.each([
    ['an attribute', { tdx_td_attributes_debug: true }],
    ['its status', { dbgstat: 'enabled' }],
  ])('of TDX say debug by %s alone', (_, change) => {
    expect(readClaims({ ...tdx, ...change }).debug).toBe(true);
  });

  test('say simulated only by the one value true', () => {
    expect(readClaims({ ...sgx, 'x-cloister-simulated': true }).simulated).toBe(true);
    for (const value of [false, 'true', 1, undefined])
      expect(readClaims({ ...sgx, 'x-cloister-simulated': value }).simulated).toBe(false);
  });

  test('state a TCB status for SGX where our service issued them', () => {
    expect(readClaims({ ...sgx, 'x-cloister-tcb-status': 'OutOfDate' }).tcbStatus).toBe('OutOfDate');
    expect(readClaims(sgx).tcbStatus).toBeUndefined();
  });

  test('of TDX have the details of the report, and say what is not stated', () => {
    const rtmr = (digit: string) => digit.repeat(96);
    const { tdx: details, snp: none } = readClaims({
      ...tdx,
      tdx_rtmr0: rtmr('0'),
      tdx_rtmr1: rtmr('1'),
      tdx_rtmr2: rtmr('2'),
      tdx_mrseam: rtmr('A'),
      tdx_mrconfigid: rtmr('c'),
      tdx_td_attributes: '0000001000000000',
      tdx_td_attributes_septve_disable: true,
    });
    expect(none).toBeUndefined();
    expect(details).toEqual({
      rtmrs: [rtmr('0'), rtmr('1'), rtmr('2'), undefined],
      mrSeam: rtmr('a'),
      mrConfigId: rtmr('c'),
      tdAttributes: '0000001000000000',
      septVeDisable: true,
    });
  });

  test('of SEV-SNP have host data, digests of keys, guest policy and reported TCB', () => {
    const { snp: details, tdx: none } = readClaims({
      ...snp,
      'x-ms-sevsnpvm-authorkeydigest': '0a'.repeat(48),
      'x-ms-sevsnpvm-bootloader-svn': 3,
      'x-ms-sevsnpvm-familyId': '01'.repeat(16),
      'x-ms-sevsnpvm-guestsvn': 2,
      'x-ms-sevsnpvm-hostdata': '4f'.repeat(32),
      'x-ms-sevsnpvm-idkeydigest': '1d'.repeat(48),
      'x-ms-sevsnpvm-imageId': '02'.repeat(16),
      'x-ms-sevsnpvm-microcode-svn': 115,
      'x-ms-sevsnpvm-migration-allowed': false,
      'x-ms-sevsnpvm-smt-allowed': true,
      'x-ms-sevsnpvm-snpfw-svn': 8,
      'x-ms-sevsnpvm-tee-svn': 0,
      'x-ms-sevsnpvm-vmpl': 0,
    });
    expect(none).toBeUndefined();
    expect(details).toMatchObject({
      hostData: '4f'.repeat(32),
      idKeyDigest: '1d'.repeat(48),
      authorKeyDigest: '0a'.repeat(48),
      familyId: '01'.repeat(16),
      imageId: '02'.repeat(16),
      vmpl: 0,
      guestSvn: 2,
      smtAllowed: true,
      migrationAllowed: false,
      reportedTcb: { fmc: undefined, bootloader: 3, tee: 0, snp: 8, microcode: 115 },
      chipKind: undefined,
    });
  });

  test('say what the platform was judged by, where the issuer says it', () => {
    expect(
      readClaims({
        ...sgx,
        'x-cloister-tcb-status': 'SWHardeningNeeded',
        'x-cloister-advisory-ids': ['INTEL-SA-00615'],
        'x-cloister-tcb-evaluation-data-number': 17,
        'x-ms-policy-hash': 'hash',
        'x-ms-compliance-status': 'azure-compliant-cvm',
        'x-ms-inittime': { image: 'x' },
      }),
    ).toMatchObject({
      advisoryIds: ['INTEL-SA-00615'],
      tcbEvaluationDataNumber: 17,
      issuerPolicyHashes: ['hash'],
      complianceStatus: 'azure-compliant-cvm',
      initTimeData: { image: 'x' },
      issuerVerdicts: [],
    });
    expect(readClaims(sgx)).toMatchObject({
      advisoryIds: undefined,
      issuerPolicyHashes: [],
      complianceStatus: undefined,
    });
  });

  test('hold keys where the runtime data is a JWK set, and none where it is something else', () => {
    const key = { kty: 'EC', kid: 'tls' };
    expect(readClaims({ ...sgx, 'x-ms-runtime': { keys: [key] } }).keys).toEqual([key]);
    for (const runtime of [
      null,
      'text',
      {},
      { keys: 'x' },
      { keys: [null] },
      { keys: [1] },
      { keys: Array.from({ length: 9 }, () => key) },
    ]) {
      expect(readClaims({ ...sgx, 'x-ms-runtime': runtime }).keys).toEqual([]);
    }
  });

  test.each<[string, Record<string, unknown>]>([
    ['an unknown attestation type', { ...sgx, 'x-ms-attestation-type': 'tpm' }],
    ['a type that is a name of Object.prototype', { ...sgx, 'x-ms-attestation-type': 'constructor' }],
    ['another version', { ...sgx, 'x-ms-ver': '2.0' }],
    ['no debug claim', { ...sgx, 'x-ms-sgx-is-debuggable': undefined }],
    ['a debug claim as text', { ...sgx, 'x-ms-sgx-is-debuggable': 'false' }],
    ['a short measurement', { ...sgx, 'x-ms-sgx-mrenclave': 'ab' }],
    ['a measurement that is not hex', { ...sgx, 'x-ms-sgx-mrenclave': 'zz'.repeat(32) }],
    ['a measurement of the wrong TEE', { ...tdx, tdx_mrtd: 'ab'.repeat(32) }],
    ['no TCB status for TDX', { ...tdx, attester_tcb_status: undefined }],
    ['an svn as text', { ...sgx, 'x-ms-sgx-svn': '2' }],
    ['an RTMR that is not hex', { ...tdx, tdx_rtmr1: 'x' }],
    ['host data of the wrong length', { ...snp, 'x-ms-sevsnpvm-hostdata': 'ab' }],
    ['advisories as one text', { ...sgx, 'x-cloister-advisory-ids': 'INTEL-SA-00001' }],
    ['a policy hash that is a number', { ...sgx, 'x-ms-policy-hash': 1 }],
  ])('with %s are malformed', (_, claims) => {
    expect(() => readClaims(claims)).toThrow(expect.objectContaining({ code: 'RESULT_MALFORMED' }));
  });
});
