import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { appraise, identify } from '../../../enclave/appraisal/appraise.js';
import { parsePolicy } from '../../../enclave/appraisal/loadPolicies.js';
import type { ReferenceValues } from '../../../enclave/appraisal/policy.js';
import type { AttestationResult } from '../../../enclave/results/attestationResult.js';

const policy = parsePolicy(JSON.parse(readFileSync('schema/policies/imaging.json', 'utf8')));
const now = 1_800_000_000;
const gateway = 'a1'.repeat(32);
const stranger = 'ff'.repeat(32);
const signer = '51'.repeat(32);
const referenceValues: ReferenceValues = {
  gateway: [{ measurement: 'a0'.repeat(32) }, { measurement: gateway }],
  attestation: [{ measurement: 'a2'.repeat(32) }],
  inference: [{ signer, productId: 3, minimumSecurityVersion: 5 }],
};
const good: AttestationResult = {
  id: 'r1',
  issuer: 'https://issuer',
  format: 'azure',
  issuedAt: now - 60,
  validFrom: now - 60,
  expiresAt: now + 3600,
  teeType: 'sgx',
  simulated: false,
  measurement: gateway,
  signer: undefined,
  productId: undefined,
  securityVersion: undefined,
  debug: false,
  tcbStatus: 'UpToDate',
  advisoryIds: undefined,
  tcbEvaluationDataNumber: undefined,
  reportData: '00'.repeat(64),
  configId: undefined,
  tdx: undefined,
  snp: undefined,
  initTimeData: undefined,
  issuerPolicyHashes: [],
  issuerVerdicts: [],
  complianceStatus: undefined,
  attestedIssuer: undefined,
  keys: [],
  token: 'a.b.c',
  claims: {},
};

describe('appraisal', () => {
  test('accepts an enclave that satisfies every claim, and says which one it is', () => {
    expect(appraise(good, policy, { referenceValues, now })).toEqual({
      accepted: true,
      failures: [],
      enclave: 'gateway',
    });
  });

  const rows: [string, Partial<AttestationResult>, string][] = [
    ['simulated evidence', { simulated: true }, 'simulated'],
    ['an unknown measurement', { measurement: stranger }, 'measurement'],
    ['an enclave that the policy does not name', { measurement: 'a2'.repeat(32) }, 'enclave'],
    ['a debug enclave', { debug: true }, 'debug'],
    ['an outdated TCB', { tcbStatus: 'OutOfDate' }, 'tcbStatus'],
    ['a result older than the policy allows', { issuedAt: now - 28_801 }, 'age'],
    ['a result at the second of its expiry', { expiresAt: now }, 'expiresAt'],
  ];
  test.each(rows)('rejects %s by that claim alone', (_, change, claim) => {
    const { accepted, failures } = appraise({ ...good, ...change }, policy, { referenceValues, now });
    expect(accepted).toBe(false);
    expect(failures.map((failure) => failure.claim)).toEqual([claim]);
  });

  test('rejects a TEE that the policy does not name', () => {
    const onlyTdx = { ...policy, teeTypes: ['tdx'] as const };
    const { failures } = appraise(good, onlyTdx, { referenceValues, now });
    expect(failures).toEqual([{ claim: 'teeType', expected: 'tdx', actual: 'sgx' }]);
  });

  test('lists every failed claim, not only the first', () => {
    const bad = rows.reduce<AttestationResult>((result, [, change]) => ({ ...result, ...change }), good);
    const { failures } = appraise({ ...bad, measurement: stranger }, policy, { referenceValues, now });
    expect(failures.map((failure) => failure.claim)).toEqual([
      'simulated',
      'measurement',
      'debug',
      'tcbStatus',
      'age',
      'expiresAt',
    ]);
  });

  test('accepts a result whose issuer states no TCB status', () => {
    expect(appraise({ ...good, tcbStatus: undefined }, policy, { referenceValues, now }).accepted).toBe(true);
  });

  test('accepts a result at the greatest age', () => {
    expect(appraise({ ...good, issuedAt: now - 28_800 }, policy, { referenceValues, now }).accepted).toBe(true);
  });

  test('rejects everybody where there are no reference values', () => {
    expect(appraise(good, policy, { referenceValues: {}, now }).accepted).toBe(false);
  });
});

describe('identification', () => {
  const signed = { ...good, measurement: stranger, signer, productId: 3, securityVersion: 5 };

  test('recognises an enclave by its signer, product and security version', () => {
    expect(identify(signed, referenceValues)).toBe('inference');
    expect(identify({ ...signed, securityVersion: 6 }, referenceValues)).toBe('inference');
  });

  test.each<[string, Partial<AttestationResult>]>([
    ['another signer', { signer: '52'.repeat(32) }],
    ['another product of the signer', { productId: 4 }],
    ['a security version below the minimum', { securityVersion: 4 }],
    ['no security version', { securityVersion: undefined }],
    ['no signer', { signer: undefined }],
  ])('does not recognise %s', (_, change) => {
    expect(identify({ ...signed, ...change }, referenceValues)).toBeUndefined();
  });

  test('does not take a name of Object.prototype for an enclave', () => {
    expect(identify({ ...good, measurement: 'constructor' }, referenceValues)).toBeUndefined();
  });
});
