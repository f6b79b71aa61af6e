import { describe, expect, test } from '@jest/globals';
import { readClaims } from '../../../enclave/results/claims.js';

const common = { jti: 'r1', iss: 'https://issuer', iat: 10, exp: 20, 'x-ms-ver': '1.0' };
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
    expect(readClaims(sgx, 't')).toMatchObject({
      teeType: 'sgx',
      signer: 'cd'.repeat(32),
      productId: 1,
      securityVersion: 2,
      debug: false,
    });
    expect(readClaims(tdx, 't')).toMatchObject({
      teeType: 'tdx',
      measurement: 'ab'.repeat(48),
      tcbStatus: 'OutOfDate',
      debug: false,
    });
    expect(readClaims(snp, 't')).toMatchObject({
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
    expect(readClaims({ ...tdx, ...change }, 't').debug).toBe(true);
  });

  test('say simulated only by the one value true', () => {
    expect(readClaims({ ...sgx, 'x-cloister-simulated': true }, 't').simulated).toBe(true);
    for (const value of [false, 'true', 1, undefined])
      expect(readClaims({ ...sgx, 'x-cloister-simulated': value }, 't').simulated).toBe(false);
  });

  test('state a TCB status for SGX where our service issued them', () => {
    expect(readClaims({ ...sgx, 'x-cloister-tcb-status': 'OutOfDate' }, 't').tcbStatus).toBe('OutOfDate');
    expect(readClaims(sgx, 't').tcbStatus).toBeUndefined();
  });

  test('hold keys where the runtime data is a JWK set, and none where it is something else', () => {
    const key = { kty: 'EC', kid: 'tls' };
    expect(readClaims({ ...sgx, 'x-ms-runtime': { keys: [key] } }, 't').keys).toEqual([key]);
    for (const runtime of [
      null,
      'text',
      {},
      { keys: 'x' },
      { keys: [null] },
      { keys: [1] },
      { keys: Array.from({ length: 9 }, () => key) },
    ]) {
      expect(readClaims({ ...sgx, 'x-ms-runtime': runtime }, 't').keys).toEqual([]);
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
    ['no identifier', { ...snp, jti: '' }],
  ])('with %s are malformed', (_, claims) => {
    expect(() => readClaims(claims, 't')).toThrow(expect.objectContaining({ code: 'RESULT_MALFORMED' }));
  });
});
