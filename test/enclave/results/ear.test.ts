import { describe, expect, test } from '@jest/globals';
import type { TrustedIssuer } from '../../../enclave/appraisal/policy.js';
import { appraise } from '../../../enclave/appraisal/appraise.js';
import { fixedIssuerKeys } from '../../../enclave/results/issuerKeys.js';
import type { TokenAlgorithm } from '../../../enclave/results/tokenSignatures.js';
import { verifyAttestationResult } from '../../../enclave/results/verifyResult.js';
import { TEST_NOW, testPolicy } from '../../support/issuer.js';
import { createTokenIssuer } from '../../support/tokens.js';

/** Shaped as Confidential Containers' Trustee writes its tokens; made here, with a key that is made here. */
const trustee = createTokenIssuer({ issuer: 'https://trustee.example', format: 'ear', algorithm: 'ES256' });
const key = { kty: 'EC', crv: 'P-256', kid: 'tls', x: 'eA', y: 'eQ' };

const sgx = {
  body: {
    'attributes.flags': '0500000000000000',
    config_id: '00'.repeat(64),
    isv_prod_id: '0301',
    isv_svn: '0500',
    mr_enclave: '8F'.repeat(32),
    mr_signer: '83'.repeat(32),
    report_data: '74'.repeat(64),
  },
  header: { version: '0300' },
  tcb_status: 'SWHardeningNeeded',
  advisory_ids: ['INTEL-SA-00615'],
  tcb_eval_num: 17,
};
const tdx = {
  ccel: {},
  quote: {
    body: {
      mr_config_id: '00'.repeat(48),
      mr_seam: '2f'.repeat(48),
      mr_servicetd: '00'.repeat(48),
      mr_td: '70'.repeat(48),
      mrsigner_seam: '00'.repeat(48),
      rtmr_0: 'a0'.repeat(48),
      rtmr_1: 'a1'.repeat(48),
      rtmr_2: 'a2'.repeat(48),
      rtmr_3: 'a3'.repeat(48),
      seam_attributes: '00'.repeat(8),
      td_attributes: '0000001000000000',
    },
    header: { version: '0500' },
  },
  tcb_status: 'UpToDate',
};
/** As an older Trustee writes them: all as texts, and bytes in base64. */
const snp = {
  measurement: Buffer.from('5a'.repeat(48), 'hex').toString('base64'),
  policy_debug_allowed: 'false',
  policy_migrate_ma: 'false',
  policy_smt_allowed: 'true',
  reported_tcb_bootloader: '3',
  reported_tcb_microcode: '115',
  reported_tcb_snp: '8',
  reported_tcb_tee: '0',
};
const annotated = (tee: Record<string, unknown>, change: Record<string, unknown> = {}) => ({
  init_data: '40'.repeat(32),
  init_data_claims: { image: 'x' },
  report_data: '74'.repeat(64),
  runtime_data_claims: { keys: [key] },
  ...tee,
  ...change,
});
const submodule = (evidence: unknown, status: unknown = 'affirming') => ({
  'ear.appraisal-policy-id': 'default',
  'ear.status': status,
  'ear.trustworthiness-vector': { configuration: 2, executables: 3, hardware: 2 },
  'ear.veraison.annotated-evidence': evidence,
});
const ear = (submods: unknown, change: Record<string, unknown> = {}) => ({
  eat_profile: 'tag:github.com,2023:veraison/ear',
  exp: TEST_NOW + 300,
  iat: TEST_NOW,
  'ear.verifier-id': { build: 'trustee', developer: 'https://confidentialcontainers.org' },
  submods,
  ...change,
});
const ofSgx = annotated({ sgx });

/** Trustee names no kid and shows the key in the header, at which nobody looks. */
const header = { kid: undefined, jwk: trustee.bareJwks.keys[0] };
const verify = (claims: unknown, issuers: readonly TrustedIssuer[] = [trustee.trusted]) =>
  verifyAttestationResult(trustee.sign(claims, header), {
    issuers,
    getKeys: fixedIssuerKeys(trustee.bareJwks),
    now: TEST_NOW,
  });

describe('an EAR', () => {
  test('for SGX becomes a result', async () => {
    expect(await verify(ear({ cpu0: submodule(ofSgx) }))).toMatchObject({
      format: 'ear',
      issuer: 'https://trustee.example',
      issuedAt: TEST_NOW,
      validFrom: TEST_NOW,
      expiresAt: TEST_NOW + 300,
      teeType: 'sgx',
      measurement: '8f'.repeat(32),
      signer: '83'.repeat(32),
      productId: 0x0103,
      securityVersion: 5,
      configId: '00'.repeat(64),
      debug: false,
      tcbStatus: 'SWHardeningNeeded',
      advisoryIds: ['INTEL-SA-00615'],
      tcbEvaluationDataNumber: 17,
      reportData: '74'.repeat(64),
      keys: [key],
      initTimeData: { image: 'x' },
      issuerVerdicts: [{ part: 'cpu0', status: 'affirming' }],
    });
  });

  test('for TDX becomes a result', async () => {
    expect(await verify(ear({ cpu0: submodule(annotated({ tdx })) }))).toMatchObject({
      teeType: 'tdx',
      measurement: '70'.repeat(48),
      debug: false,
      tcbStatus: 'UpToDate',
      tdx: {
        rtmrs: ['a0', 'a1', 'a2', 'a3'].map((byte) => byte.repeat(48)),
        mrSeam: '2f'.repeat(48),
        mrServiceTd: '00'.repeat(48),
        septVeDisable: true,
      },
    });
  });

  test.each<[string, object]>([
    ['as texts and base64', snp],
    [
      'as numbers and hex',
      {
        measurement: '5A'.repeat(48),
        policy_debug_allowed: false,
        policy_migrate_ma: 0,
        policy_smt_allowed: 1,
        reported_tcb_bootloader: 3,
        reported_tcb_microcode: 115,
        reported_tcb_snp: 8,
        reported_tcb_tee: 0,
      },
    ],
  ])('for SEV-SNP becomes a result, written %s', async (_, tee) => {
    expect(await verify(ear({ cpu0: submodule(annotated({ snp: tee })) }))).toMatchObject({
      teeType: 'sev-snp',
      measurement: '5a'.repeat(48),
      debug: false,
      tcbStatus: undefined,
      snp: {
        hostData: '40'.repeat(32),
        smtAllowed: true,
        migrationAllowed: false,
        vmpl: undefined,
        reportedTcb: { bootloader: 3, tee: 0, snp: 8, microcode: 115 },
      },
    });
  });

  test('has an identifier that is its own, though it has no jti', async () => {
    const one = await verify(ear({ cpu0: submodule(ofSgx) }));
    const other = await verify(ear({ cpu0: submodule(ofSgx) }, { iat: TEST_NOW - 1 }));
    expect(one.id).toMatch(/^[0-9a-f]{64}$/);
    expect(other.id).not.toBe(one.id);
    expect((await verify(ear({ cpu0: submodule(ofSgx) }, { jti: 'j' }))).id).toBe('j');
  });

  test.each<[string, Record<string, unknown>]>([
    ['an SGX enclave', { sgx: { ...sgx, body: { ...sgx.body, 'attributes.flags': '0700000000000000' } } }],
    ['a TD', { tdx: { quote: { body: { ...tdx.quote.body, td_attributes: '0100001000000000' } } } }],
    ['a guest', { snp: { ...snp, policy_debug_allowed: '1' } }],
  ])('of %s in debug mode says so', async (_, tee) => {
    expect((await verify(ear({ cpu0: submodule(annotated(tee)) }))).debug).toBe(true);
  });

  test('has the keys of the runtime data, or the one that its protocol binds, or none', async () => {
    const keysOf = async (runtime_data_claims: unknown) =>
      (await verify(ear({ cpu0: submodule(annotated({ sgx }, { runtime_data_claims })) }))).keys;
    const teeKey = { kty: 'EC', crv: 'P-256', x: 'eA', y: 'eQ', alg: 'ECDH-ES+A256KW' };
    expect(await keysOf({ keys: [key] })).toEqual([key]);
    expect(await keysOf({ 'tee-pubkey': teeKey, nonce: 'n' })).toEqual([{ ...teeKey, kid: 'tee-pubkey' }]);
    // Nobody passes for the TLS key by naming itself so.
    expect(await keysOf({ 'tee-pubkey': { ...teeKey, kid: 'tls' } })).toMatchObject([{ kid: 'tee-pubkey' }]);
    for (const nothing of [undefined, null, '', {}, { 'tee-pubkey': 'x' }, { keys: [] }])
      expect(await keysOf(nothing)).toEqual([]);
  });

  test.each(['warning', 'contraindicated', 'none'])('that is %s of any part is not acceptable', async (status) => {
    const gpu = { 'ear.status': status, 'ear.appraisal-policy-id': 'default' };
    const result = await verify(ear({ cpu0: submodule(ofSgx), gpu0: gpu }));
    expect(result.issuerVerdicts).toEqual([
      { part: 'cpu0', status: 'affirming' },
      { part: 'gpu0', status },
    ]);
    const policy = { ...testPolicy, tcbStatuses: ['SWHardeningNeeded'] };
    const referenceValues = { gateway: [{ measurement: result.measurement }] };
    expect(appraise(result, policy, { referenceValues, now: TEST_NOW })).toMatchObject({
      accepted: false,
      failures: [{ claim: 'verdict on gpu0', expected: 'affirming', actual: status }],
    });
  });

  test.each<[string, unknown]>([
    ['another profile', ear({ cpu0: submodule(ofSgx) }, { eat_profile: 'tag:example.org,2023:other' })],
    ['no submodules', ear({})],
    ['submodules as a list', ear([submodule(ofSgx)])],
    [
      'more submodules than anybody has',
      ear(Object.fromEntries(Array.from({ length: 33 }, (_, i) => [i, submodule(ofSgx)]))),
    ],
    ['a submodule that is no object', ear({ cpu0: submodule(ofSgx), gpu0: 'affirming' })],
    ['no status', ear({ cpu0: { ...submodule(ofSgx), 'ear.status': undefined } })],
    ['a status that nobody knows', ear({ cpu0: submodule(ofSgx, 'fine') })],
    ['a status as a number', ear({ cpu0: submodule(ofSgx, 2) })],
    ['no evidence', ear({ cpu0: submodule(undefined) })],
    ['evidence of a TEE that we do not know', ear({ cpu0: submodule(annotated({ cca: {} })) })],
    ['two TEEs', ear({ cpu0: submodule(ofSgx), cpu1: submodule(ofSgx) })],
    ['two TEEs in one submodule', ear({ cpu0: submodule(annotated({ sgx, tdx })) })],
    ['no measurement', ear({ cpu0: submodule(annotated({ sgx: { body: { ...sgx.body, mr_enclave: undefined } } })) })],
    ['no debug bit', ear({ cpu0: submodule(annotated({ snp: { ...snp, policy_debug_allowed: undefined } })) })],
    [
      'a debug bit that is neither',
      ear({ cpu0: submodule(annotated({ snp: { ...snp, policy_debug_allowed: 'no' } })) }),
    ],
    ['a TCB part that is no number', ear({ cpu0: submodule(annotated({ snp: { ...snp, reported_tcb_snp: 'x' } })) })],
    ['no report data', ear({ cpu0: submodule(annotated({ sgx }, { report_data: undefined })) })],
    ['report data that is too short', ear({ cpu0: submodule(annotated({ sgx }, { report_data: 'abcd' })) })],
    ['no exp', ear({ cpu0: submodule(ofSgx) }, { exp: undefined })],
    ['no iat', ear({ cpu0: submodule(ofSgx) }, { iat: undefined })],
  ])('with %s is malformed', async (_, claims) => {
    await expect(verify(claims)).rejects.toMatchObject({ code: 'RESULT_MALFORMED' });
  });

  test('without iss is of the one EAR issuer, and of nobody where there are none or two', async () => {
    const claims = ear({ cpu0: submodule(ofSgx) });
    const other = { ...trustee.trusted, issuer: 'https://other.example' };
    const azure = { issuer: 'https://azure.example', jwksUri: 'https://azure.example/certs' };
    await expect(verify(claims, [azure, trustee.trusted])).resolves.toMatchObject({ issuer: trustee.trusted.issuer });
    for (const issuers of [[], [azure], [trustee.trusted, other]])
      await expect(verify(claims, issuers)).rejects.toMatchObject({ code: 'RESULT_MALFORMED' });
  });

  test('with iss is of that issuer alone', async () => {
    const claims = (iss: unknown) => ear({ cpu0: submodule(ofSgx) }, { iss });
    await expect(verify(claims(trustee.trusted.issuer))).resolves.toBeDefined();
    await expect(verify(claims('https://other.example'))).rejects.toMatchObject({ code: 'RESULT_ISSUER_UNTRUSTED' });
    await expect(verify(claims(null))).rejects.toMatchObject({ code: 'RESULT_MALFORMED' });
  });

  test('is not believed for the key in its own header', async () => {
    const stranger = createTokenIssuer({ format: 'ear', algorithm: 'ES256' });
    const token = stranger.sign(ear({ cpu0: submodule(ofSgx) }), { kid: undefined, jwk: stranger.bareJwks.keys[0] });
    const options = { issuers: [trustee.trusted], getKeys: fixedIssuerKeys(trustee.bareJwks), now: TEST_NOW };
    await expect(verifyAttestationResult(token, options)).rejects.toMatchObject({ code: 'RESULT_SIGNATURE_INVALID' });
  });

  test.each<TokenAlgorithm>(['RS256', 'PS256', 'ES384'])(
    'may be signed with %s where that is configured',
    async (algorithm) => {
      const issuer = createTokenIssuer({ format: 'ear', algorithm });
      const token = issuer.sign(ear({ cpu0: submodule(ofSgx) }));
      const options = { getKeys: fixedIssuerKeys(issuer.bareJwks), now: TEST_NOW };
      await expect(verifyAttestationResult(token, { ...options, issuers: [issuer.trusted] })).resolves.toBeDefined();
      const asES256 = { ...issuer.trusted, algorithm: 'ES256' as const };
      await expect(verifyAttestationResult(token, { ...options, issuers: [asES256] })).rejects.toMatchObject({
        code: 'RESULT_SIGNATURE_INVALID',
      });
    },
  );
});
