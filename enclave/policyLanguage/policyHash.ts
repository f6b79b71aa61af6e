import { base64url } from 'jose';

/**
 * The hash that attestation results carry as `x-ms-policy-hash`: base64url(SHA-256(utf8(base64url(utf8(text))))), without
 * padding. It covers the text as it is, white space included.
 *
 * @param sha256 gives 32 bytes; verification/primitives.ts has it.
 */
export function attestationPolicyHash(text: string, sha256: (bytes: Uint8Array) => Uint8Array): string {
  return base64url.encode(sha256(new TextEncoder().encode(base64url.encode(text))));
}
