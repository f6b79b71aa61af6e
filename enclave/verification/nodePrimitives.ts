import { createHash, createPublicKey, verify } from 'node:crypto';

/** A signature to check: ECDSA over P-256 with SHA-256, the only kind in SGX evidence and collateral. */
export interface SignatureCheck {
  /** SubjectPublicKeyInfo, DER. */
  readonly publicKey: Uint8Array;
  readonly data: Uint8Array;
  readonly signature: Uint8Array;
  /** `der` in certificates and CRLs; `ieee-p1363` is r ‖ s. */
  readonly encoding: 'der' | 'ieee-p1363';
}

export type VerifySignature = (check: SignatureCheck) => boolean;

const P256_PREFIX = Buffer.from('3059301306072a8648ce3d020106082a8648ce3d03010703420004', 'hex');

/** False also where the key is not on P-256 or the signature has no valid form: the attacker holds both. */
export const verifySignature: VerifySignature = ({ publicKey, data, signature, encoding }) => {
  const isP256 =
    publicKey.length === P256_PREFIX.length + 64 && P256_PREFIX.equals(publicKey.subarray(0, P256_PREFIX.length));
  if (!isP256) return false;
  try {
    const key = createPublicKey({ key: Buffer.from(publicKey), format: 'der', type: 'spki' });
    return verify('sha256', data, { key, dsaEncoding: encoding }, signature);
  } catch {
    return false;
  }
};

/** SubjectPublicKeyInfo of a point on P-256. @param point x ‖ y, 64 bytes. */
export function publicKeyOfPoint(point: Uint8Array): Uint8Array {
  return Buffer.concat([P256_PREFIX, point]);
}

/**
 * Remembers the last answers. A signature check depends on nothing but its arguments, so the chains and the collateral
 * of a machine need it once; dates and revocation are looked at every time.
 *
 * @param capacity how many answers are kept; the oldest go first.
 */
export function rememberSignatures(capacity: number, check: VerifySignature = verifySignature): VerifySignature {
  const answers = new Map<string, boolean>();
  return (question) => {
    const key = digestOf(question);
    const known = answers.get(key);
    if (known !== undefined) return known;
    const answer = check(question);
    answers.set(key, answer);
    if (answers.size > capacity) answers.delete(answers.keys().next().value ?? key);
    return answer;
  };
}

function digestOf({ publicKey, data, signature, encoding }: SignatureCheck): string {
  const digest = createHash('sha256').update(`${encoding} ${publicKey.length} ${signature.length} `);
  return digest.update(publicKey).update(signature).update(data).digest('base64');
}
