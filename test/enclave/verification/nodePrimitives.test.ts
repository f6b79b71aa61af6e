import { describe, expect, test } from '@jest/globals';
import { createInsecurePlatform } from '../../../enclave/platforms/insecure/createPlatform.js';
import { insecurePlatform } from '../../../enclave/platforms/insecure/platform.js';
import { readCollateral } from '../../../enclave/verification/dcap/collateral.js';
import { verifyQuote } from '../../../enclave/verification/dcap/verifyQuote.js';
import { nodePrimitives, rememberSignatures } from '../../../enclave/verification/nodePrimitives.js';
import type { Primitives, SignatureCheck } from '../../../enclave/verification/primitives.js';
import { trustRoot } from '../../../enclave/verification/trustRoot.js';

const NOW = Date.UTC(2026, 10, 2, 12);
const platform = createInsecurePlatform({ now: NOW });
const trustRoots = [trustRoot({ name: 'insecure', simulated: true, pem: platform['root.pem'] })];
const collateral = readCollateral(platform['collateral.json']);
const good = await insecurePlatform({ files: platform, measurement: 'ab'.repeat(32) }).quote(new Uint8Array(64));
const verify = (primitives: Primitives, now = NOW) => verifyQuote(good, { now, trustRoots, collateral, primitives });

/** The real primitives, which say whom they were asked about. */
function watched(seen: SignatureCheck[]): Primitives {
  return { ...nodePrimitives, verify: (check) => (seen.push(check), nodePrimitives.verify(check)) };
}

const question = (text: string): SignatureCheck => ({
  algorithm: 'ES256',
  publicKey: new Uint8Array(1),
  data: Buffer.from(text),
  signature: new Uint8Array(1),
});

describe('remembered signatures', () => {
  test('spare all but the first verification of the same quote', () => {
    const seen: SignatureCheck[] = [];
    const primitives = rememberSignatures(64, watched(seen));
    verify(primitives);
    const first = seen.length;
    verify(primitives);
    expect([first, seen.length]).toEqual([10, 10]);
  });

  test('are forgotten oldest first, so that memory is bounded', () => {
    const seen: SignatureCheck[] = [];
    const primitives = rememberSignatures(2, watched(seen));
    for (const text of ['a', 'b', 'c', 'c', 'a']) primitives.verify(question(text));
    expect(seen).toHaveLength(4);
  });

  test('do not confuse where one argument ends and the next begins, nor two algorithms', () => {
    const seen: SignatureCheck[] = [];
    const { verify } = rememberSignatures(8, watched(seen));
    const one = { ...question('d'), publicKey: Buffer.from('ab'), signature: Buffer.from('c') };
    verify(one);
    verify({ ...one, publicKey: Buffer.from('a'), signature: Buffer.from('bc') });
    verify({ ...one, algorithm: 'ES384' });
    expect(seen).toHaveLength(3);
  });

  test('still see revocation and dates each time', () => {
    const primitives = rememberSignatures(64);
    verify(primitives);
    expect(() => verify(primitives, NOW + 31 * 86_400_000)).toThrow('pck:crl-expired');
  });
});
