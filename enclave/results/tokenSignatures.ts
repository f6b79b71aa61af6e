import type { JWK } from 'jose';
import { bytesOfBase64 } from '../bytes.js';

/** The names of RFC 7518. No issuer that we know needs another; "none" and the symmetric ones are not among them. */
export const TOKEN_ALGORITHMS = ['RS256', 'RS384', 'PS256', 'PS384', 'ES256', 'ES384'] as const;
export type TokenAlgorithm = (typeof TOKEN_ALGORITHMS)[number];

/** A public key: SubjectPublicKeyInfo in DER, or a JWK. */
export type PublicKey = Uint8Array | JWK;

/**
 * Is this the signature? Answers at once where the platform can: WebCrypto cannot, and its way there and back costs as
 * much as a third of an RSA verification.
 *
 * @param signingInput `header.payload` as received; the signature covers its characters as UTF-8.
 * @param signature base64url. Characters outside that alphabet were refused before.
 */
export type VerifySignature = (signingInput: string, signature: string) => boolean | Promise<boolean>;

/** Signature checks of tokens, as an argument: `runtime/tokenSignatures.ts` is Node's, {@link webTokenSignatures} anybody's. */
export interface TokenSignatures {
  /** @throws RangeError where the key is not of the algorithm's kind, or an RSA key is not of 2048 to 8192 bits. */
  verifierFor(key: PublicKey, algorithm: TokenAlgorithm): VerifySignature | Promise<VerifySignature>;
}

/** Bits of an RSA modulus. Azure's sample of 2020 has a key of 1024; beyond the maximum a verification takes too long. */
const MINIMUM_RSA_BITS = 2048;
const MAXIMUM_RSA_BITS = 8192;

/** @throws RangeError */
export function requireRsaBits(bits: number | undefined): void {
  if (bits !== undefined && bits >= MINIMUM_RSA_BITS && bits <= MAXIMUM_RSA_BITS) return;
  throw new RangeError(`RSA of ${bits ?? 'unknown'} bits, not ${MINIMUM_RSA_BITS} to ${MAXIMUM_RSA_BITS}`);
}

const HASH = { '256': 'SHA-256', '384': 'SHA-384' } as const;
const CURVE = { ES256: 'P-256', ES384: 'P-384' } as const;

/** WebCrypto: in the browser, and wherever nobody passes anything faster. */
export const webTokenSignatures: TokenSignatures = {
  async verifierFor(publicKey, algorithm) {
    const { importing, verifying } = webParameters(algorithm);
    const { subtle } = globalThis.crypto;
    const key =
      publicKey instanceof Uint8Array
        ? await subtle.importKey('spki', Uint8Array.from(publicKey), importing, false, ['verify'])
        : await subtle.importKey('jwk', bareKey(publicKey), importing, false, ['verify']);
    if ('modulusLength' in key.algorithm) requireRsaBits(key.algorithm.modulusLength as number);
    return (signingInput, signature) =>
      subtle.verify(verifying, key, bytesOfBase64(signature), new TextEncoder().encode(signingInput));
  },
};

function webParameters(algorithm: TokenAlgorithm) {
  const hash = HASH[algorithm.slice(2) as keyof typeof HASH];
  if (algorithm === 'ES256' || algorithm === 'ES384') {
    return { importing: { name: 'ECDSA', namedCurve: CURVE[algorithm] }, verifying: { name: 'ECDSA', hash } };
  }
  if (algorithm.startsWith('PS')) {
    const saltLength = Number(algorithm.slice(2)) / 8;
    return { importing: { name: 'RSA-PSS', hash }, verifying: { name: 'RSA-PSS', saltLength } };
  }
  const name = 'RSASSA-PKCS1-v1_5';
  return { importing: { name, hash }, verifying: { name } };
}

/** The members that make the key; what else a JWK says (`alg`, `use`, `key_ops`) is not what decides here. */
function bareKey({ kty, n, e, crv, x, y }: JWK): JWK {
  const members = kty === 'EC' ? { kty, crv, x, y } : { kty, n, e };
  return Object.fromEntries(Object.entries(members).filter(([, value]) => typeof value === 'string'));
}
