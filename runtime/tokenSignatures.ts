import type { JsonWebKey, KeyObject } from 'node:crypto';
import { constants, createPublicKey, createVerify } from 'node:crypto';
import type { PublicKey, TokenAlgorithm, TokenSignatures } from '../enclave/results/tokenSignatures.js';
import { requireRsaBits } from '../enclave/results/tokenSignatures.js';

/** Signature checks of tokens with `node:crypto`: they answer at once, and take text as it is. */
export const nodeTokenSignatures: TokenSignatures = {
  verifierFor(publicKey, algorithm) {
    const key = importKey(publicKey);
    requireKind(key, algorithm);
    const parameters = PARAMETERS[algorithm];
    const verificationKey = parameters.options ? { key, ...parameters.options } : key;
    return (signingInput, signature) => {
      try {
        const check = createVerify(parameters.hash).update(signingInput, 'utf8');
        return check.verify(verificationKey, signature, 'base64url');
      } catch {
        // A signature of no valid form.
        return false;
      }
    };
  },
};

const ECDSA = { dsaEncoding: 'ieee-p1363' } as const;
const pss = (saltLength: number) => ({ padding: constants.RSA_PKCS1_PSS_PADDING, saltLength });
const PARAMETERS: Readonly<Record<TokenAlgorithm, { hash: string; options?: object }>> = {
  RS256: { hash: 'sha256' },
  RS384: { hash: 'sha384' },
  PS256: { hash: 'sha256', options: pss(32) },
  PS384: { hash: 'sha384', options: pss(48) },
  ES256: { hash: 'sha256', options: ECDSA },
  ES384: { hash: 'sha384', options: ECDSA },
};
const CURVE: Partial<Record<TokenAlgorithm, string>> = { ES256: 'prime256v1', ES384: 'secp384r1' };

/** With kind and format said: Node that has to guess takes PEM inside of DER for the key. */
function importKey(key: PublicKey): KeyObject {
  return key instanceof Uint8Array
    ? createPublicKey({ key: Buffer.from(key), format: 'der', type: 'spki' })
    : createPublicKey({ key: key as JsonWebKey, format: 'jwk' });
}

/** @throws RangeError */
function requireKind({ asymmetricKeyDetails, asymmetricKeyType }: KeyObject, algorithm: TokenAlgorithm): void {
  const curve = CURVE[algorithm];
  if (curve === undefined && asymmetricKeyType === 'rsa') {
    requireRsaBits(asymmetricKeyDetails?.modulusLength);
    return;
  }
  if (curve !== undefined && asymmetricKeyType === 'ec' && asymmetricKeyDetails?.namedCurve === curve) return;
  throw new RangeError(`a key of type ${asymmetricKeyType ?? 'unknown'}, which ${algorithm} has no use for`);
}
