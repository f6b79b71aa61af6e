import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { AppraisalPolicy } from '../../../enclave/appraisal/policy.js';
import { silentLog } from '../../../runtime/log.js';
import type { PolicyVersion } from '../../../subgraphs/attestation/policyHistory.js';
import { openPolicyHistory, policyDigest } from '../../../subgraphs/attestation/policyHistory.js';
import { testPolicy } from '../../support/issuer.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cloister-policies-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** What a process that starts at this time with these policies knows of `component`. */
async function startedAt(seconds: number, ...inForce: AppraisalPolicy[]): Promise<readonly PolicyVersion[]> {
  const path = join(folder, 'policies.jsonl');
  const history = await openPolicyHistory({ path, inForce, now: () => seconds + 0.5, log: silentLog });
  await history.close();
  expect(history.of('constructor')).toEqual([]);
  return history.of('component');
}
const stricter = { ...testPolicy, maximumAgeSeconds: 60 };
const short = (versions: readonly PolicyVersion[]) =>
  versions.map(({ sha256, since, until }) => [sha256, since, until]);

describe('the history of a policy', () => {
  test('has each version with its time, newest first', async () => {
    expect(short(await startedAt(100, testPolicy))).toEqual([[policyDigest(testPolicy), 100, null]]);
    expect(short(await startedAt(200, testPolicy))).toEqual([[policyDigest(testPolicy), 100, null]]);
    const versions = await startedAt(300, stricter);
    expect(short(versions)).toEqual([
      [policyDigest(stricter), 300, null],
      [policyDigest(testPolicy), 100, 300],
    ]);
    expect(JSON.parse(versions[1]?.document ?? '')).toEqual(testPolicy);
  });

  test('has a gap where the policy was not in force', async () => {
    await startedAt(100, testPolicy);
    expect(short(await startedAt(200))).toEqual([[policyDigest(testPolicy), 100, 200]]);
    expect(short(await startedAt(300, testPolicy))).toEqual([
      [policyDigest(testPolicy), 300, null],
      [policyDigest(testPolicy), 100, 200],
    ]);
  });

  test('is bounded', async () => {
    for (let n = 0; n < 105; n++) await startedAt(n, n % 2 === 0 ? testPolicy : stricter);
    expect(await startedAt(200, testPolicy)).toHaveLength(100);
  });
});

test('the digest does not depend on the order in which a document was written', () => {
  const turned = Object.fromEntries(Object.entries(testPolicy).reverse()) as unknown as AppraisalPolicy;
  expect(policyDigest(turned)).toBe(policyDigest(testPolicy));
  expect(policyDigest(stricter)).not.toBe(policyDigest(testPolicy));
});
