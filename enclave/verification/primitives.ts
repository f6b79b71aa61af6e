/**
 * The cryptography that verification rests on, as an argument: `node:crypto` answers at once (nodePrimitives.ts), WebCrypto
 * only later (webPrimitives.ts). One verifier serves both.
 */
export interface Primitives {
  /** False also where the key or the signature has no valid form: the attacker holds both. */
  readonly verify: (check: SignatureCheck) => boolean;
  /** 32 bytes: SHA-256 of the parts, one after the other. */
  readonly sha256: (...parts: readonly Uint8Array[]) => Uint8Array;
}

export interface SignatureCheck {
  readonly algorithm: SignatureAlgorithm;
  /** SubjectPublicKeyInfo, DER. */
  readonly publicKey: Uint8Array;
  readonly data: Uint8Array;
  /** ECDSA: r ‖ s, fixed length, big-endian. RSA: as it is. */
  readonly signature: Uint8Array;
}

/** The names of RFC 7518: ECDSA P-256 with SHA-256, ECDSA P-384 with SHA-384, RSASSA-PSS with SHA-384 and a 48-byte salt. */
export type SignatureAlgorithm = 'ES256' | 'ES384' | 'PS384';
