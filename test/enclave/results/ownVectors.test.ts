import { X509Certificate } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { Refusal } from '../../../enclave/refusals.js';
import { fixedIssuerKeys } from '../../../enclave/results/issuerKeys.js';
import type { TokenSignatures } from '../../../enclave/results/tokenSignatures.js';
import { webTokenSignatures } from '../../../enclave/results/tokenSignatures.js';
import { verifyAttestationResult } from '../../../enclave/results/verifyResult.js';
import { nodeTokenSignatures } from '../../../runtime/tokenSignatures.js';
import type { OwnVector } from '../../support/ownVectors.js';
import { bytesOfFolder, ownVectors, sentenceOf } from '../../support/ownVectors.js';
import { tokenCases } from '../../vectors/tokenCases.js';

interface Vector extends OwnVector {
  readonly issuer: string;
  readonly token: string;
  readonly jwks: { readonly keys: readonly { readonly x5c: readonly string[] }[] };
}

const vectors = ownVectors<Vector>('tokens');
const ROUTES: readonly [string, TokenSignatures][] = [
  ['WebCrypto', webTokenSignatures],
  ['node:crypto', nodeTokenSignatures],
];

/** The code of the refusal, or what the result says. */
async function judge({ at, issuer, token, jwks }: Vector, signatures: TokenSignatures) {
  const options = {
    issuers: [{ issuer, jwksUri: `${issuer}/certs` }],
    getKeys: fixedIssuerKeys(jwks, { signatures }),
    now: Date.parse(at) / 1000,
  };
  try {
    const { debug, simulated, teeType } = await verifyAttestationResult(token, options);
    return { accept: true, debuggable: debug, teeType, ...(simulated && { simulated }) };
  } catch (thrown) {
    if (!(thrown instanceof Refusal)) throw thrown;
    return { accept: false, code: thrown.code };
  }
}

describe('our own vectors', () => {
  test('are those that test/vectors/tokenCases.ts describes, and are small', () => {
    expect(vectors.map(({ id }) => id).sort()).toEqual(tokenCases.map(({ id }) => id).sort());
    expect(bytesOfFolder('tokens')).toBeLessThan(1_500_000);
  });

  test('hold the trap that they name: Node reads the certificate inside the certificate', () => {
    const trapped = vectors.find(({ id }) => id === 'ok-certificate-with-pem-inside');
    const plain = vectors.find(({ id }) => id === 'ok-sgx');
    const keyOf = (vector: Vector | undefined) =>
      new X509Certificate(Buffer.from(vector?.jwks.keys[0]?.x5c[0] ?? '', 'base64')).publicKey.export({
        format: 'pem',
        type: 'spki',
      });
    expect(keyOf(trapped)).not.toEqual(keyOf(plain));
  });

  for (const [route, signatures] of ROUTES) {
    describe(`with ${route}`, () => {
      for (const vector of vectors) {
        test(sentenceOf(vector), async () => {
          expect(vector.expect).toMatchObject(await judge(vector, signatures));
        });
      }
    });
  }
});
