import { describe, expect, test } from '@jest/globals';
import { fixedIssuerKeys } from '../../../enclave/results/issuerKeys.js';
import { verifyAttestationResult } from '../../../enclave/results/verifyResult.js';
import { TEST_NOW } from '../../support/issuer.js';
import { createTokenIssuer } from '../../support/tokens.js';

/** Shaped as Intel documents its tokens (EAT profile, version 1 and 2); made here, with a key that is made here. */
const intel = createTokenIssuer({
  issuer: 'https://portal.trustauthority.example',
  format: 'intel-trust-authority',
  algorithm: 'PS384',
});
const key = { kty: 'EC', crv: 'P-256', kid: 'tls', x: 'eA', y: 'eQ' };
const held = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64');

const common = {
  eat_profile: 'https://portal.trustauthority.intel.com/eat_profile.html',
  exp: TEST_NOW + 300,
  iat: TEST_NOW,
  intuse: 'generic',
  iss: intel.trusted.issuer,
  jti: 'b1e0f8f0-2f7e-4c0a-8a3e-5d2d0f1c7a11',
  nbf: TEST_NOW,
  verifier_instance_ids: ['9f07abc5-9b90-47a1-ac6d-4f5fa6732421'],
};
const sgx = {
  attester_advisory_ids: ['INTEL-SA-00586', 'INTEL-SA-00614'],
  attester_held_data: held({ keys: [key] }),
  attester_tcb_date: '2021-11-10T00:00:00Z',
  attester_tcb_status: 'OutOfDate',
  attester_type: 'SGX',
  dbgstat: 'disabled',
  sgx_collateral: { quotehash: 'ab'.repeat(32), tcbevaluationdatanumber: 17 },
  sgx_is_debuggable: false,
  sgx_isvprodid: 3,
  sgx_isvsvn: 5,
  sgx_mrenclave: '4E'.repeat(32),
  sgx_mrsigner: 'd4'.repeat(32),
  sgx_report_data: '95'.repeat(64),
};
const tdx = {
  attester_held_data: 'dGVzdC1oZWxkLWRhdGE=',
  attester_tcb_date: '2021-11-10T00:00:00Z',
  attester_tcb_status: 'UpToDate',
  attester_type: 'TDX',
  dbgstat: 'disabled',
  tdx_is_debuggable: false,
  tdx_mrconfigid: '00'.repeat(48),
  tdx_mrowner: '00'.repeat(48),
  tdx_mrownerconfig: '00'.repeat(48),
  tdx_mrseam: '48'.repeat(48),
  tdx_mrsignerseam: '00'.repeat(48),
  tdx_mrtd: '5f'.repeat(48),
  tdx_report_data: 'ca'.repeat(64),
  tdx_rtmr0: 'c2'.repeat(48),
  tdx_rtmr1: 'e6'.repeat(48),
  tdx_rtmr2: 'f6'.repeat(48),
  tdx_rtmr3: '00'.repeat(48),
  tdx_seam_attributes: '00'.repeat(8),
  tdx_seamsvn: 269,
  tdx_td_attributes: '0000001000000000',
  tdx_td_attributes_debug: false,
  tdx_td_attributes_septve_disable: true,
  tdx_tee_tcb_svn: '0d010400000000000000000000000000',
  tdx_xfam: 'e702060000000000',
};
const flat = (tee: object) => ({ ...common, ...tee, ver: '1.0.0' });
const nested = (tee: object) => ({ ...common, ...tee, ver: '2.0.0' });

const verify = (claims: unknown, options: { header?: Record<string, unknown>; jwks?: unknown } = {}) =>
  verifyAttestationResult(intel.sign(claims, options.header), {
    issuers: [intel.trusted],
    getKeys: fixedIssuerKeys(options.jwks ?? intel.bareJwks),
    now: TEST_NOW,
  });

describe('a token of Intel Trust Authority', () => {
  test.each([
    ['version 1', flat(sgx)],
    ['version 2', nested({ sgx })],
  ])('for SGX becomes a result (%s)', async (_, claims) => {
    expect(await verify(claims)).toMatchObject({
      format: 'intel-trust-authority',
      id: common.jti,
      teeType: 'sgx',
      measurement: '4e'.repeat(32),
      signer: 'd4'.repeat(32),
      productId: 3,
      securityVersion: 5,
      debug: false,
      simulated: false,
      tcbStatus: 'OutOfDate',
      advisoryIds: ['INTEL-SA-00586', 'INTEL-SA-00614'],
      tcbEvaluationDataNumber: 17,
      reportData: '95'.repeat(64),
      keys: [key],
      tdx: undefined,
      issuerVerdicts: [],
    });
  });

  test.each([
    ['version 1', flat(tdx)],
    ['version 2', nested({ tdx })],
    ['TDX on Azure', flat({ ...tdx, attester_type: 'AZTDX' })],
  ])('for TDX becomes a result (%s)', async (_, claims) => {
    expect(await verify(claims)).toMatchObject({
      teeType: 'tdx',
      measurement: '5f'.repeat(48),
      signer: undefined,
      tcbStatus: 'UpToDate',
      advisoryIds: undefined,
      tcbEvaluationDataNumber: undefined,
      keys: [],
      tdx: { rtmrs: ['c2', 'e6', 'f6', '00'].map((byte) => byte.repeat(48)), septVeDisable: true },
    });
  });

  test('verifies with the certificate of its JWKS as well', async () => {
    expect((await verify(flat(sgx), { jwks: intel.certifiedJwks })).teeType).toBe('sgx');
  });

  test.each<[string, object]>([
    ['the report', { sgx_is_debuggable: true }],
    ['its status', { dbgstat: 'enabled' }],
    ['its status alone', { dbgstat: 'enabled', sgx_is_debuggable: undefined }],
  ])('of a debug enclave says so by %s', async (_, change) => {
    expect((await verify(flat({ ...sgx, ...change }))).debug).toBe(true);
  });

  test.each<[string, object]>([
    ['the report', { tdx_is_debuggable: true }],
    ['an attribute', { tdx_td_attributes_debug: true }],
    ['the attributes as bytes', { tdx_td_attributes: '0100001000000000' }],
  ])('of a debug TD says so by %s', async (_, change) => {
    expect((await verify(nested({ tdx: { ...tdx, ...change } }))).debug).toBe(true);
  });

  test('has the keys of what the attester holds, and the paravisor’s only where there are none', async () => {
    const runtime = { keys: [{ kty: 'RSA', kid: 'HCLAkPub' }] };
    const azure = (held_data: string) =>
      flat({ ...tdx, attester_held_data: held_data, attester_runtime_data: runtime });
    expect((await verify(azure(held({ keys: [key] })))).keys).toEqual([key]);
    expect((await verify(azure('dGVzdA=='))).keys).toEqual(runtime.keys);
    for (const nothing of ['%%%', held({ key }), held([key]), held({ keys: [1] }), ''])
      expect((await verify(flat({ ...sgx, attester_held_data: nothing }))).keys).toEqual([]);
  });

  test('counts the policies that matched, not those that did not', async () => {
    const policies = {
      policy_ids_matched: [{ id: 'a', version: 'v1', hash: 'matched' }, { id: 'b', version: 'v1' }, null],
      policy_ids_unmatched: [{ id: 'c', version: 'v1', hash: 'unmatched' }],
    };
    expect((await verify(flat({ ...sgx, ...policies }))).issuerPolicyHashes).toEqual(['matched']);
  });

  test.each([
    [true, 'affirming'],
    [false, 'contraindicated'],
    ['true', 'contraindicated'],
    [undefined, 'contraindicated'],
  ])('with a GPU whose result is %p is %s of it', async (result, status) => {
    const { issuerVerdicts } = await verify(nested({ tdx, nvgpu: { 'x-nvidia-overall-att-result': result } }));
    expect(issuerVerdicts).toEqual([{ part: 'nvgpu', status }]);
  });

  test.each<[string, object]>([
    ['no version', { ...common, ...sgx }],
    ['a version to come', { ...flat(sgx), ver: '3.0.0' }],
    ['no attester', flat({ ...sgx, attester_type: undefined })],
    ['an attester that we do not know', flat({ ...sgx, attester_type: 'SEVSNP' })],
    ['two attesters', nested({ sgx, tdx })],
    ['neither attester', nested({ sevsnp: {} })],
    ['no measurement', flat({ ...sgx, sgx_mrenclave: undefined })],
    ['the measurement of another TEE', flat({ ...sgx, attester_type: 'TDX' })],
    ['no TCB status', flat({ ...tdx, attester_tcb_status: undefined })],
    ['no report data', nested({ tdx: { ...tdx, tdx_report_data: undefined } })],
    ['no word about debug', flat({ ...sgx, sgx_is_debuggable: undefined, dbgstat: undefined })],
    ['debug as text', flat({ ...sgx, sgx_is_debuggable: 'false' })],
    ['advisories that are no list', flat({ ...sgx, attester_advisory_ids: 'INTEL-SA-00586' })],
    ['no identifier', { ...flat(sgx), jti: undefined }],
    ['no nbf', { ...flat(sgx), nbf: undefined }],
    ['Azure’s claims', { ...common, 'x-ms-ver': '1.0', 'x-ms-attestation-type': 'sgx' }],
  ])('with %s is malformed', async (_, claims) => {
    await expect(verify(claims)).rejects.toMatchObject({ code: 'RESULT_MALFORMED' });
  });

  test('is believed of an issuer that is configured so, and of no other', async () => {
    const token = intel.sign(flat(sgx));
    const asAzure = { issuer: intel.trusted.issuer, jwksUri: intel.trusted.jwksUri };
    const options = { issuers: [asAzure], getKeys: fixedIssuerKeys(intel.certifiedJwks), now: TEST_NOW };
    await expect(verifyAttestationResult(token, options)).rejects.toMatchObject({ code: 'RESULT_SIGNATURE_INVALID' });
  });

  test.each(['RS256', 'PS256', 'RS384'] as const)('is not signed with %s', async (algorithm) => {
    const other = createTokenIssuer({ issuer: intel.trusted.issuer, format: 'intel-trust-authority', algorithm });
    const options = { issuers: [intel.trusted], getKeys: fixedIssuerKeys(other.bareJwks), now: TEST_NOW };
    await expect(verifyAttestationResult(other.sign(flat(sgx)), options)).rejects.toMatchObject({
      code: 'RESULT_SIGNATURE_INVALID',
    });
  });

  test('is checked against a pin by its certificate, so that a bare key is none', async () => {
    const trusted = { ...intel.trusted, certificateSha256: ['00'.repeat(32)] };
    const options = { issuers: [trusted], getKeys: fixedIssuerKeys(intel.bareJwks), now: TEST_NOW };
    await expect(verifyAttestationResult(intel.sign(flat(sgx)), options)).rejects.toMatchObject({
      code: 'RESULT_ISSUER_UNTRUSTED',
    });
  });

  test('out of date has expired', async () => {
    await expect(verify({ ...flat(sgx), exp: TEST_NOW })).rejects.toMatchObject({ code: 'RESULT_EXPIRED' });
  });
});
