import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import { loadTrust } from '../../runtime/trust.js';
import { createEnclaveKey, createTestIssuer, TEST_NOW } from '../support/issuer.js';

const issuer = createTestIssuer();
const good = {
  mode: 'development',
  issuers: [issuer.trusted],
  referenceValues: { gateway: [{ measurement: 'ab'.repeat(32) }] },
};
const folders: string[] = [];
let folder = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cloister-trust-'));
  folders.push(folder);
  await cp('schema/policies', join(folder, 'policies'), { recursive: true });
});
afterAll(() => Promise.all(folders.map((one) => rm(one, { recursive: true }))));

async function load(trust: unknown = good) {
  await writeFile(join(folder, 'trust.json'), typeof trust === 'string' ? trust : JSON.stringify(trust));
  return loadTrust({
    trustFile: join(folder, 'trust.json'),
    policiesFolder: join(folder, 'policies'),
    now: () => TEST_NOW * 1000,
    fetchJwks: () => Promise.resolve(issuer.jwks),
  });
}

const refused = expect.objectContaining({ code: 'CONFIGURATION_INVALID' });

describe('trust', () => {
  test('in development accepts simulated enclaves, in every policy, and says so', async () => {
    const trust = await load();
    expect([...trust.policies.keys()].sort()).toEqual(['component', 'imaging', 'patient-record']);
    for (const policy of trust.policies.values()) {
      expect(policy.acceptsSimulated).toBe(true);
      expect(policy.notice).toMatch(/development only/);
    }
    expect(trust.callers.get('patient')).toContain('system/ImagingStudy.read');
  });

  test('in production has the policies as published, overlay or not', async () => {
    const trust = await load({ ...good, mode: 'production' });
    for (const policy of trust.policies.values())
      expect(policy).toMatchObject({ acceptsSimulated: false, notice: null });
    await rm(join(folder, 'policies/development.overlay.json'));
    expect((await load({ ...good, mode: 'production' })).policies.size).toBe(3);
  });

  test('verifies results of its issuers', async () => {
    const trust = await load();
    const token = issuer.issue([createEnclaveKey('tls').jwk]);
    expect(await trust.verifyResult(token)).toMatchObject({ issuer: issuer.trusted.issuer });
    await expect(trust.verifyResult(createTestIssuer().issue([]))).rejects.toMatchObject({
      code: 'RESULT_SIGNATURE_INVALID',
    });
  });

  test('knows no policy by another name', async () => {
    const trust = await load();
    expect(trust.policy('imaging').name).toBe('imaging');
    for (const name of ['nosuch', '__proto__', '']) {
      expect(() => trust.policy(name)).toThrow(expect.objectContaining({ code: 'POLICY_UNKNOWN' }));
    }
    expect(() => trust.appraisePeer({ policies: ['nosuch'] })).toThrow(
      expect.objectContaining({ code: 'POLICY_UNKNOWN' }),
    );
  });
});

describe('trust is not loaded', () => {
  test.each([
    ['a trust file that is not JSON', '{'],
    ['a trust file with an unknown field', { ...good, allowAll: true }],
  ])('from %s', async (_, content) => {
    await expect(load(content)).rejects.toEqual(refused);
    await expect(load(content)).rejects.toThrow(/trust\.json/);
  });

  test.each([
    ['a policy with an unknown field', 'imaging.json', { extra: 1 }, /imaging\.json.*extra/],
    ['a policy under another file name', 'other.json', undefined, /other\.json holds a policy named imaging/],
    ['a policy that is no object', 'imaging.json', [], /imaging\.json/],
    ['callers that are no lists', 'callers.json', { patient: 'user/Patient.read' }, /callers\.json/],
  ])('with %s', async (_, file, change, message) => {
    const { readFile } = await import('node:fs/promises');
    const imaging = JSON.parse(await readFile('schema/policies/imaging.json', 'utf8')) as object;
    const isPolicy = file !== 'callers.json' && !Array.isArray(change);
    await writeFile(join(folder, 'policies', file), JSON.stringify(isPolicy ? { ...imaging, ...change } : change));
    await expect(load()).rejects.toEqual(refused);
    await expect(load()).rejects.toThrow(message);
  });

  test('in development without the overlay, or from files that are not there', async () => {
    await rm(join(folder, 'policies/development.overlay.json'));
    await expect(load()).rejects.toThrow(/development\.overlay\.json cannot be read/);
    await rm(join(folder, 'policies'), { recursive: true });
    await expect(load()).rejects.toEqual(refused);
  });
});
