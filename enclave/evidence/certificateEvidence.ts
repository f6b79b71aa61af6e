import { decode, Tag } from 'cbor2';
import type { Certificate } from '../asn1/certificate.js';
import { readCertificate } from '../asn1/certificate.js';
import { parsing, readWhole, TAG } from '../asn1/der.js';
import { bytesOfBase64, equalBytes } from '../bytes.js';
import { Refusal } from '../refusals.js';
import { attestedSigner } from '../results/attestedSigner.js';
import type { Primitives } from '../verification/primitives.js';

/** Evidence that a certificate carries, for its own key: what TLS of attested enclaves presents (RA-TLS). */
export interface CertificateEvidence {
  /** Open Enclave's extension, TCG DICE's tagged evidence (Gramine and others), or Gramine's own of old. */
  readonly format: 'open-enclave' | 'dice' | 'gramine';
  /** For verifyQuote: nothing of it is verified here. */
  readonly quote: Uint8Array;
  /** What the first bytes of the quote's report data must be, so that it vouches for the certificate's key. */
  readonly expectedReportData: Uint8Array;
  /** False where the evidence itself says that it is about another key. */
  readonly namesKey: boolean;
}

const DICE_TAGGED_EVIDENCE = '2.23.133.5.4.9';
const TAGGED_TEE_QUOTE = 60_000;
/** Hash algorithms of the IANA registry of named information that Gramine uses. */
const SHA256 = 1;

/**
 * Gramine meant 1.2.840.113741.1337.6 and wrote the whole encoding of an OID into the content of one: these are the arcs that
 * come of reading it.
 */
const GRAMINE_LEGACY = '0.6.9.42.840.113741.1337.6';

/**
 * @param der a certificate; its maker holds all of it.
 * @returns undefined where the certificate carries no evidence.
 * @throws Refusal EVIDENCE_MALFORMED
 */
export function certificateEvidence(
  der: Uint8Array,
  primitives: Pick<Primitives, 'sha256'>,
): CertificateEvidence | undefined {
  const certificate = parsing('The certificate', () => readCertificate(der));
  const dice = certificate.extensions.get(DICE_TAGGED_EVIDENCE);
  if (dice) return diceEvidence(dice, certificate, primitives);
  const gramine = certificate.extensions.get(GRAMINE_LEGACY);
  if (gramine) {
    const quote = bareOrWrapped(gramine);
    return { format: 'gramine', quote, expectedReportData: primitives.sha256(certificate.publicKey), namesKey: true };
  }
  const signer = attestedSigner(der, primitives);
  return (
    signer && {
      format: 'open-enclave',
      quote: signer.quote,
      expectedReportData: bytesOfBase64(signer.keyId),
      namesKey: true,
    }
  );
}

/** TCG DICE attestation architecture: tag 60000 around [quote, claims]; the claims name the key by its hash. */
function diceEvidence(
  extension: Uint8Array,
  { publicKey }: Certificate,
  { sha256 }: Pick<Primitives, 'sha256'>,
): CertificateEvidence {
  const [quote, claims] = tagged(extension);
  const hash = keyHash(claims);
  if (hash.algorithm !== SHA256) throw malformed(`the key is named by hash algorithm ${hash.algorithm}, not SHA-256`);
  return {
    format: 'dice',
    quote,
    expectedReportData: sha256(claims),
    namesKey: equalBytes(hash.digest, sha256(publicKey)),
  };
}

function tagged(extension: Uint8Array): [quote: Uint8Array, claims: Uint8Array] {
  const value = decoded(extension);
  const contents: unknown = value instanceof Tag && value.tag === TAGGED_TEE_QUOTE ? value.contents : undefined;
  const [quote, claims] = Array.isArray(contents) ? (contents as unknown[]) : [];
  if (!(quote instanceof Uint8Array) || !(claims instanceof Uint8Array))
    throw malformed(`it is not a quote with claims under tag ${TAGGED_TEE_QUOTE}`);
  return [quote, claims];
}

function keyHash(claims: Uint8Array): { algorithm: number; digest: Uint8Array } {
  const map = decoded(claims);
  const hash =
    map instanceof Map ? (map.get('pubkey-hash') as unknown) : (map as Record<string, unknown> | null)?.['pubkey-hash'];
  // Gramine nests the pair as CBOR in a byte string.
  const pair = hash instanceof Uint8Array ? decoded(hash) : hash;
  const [algorithm, digest] = Array.isArray(pair) ? (pair as unknown[]) : [];
  if (typeof algorithm !== 'number' || !(digest instanceof Uint8Array)) throw malformed('its claims name no key');
  return { algorithm, digest };
}

function decoded(bytes: Uint8Array): unknown {
  try {
    return decode(bytes, { maxDepth: 8, rejectDuplicateKeys: true });
  } catch (cause) {
    throw malformed('it is not CBOR', cause);
  }
}

/** Some writers put the bytes into an OCTET STRING of their own. */
function bareOrWrapped(value: Uint8Array): Uint8Array {
  if (value[0] !== TAG.OCTET_STRING) return value;
  return parsing('The evidence in the certificate', () => readWhole(value).content);
}

function malformed(what: string, cause?: unknown): Refusal {
  return new Refusal('EVIDENCE_MALFORMED', `The evidence in the certificate cannot be read: ${what}.`, { cause });
}
