import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import type { Collateral } from '../../../enclave/verification/dcap/collateral.js';
import { verifyQuote } from '../../../enclave/verification/dcap/verifyQuote.js';
import { EvidenceRefusal } from '../../../enclave/verification/evidenceRefusal.js';
import { nodePrimitives } from '../../../enclave/verification/nodePrimitives.js';
import type { Primitives, SignatureCheck } from '../../../enclave/verification/primitives.js';
import { VENDOR_ROOTS } from '../../../enclave/verification/vendorRoots.js';
import { trustRoot } from '../../../enclave/verification/trustRoot.js';
import { withWebPrimitives } from '../../../enclave/verification/webPrimitives.js';
import { describeWithShared, sharedPath } from '../../support/shared.js';

const { subtle } = globalThis.crypto;

interface Vector {
  readonly id: string;
  readonly trustRoot: string;
  readonly at: string;
  readonly quote: string;
  readonly collateral: Collateral;
}

for (const folder of ['vectors/dcap-real', 'vectors/dcap-mutated', 'vectors/dcap-synthetic']) {
  describeWithShared(`WebCrypto, on ${folder}`, folder, () => {
    for (const file of readdirSync(sharedPath(folder)).filter((name) => name.endsWith('.json'))) {
      test(`comes to the same answer as node:crypto on ${file}`, async () => {
        const vector = JSON.parse(readFileSync(sharedPath(`${folder}/${file}`), 'utf8')) as Vector;
        const run = (primitives: Primitives) => answerOf(() => verify(folder, vector, primitives));
        expect(await withWebPrimitives(run, subtle)).toEqual(run(nodePrimitives));
      });
    }
  });
}

function verify(folder: string, vector: Vector, primitives: Primitives) {
  const root = vector.trustRoot.startsWith('file:')
    ? trustRoot({
        name: 'vector',
        simulated: true,
        pem: readFileSync(sharedPath(`${folder}/${vector.trustRoot.slice(5)}`), 'utf8'),
      })
    : VENDOR_ROOTS['intel-sgx-root'];
  return verifyQuote(Buffer.from(vector.quote, 'base64'), {
    now: Date.parse(vector.at),
    trustRoots: [root],
    collateral: vector.collateral,
    primitives,
  });
}

/** The value, or the reasons of the refusal. */
function answerOf<T>(action: () => T): T | readonly string[] {
  try {
    return action();
  } catch (thrown) {
    if (thrown instanceof EvidenceRefusal) return thrown.reasons;
    throw thrown;
  }
}

describe('a verifier that is run with WebCrypto', () => {
  const question: SignatureCheck = {
    algorithm: 'ES256',
    publicKey: new Uint8Array(91),
    data: new Uint8Array(3),
    signature: new Uint8Array(64),
  };

  test('never sees an answer that was only assumed', async () => {
    const seen: boolean[] = [];
    const verdict = await withWebPrimitives(({ verify }) => {
      seen.push(verify(question));
      return seen.at(-1);
    }, subtle);
    expect(verdict).toBe(false);
    expect(seen).toEqual([true, false]);
  });

  test('may throw for good only once it asks nothing new', async () => {
    const run = ({ verify }: Primitives) => {
      if (verify(question)) throw new Error('assumed');
      throw new Error('known');
    };
    await expect(withWebPrimitives(run, subtle)).rejects.toThrow('known');
  });

  test('may ask by what it was answered', async () => {
    const chained = await withWebPrimitives(
      ({ sha256 }) => Buffer.from(sha256(sha256(new Uint8Array(1)))).toString('hex'),
      subtle,
    );
    const expected = nodePrimitives.sha256(nodePrimitives.sha256(new Uint8Array(1)));
    expect(chained).toBe(Buffer.from(expected).toString('hex'));
  });

  test('is stopped where it never ends asking', async () => {
    let round = 0;
    const run = ({ sha256 }: Primitives) => sha256(Uint8Array.of(round++));
    await expect(withWebPrimitives(run, subtle)).rejects.toThrow('rounds');
  });
});
