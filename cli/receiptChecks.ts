import { readFileSync } from 'node:fs';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { readPem } from '../enclave/asn1/pem.js';
import { verifyReceipt, type VerifiedReceipt } from '../enclave/receipts/receipt.js';
import { Refusal } from '../enclave/refusals.js';
import { fixedIssuerKeys, type IssuerKeys } from '../enclave/results/issuerKeys.js';
import type { Trust } from '../runtime/trust.js';
import type { Observation } from './gatewayClient.js';

/** Under which policy an enclave may have signed a receipt. */
const RECEIPT_POLICY = 'imaging';

/** What the receipt must be about, as far as it is known. */
export interface ReceiptSubject {
  /** Hex SHA-256 of the image's pixels as a graymap. */
  readonly input?: string;
  readonly modelSha256?: string;
  readonly answer?: unknown;
}

/** @throws Refusal RECEIPT_INVALID, or ISSUER_UNREACHABLE where it could not be told. */
export function checkReceipt(
  receipt: string,
  trust: Trust,
  getKeys: IssuerKeys,
  subject: ReceiptSubject,
): Promise<VerifiedReceipt> {
  return verifyReceipt({
    receipt,
    issuers: trust.issuers,
    getKeys,
    now: Math.floor(Date.now() / 1000),
    appraisal: { policy: trust.policy(RECEIPT_POLICY), referenceValues: trust.referenceValues },
    ...subject,
  });
}

/** The issuer's key out of a certificate that was kept, so that nothing is asked of the network. */
export function keysFromCertificate(path: string, receipt: string): IssuerKeys {
  let certificates: Uint8Array[];
  try {
    certificates = readPem(readFileSync(path, 'utf8'));
  } catch (cause) {
    throw new Refusal('ISSUER_UNREACHABLE', `The issuer's certificate ${path} cannot be read.`, { cause });
  }
  const kid = issuerKeyOf(receipt);
  const x5c = certificates.map((der) => Buffer.from(der).toString('base64'));
  return fixedIssuerKeys({ keys: kid === undefined ? [] : [{ kid, x5c }] });
}

/** The name under which the attestation result in the receipt knows its key. The certificate decides, not the name. */
function issuerKeyOf(receipt: string): string | undefined {
  try {
    return decodeProtectedHeader(String(decodeJwt(receipt).attestation)).kid;
  } catch {
    // What is no receipt is said by who verifies it.
    return undefined;
  }
}

/** The answer of the inference enclave, as it was when it signed, from what the record keeps of it. */
export function answerOf({ device, receipt: _, ...answer }: Observation): unknown {
  return { ...answer, model: { id: device.model, version: device.version, sha256: device.sha256 } };
}
