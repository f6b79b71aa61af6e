import type { Certificate } from '../asn1/certificate.js';
import { readChildren, readWhole, TAG } from '../asn1/der.js';
import { hexOf } from '../bytes.js';
import type { Primitives, SignatureAlgorithm } from './primitives.js';

/** Whole AlgorithmIdentifiers, so that no parameter is left to chance (RFC 5758, 3.2; RFC 4055, 3.1). */
const ALGORITHMS: Readonly<Record<string, SignatureAlgorithm>> = {
  '300a06082a8648ce3d040302': 'ES256',
  '300a06082a8648ce3d040303': 'ES384',
  // SHA-384, MGF1 with SHA-384, 48 bytes of salt; AMD also writes the trailer field, which is a default.
  '304606092a864886f70d01010a3039a00f300d06096086480165030402020500a11c301a06092a864886f70d010108300d06096086480165030402020500a203020130a303020101':
    'PS384',
  '304106092a864886f70d01010a3034a00f300d06096086480165030402020500a11c301a06092a864886f70d010108300d06096086480165030402020500a203020130':
    'PS384',
};
const COORDINATE_BYTES = { ES256: 32, ES384: 48 } as const;

/** Certificates and CRLs alike: is it signed by this key, with an algorithm that vendors use? */
export function isSignedBy(
  { toBeSigned, signature, algorithmIdentifier }: Pick<Certificate, 'toBeSigned' | 'signature' | 'algorithmIdentifier'>,
  publicKey: Uint8Array,
  { verify }: Primitives,
): boolean {
  const algorithm = ALGORITHMS[hexOf(algorithmIdentifier)];
  if (algorithm === undefined) return false;
  const raw = algorithm === 'PS384' ? signature : pointOf(signature, COORDINATE_BYTES[algorithm]);
  return raw !== undefined && verify({ algorithm, publicKey, data: toBeSigned, signature: raw });
}

/** r ‖ s out of SEQUENCE { INTEGER r, INTEGER s }; undefined where it is none: the attacker holds it. */
function pointOf(signature: Uint8Array, size: number): Uint8Array | undefined {
  try {
    const whole = readWhole(signature);
    const [r, s, ...rest] = readChildren(whole);
    if (whole.tag !== TAG.SEQUENCE || r?.tag !== TAG.INTEGER || s?.tag !== TAG.INTEGER || rest.length > 0)
      return undefined;
    const point = new Uint8Array(2 * size);
    for (const [index, { content }] of [r, s].entries()) {
      const padded = content[0] === 0 && content.length > 1;
      const digits = padded ? content.subarray(1) : content;
      // Of each number one form only, so that nobody can change a signature into another that holds.
      if (padded && (digits[0] ?? 0) < 0x80) return undefined;
      if (digits.length > size || (content[0] ?? 0x80) >= 0x80) return undefined;
      point.set(digits, (index + 1) * size - digits.length);
    }
    return point;
  } catch {
    return undefined;
  }
}
