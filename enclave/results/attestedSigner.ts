import { readCertificate } from '../asn1/certificate.js';
import { parsing, readWhole, TAG } from '../asn1/der.js';
import { writePem } from '../asn1/pem.js';
import { concatBytes, equalBytes, latin1Of } from '../bytes.js';
import type { Quote } from '../verification/dcap/quote.js';
import { parseQuote } from '../verification/dcap/quote.js';
import type { Primitives } from '../verification/primitives.js';

/** What the certificate of an attestation service says about where its signing key lives. */
export interface AttestedSigner {
  /** Bare, as `verifyQuote` takes it. Nothing of it is verified here. */
  readonly quote: Uint8Array;
  readonly report: Quote['report'];
  /** By Azure's rule: what the `kid` of this key in the JWKS must be. */
  readonly keyId: string;
  /**
   * True where the quote vouches for this very key: then, if the quote is genuine, the key was made in the enclave that it
   * shows. False is a quote of something else, and says nothing about the key.
   */
  readonly holdsKey: boolean;
}

/** Open Enclave's extension for a quote: u32 1, u32 2 (remote), u64 length, and the quote. */
const QUOTE_EXTENSION = '1.3.6.1.4.1.311.105.1';
const REPORT_HEADER_BYTES = 16;
/** The one before it: an OCTET STRING of the bare quote. */
const FORMER_QUOTE_EXTENSION = '1.2.840.113556.10.1.1';

/**
 * Takes the evidence out of a signing certificate (an entry of `x5c` in the JWKS), so that a relying party can demand that
 * its verifier runs in an enclave as well. Whether the quote is genuine is for `verifyQuote`, and whether the enclave is
 * acceptable for the relying party: those of Azure's in 2020 and 2022 are debug enclaves.
 *
 * @param certificate DER; the issuer holds all of it.
 * @returns undefined where the certificate carries no evidence.
 * @throws Refusal EVIDENCE_MALFORMED
 */
export function attestedSigner(
  certificate: Uint8Array,
  { sha256 }: Pick<Primitives, 'sha256'>,
): AttestedSigner | undefined {
  const { extensions, publicKey } = parsing('The signing certificate', () => readCertificate(certificate));
  const evidence = extensions.get(QUOTE_EXTENSION);
  const former = extensions.get(FORMER_QUOTE_EXTENSION);
  const quote = parsing('The evidence in the signing certificate', () =>
    evidence ? withoutHeader(evidence) : former && octetsOf(former),
  );
  if (!quote) return undefined;
  const { report } = parseQuote(quote);
  const digest = keyDigest(publicKey, sha256);
  return {
    quote,
    report,
    keyId: btoa(latin1Of(digest)),
    holdsKey: equalBytes(digest, report.reportData.subarray(0, digest.length)),
  };
}

/** Azure's rule for keys that live in an enclave: SHA-256 of the public key as PEM text with a NUL at its end. */
export function keyDigest(publicKey: Uint8Array, sha256: Primitives['sha256']): Uint8Array {
  return sha256(new TextEncoder().encode(`${writePem(publicKey, 'PUBLIC KEY')}\0`));
}

/** The extension that carries this quote in a certificate. */
export function evidenceExtension(quote: Uint8Array): { readonly oid: string; readonly value: Uint8Array } {
  const header = new DataView(new ArrayBuffer(REPORT_HEADER_BYTES));
  header.setUint32(0, 1, true);
  header.setUint32(4, 2, true);
  header.setBigUint64(8, BigInt(quote.length), true);
  return { oid: QUOTE_EXTENSION, value: concatBytes(new Uint8Array(header.buffer), quote) };
}

function withoutHeader(evidence: Uint8Array): Uint8Array {
  const view = new DataView(evidence.buffer, evidence.byteOffset, evidence.byteLength);
  if (evidence.length < REPORT_HEADER_BYTES || view.getUint32(0, true) !== 1 || view.getUint32(4, true) !== 2)
    throw new RangeError('it does not begin with the header of a remote report');
  const length = view.getBigUint64(8, true);
  if (length > BigInt(evidence.length - REPORT_HEADER_BYTES))
    throw new RangeError(`a quote of ${length.toString()} bytes in ${evidence.length}`);
  return evidence.subarray(REPORT_HEADER_BYTES, REPORT_HEADER_BYTES + Number(length));
}

function octetsOf(value: Uint8Array): Uint8Array {
  const { tag, content } = readWhole(value);
  if (tag !== TAG.OCTET_STRING) throw new RangeError('not an OCTET STRING');
  return content;
}
