import type { KeyObject } from 'node:crypto';
import { constants, createHash, createPublicKey, verify } from 'node:crypto';
import type { Primitives, SignatureAlgorithm, SignatureCheck } from './primitives.js';

/** `node:crypto`: synchronous, and several times faster than WebCrypto in Node. */
export const nodePrimitives: Primitives = {
  verify: ({ algorithm, publicKey, data, signature }) => {
    try {
      const key = createPublicKey({ key: Buffer.from(publicKey), format: 'der', type: 'spki' });
      return fits(key, algorithm) && verify(HASH[algorithm], data, { key, ...PARAMETERS[algorithm] }, signature);
    } catch {
      return false;
    }
  },
  sha256: (...parts) => {
    const digest = createHash('sha256');
    for (const part of parts) digest.update(part);
    return digest.digest();
  },
};

const HASH = { ES256: 'sha256', ES384: 'sha384', PS384: 'sha384' } as const;
const PARAMETERS = {
  ES256: { dsaEncoding: 'ieee-p1363' },
  ES384: { dsaEncoding: 'ieee-p1363' },
  PS384: { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 48 },
} as const;
const CURVE: Partial<Record<SignatureAlgorithm, string>> = { ES256: 'prime256v1', ES384: 'secp384r1' };
const MINIMUM_RSA_BITS = 2048;

/** Is the key of the kind that the algorithm names? The chain's maker chose both. */
function fits({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject, algorithm: SignatureAlgorithm): boolean {
  const curve = CURVE[algorithm];
  if (curve !== undefined) return asymmetricKeyType === 'ec' && asymmetricKeyDetails?.namedCurve === curve;
  return asymmetricKeyType === 'rsa' && (asymmetricKeyDetails?.modulusLength ?? 0) >= MINIMUM_RSA_BITS;
}

/**
 * Remembers the last answers. A signature check depends on nothing but its arguments, so the chains and the collateral
 * of a machine need it once; dates and revocation are looked at every time.
 *
 * @param capacity how many answers are kept; the oldest go first.
 */
export function rememberSignatures(capacity: number, primitives: Primitives = nodePrimitives): Primitives {
  const answers = new Map<string, boolean>();
  return {
    sha256: primitives.sha256,
    verify: (question) => {
      const key = digestOf(question);
      const known = answers.get(key);
      if (known !== undefined) return known;
      const answer = primitives.verify(question);
      answers.set(key, answer);
      if (answers.size > capacity) answers.delete(answers.keys().next().value ?? key);
      return answer;
    },
  };
}

function digestOf({ algorithm, publicKey, data, signature }: SignatureCheck): string {
  const digest = createHash('sha256').update(`${algorithm} ${publicKey.length} ${signature.length} `);
  return digest.update(publicKey).update(signature).update(data).digest('base64');
}
