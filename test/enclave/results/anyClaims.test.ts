import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readClaims, readTimes } from '../../../enclave/results/claims.js';
import { RESULT_FORMATS } from '../../../enclave/results/resultFormat.js';
import { Refusal } from '../../../enclave/refusals.js';
import { runs } from '../../support/runs.js';

/** The names that the readers look for, so that arbitrary claims come far enough to matter. */
const NAMES = [
  'x-ms-ver',
  'x-ms-attestation-type',
  'x-ms-runtime',
  'x-ms-policy-hash',
  'x-ms-sgx-mrenclave',
  'x-cloister-advisory-ids',
  'ver',
  'attester_type',
  'sgx',
  'tdx',
  'snp',
  'nvgpu',
  'attester_held_data',
  'policy_ids_matched',
  'eat_profile',
  'submods',
  'cpu0',
  'ear.status',
  'ear.veraison.annotated-evidence',
  'runtime_data_claims',
  'tee-pubkey',
  'keys',
  'quote',
  'body',
  'constructor',
  '__proto__',
];
const VALUES = ['1.0', '2.0.0', 'sgx', 'tdxvm', 'SGX', 'TDX', 'tag:github.com,2023:veraison/ear', 'affirming', 'ab'];

const { value } = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'medium', withCrossShrink: true },
    fc.constantFrom(...VALUES),
    fc.constantFrom<unknown>(null, true, 0, 1.5, -1, '', 'ab'.repeat(32), 'ab'.repeat(48), 'ab'.repeat(64)),
    fc.string(),
    fc.array(tie('value'), { maxLength: 3 }),
    tie('claims'),
  ),
  claims: fc
    .array(fc.tuple(fc.constantFrom(...NAMES), tie('value')), { maxLength: 8 })
    .map(
      (entries) =>
        JSON.parse(
          `{${entries.map(([name, any]) => `${JSON.stringify(name)}:${JSON.stringify(any)}`).join(',')}}`,
        ) as unknown,
    ),
}));

describe('any claims', () => {
  test.each(RESULT_FORMATS)('of format %s give a result or a coded refusal', (format) => {
    const claims = fc.tuple(value, value).map((any) => Object.assign({}, ...any) as Record<string, unknown>);
    fc.assert(
      fc.property(claims, (any) => {
        const times = { issuedAt: 1, validFrom: 1, expiresAt: 2 };
        const facts = { id: 'r', issuer: 'i', format, times, attestedIssuer: undefined, token: 't' };
        for (const read of [() => readClaims(facts, any), () => readTimes(any, format)]) {
          try {
            read();
          } catch (thrown) {
            expect(thrown).toBeInstanceOf(Refusal);
            expect((thrown as Refusal).code).toBe('RESULT_MALFORMED');
          }
        }
      }),
      { numRuns: runs(3000) },
    );
  });
});
