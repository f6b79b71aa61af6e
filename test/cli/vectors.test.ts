import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { ownVectors, ownVectorsPath } from '../support/ownVectors.js';
import { describeWithShared, sharedPath } from '../support/shared.js';
import { cloister } from './commandLine.js';

const FOLDERS: Readonly<Record<string, number>> = {
  'vectors/dcap-real': 17,
  'vectors/dcap-mutated': 14,
  'vectors/dcap-synthetic': 22,
  'vectors/snp': 10,
  'vectors/maa': 16,
  'vectors/maa-exchanges': 5,
  'vectors/maa-samples': 7,
  'vectors/azure-hcl': 1,
};

for (const [folder, count] of Object.entries(FOLDERS)) {
  describeWithShared(`cloister vectors on ${folder}`, folder, () => {
    test(`agrees with all ${count} cases`, async () => {
      const { exitCode, out } = await cloister(['vectors', sharedPath(folder)]);
      expect(out).toBe(`${count} passed, 0 failed\n`);
      expect(exitCode).toBe(0);
    });
  });
}

describe('cloister vectors on the vectors of this checkout', () => {
  test.each(['dcap', 'sev-snp', 'azure-hcl', 'tokens'])('agrees with all of %s', async (folder) => {
    const count = ownVectors(folder).length;
    const { exitCode, out } = await cloister(['vectors', ownVectorsPath(folder)]);
    expect(out).toBe(`${count} passed, 0 failed\n`);
    expect(exitCode).toBe(0);
  });

  test.each<[string, string, string, Record<string, unknown>, string]>([
    ['an SEV-SNP report', 'sev-snp', 'debug', { accept: true }, 'expected acceptance, got debug'],
    ['an SEV-SNP report', 'sev-snp', 'ok-milan-vcek', { accept: false }, 'expected a refusal, got acceptance'],
    ['an SEV-SNP report', 'sev-snp', 'ask-revoked', { code: 'EVIDENCE_DEBUG' }, 'expected code "EVIDENCE_DEBUG"'],
    ['a token', 'tokens', 'alg-none', { accept: true }, 'expected acceptance, got RESULT_SIGNATURE_INVALID'],
    ['a token', 'tokens', 'ok-tdx', { accept: false }, 'expected a refusal, got acceptance'],
    ['a token', 'tokens', 'ok-tdx', { teeType: 'sgx' }, 'teeType: expected "sgx", got "tdx"'],
    ['an HCL report', 'azure-hcl', 'quote-missing', { accept: true }, 'expected acceptance, got td-quote-missing'],
    ['an HCL report', 'azure-hcl', 'ok-tdx', { accept: false }, 'expected a refusal, got acceptance'],
    ['an HCL report', 'azure-hcl', 'ok-snp', { userData: '00' }, 'userData: expected "00"'],
  ])('calls a wrong verdict on %s a failure (%s/%s)', async (_, folder, id, change, line) => {
    const copy = mkdtempSync(join(tmpdir(), 'cloister-vectors-'));
    for (const name of readdirSync(ownVectorsPath(folder)))
      if (name.endsWith('.pem')) copyFileSync(join(ownVectorsPath(folder), name), join(copy, name));
    const vector = ownVectors(folder).find((candidate) => candidate.id === id);
    const changed = { ...vector, expect: { ...vector?.expect, ...change } };
    writeFileSync(join(copy, 'case.json'), JSON.stringify(changed));
    const { exitCode, out } = await cloister(['vectors', copy]);
    expect(out).toContain(line);
    expect(out).toContain('0 passed, 1 failed');
    expect(exitCode).toBe(1);
    rmSync(copy, { recursive: true });
  });
});

describeWithShared('cloister vectors', 'vectors/dcap-synthetic', () => {
  const folder = mkdtempSync(join(tmpdir(), 'cloister-vectors-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  /** One real case with a change, alone in a folder with its root. */
  async function judge(change: (vector: Record<string, unknown>) => unknown, kind = 'dcap-synthetic/ok-uptodate') {
    const source = readFileSync(sharedPath(`vectors/${kind}.json`), 'utf8');
    writeFileSync(join(folder, 'test-root.pem'), readFileSync(sharedPath('vectors/dcap-synthetic/test-root.pem')));
    const changed = change(JSON.parse(source) as Record<string, unknown>);
    writeFileSync(join(folder, 'case.json'), typeof changed === 'string' ? changed : JSON.stringify(changed));
    return cloister(['vectors', folder]);
  }

  const withExpected = (expected: object) => (vector: Record<string, unknown>) => ({
    ...vector,
    expect: { ...(vector.expect as object), ...expected },
  });

  test.each<[string, (vector: Record<string, unknown>) => unknown, string]>([
    [
      'a refusal that does not come',
      withExpected({ accept: false, reasons: ['debug'] }),
      'expected a refusal, got acceptance',
    ],
    ['another TCB status', withExpected({ tcbStatus: 'OutOfDate' }), 'tcbStatus: expected "OutOfDate", got "UpToDate"'],
    ['another measurement', withExpected({ mrenclave: '00'.repeat(32) }), 'mrenclave: expected "0000'],
    [
      'an advisory that is not there',
      withExpected({ advisoryIDs: ['INTEL-SA-00001'] }),
      'advisory INTEL-SA-00001 is missing',
    ],
    ['an unknown kind', (vector) => ({ ...vector, kind: 'dcap2' }), 'kind dcap2 is not known'],
    ['a kind that every object has', (vector) => ({ ...vector, kind: 'constructor' }), 'kind constructor is not known'],
    ['no kind', ({ kind: _, ...vector }) => vector, 'the shape is not known'],
    ['no clock', ({ at: _, ...vector }) => vector, 'at is not a text'],
    [
      'a root that is not there',
      (vector) => ({ ...vector, trustRoot: 'file:other.pem' }),
      'other.pem is not in the folder',
    ],
    [
      'a root outside the folder',
      (vector) => ({ ...vector, trustRoot: 'file:../../test-root.pem' }),
      'is not in the folder',
    ],
    ['an unknown root', (vector) => ({ ...vector, trustRoot: 'intel' }), 'trustRoot intel is not known'],
    ['a quote that is not base64', (vector) => ({ ...vector, quote: '*' }), 'quote is not base64'],
    ['no collateral', ({ collateral: _, ...vector }) => vector, 'collateral is not an object'],
    ['collateral without its parts', (vector) => ({ ...vector, collateral: {} }), 'expected acceptance'],
    ['text that is not JSON', () => '{', 'JSON'],
    ['a list', () => [], 'not a JSON object'],
  ])('calls %s a failure', async (_, change, line) => {
    const { exitCode, out } = await judge(change);
    expect(out).toContain(line);
    expect(out).toContain('0 passed, 1 failed');
    expect(exitCode).toBe(1);
  });

  test('calls an acceptance that does not come a failure, with our reasons', async () => {
    const { out } = await judge(withExpected({ accept: true }), 'dcap-synthetic/bad-debug-enclave');
    expect(out).toContain('expected acceptance, got debug');
  });

  test('calls a refusal for another reason a failure', async () => {
    const { out } = await judge(withExpected({ reasons: ['qe-vendor'] }), 'dcap-synthetic/bad-debug-enclave');
    expect(out).toContain('expected qe-vendor, got debug');
  });

  test('prints every verdict as JSON', async () => {
    const { exitCode, out } = await cloister(['vectors', sharedPath('vectors/dcap-synthetic'), '--json']);
    const { passed, failed, cases } = JSON.parse(out) as { passed: number; failed: number; cases: unknown[] };
    expect({ passed, failed, cases: cases.length, exitCode }).toEqual({
      passed: 22,
      failed: 0,
      cases: 22,
      exitCode: 0,
    });
    expect(cases[0]).toEqual({
      file: 'bad-auth-length-overflow.json',
      id: 'bad-auth-length-overflow',
      kind: 'dcap',
      disagreements: [],
    });
  });
});

describe('cloister vectors', () => {
  test('is used wrongly on a folder that is not there, or holds no case', async () => {
    const empty = mkdtempSync(join(tmpdir(), 'cloister-vectors-'));
    expect(await cloister(['vectors', join(empty, 'none')])).toMatchObject({ exitCode: 2 });
    expect(await cloister(['vectors', empty])).toMatchObject({
      exitCode: 2,
      err: expect.stringContaining('no cases'),
    });
    rmSync(empty, { recursive: true });
  });
});
