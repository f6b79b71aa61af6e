import type { DocumentReader } from './document.js';
import { readDocument } from './document.js';
import type { ReferenceValue, TrustedIssuer, TrustFile } from './policy.js';

/**
 * Whom a deployment believes: issuers and reference values.
 *
 * @throws Refusal CONFIGURATION_INVALID with every problem.
 */
export function parseTrustFile(json: unknown): TrustFile {
  return readDocument('trust file', json, (fields) => {
    const mode = fields.oneOf('mode', ['development', 'production']);
    const issuers = fields.objects('issuers', readIssuer);
    const referenceValues = fields.objectsByName('referenceValues', readReferenceValue);
    if (issuers.length === 0) fields.problem('issuers must not be empty');
    for (const issuer of new Set(duplicates(issuers.map((entry) => entry.issuer))))
      fields.problem(`issuers names ${issuer} twice`);
    // An enclave that goes by two names would satisfy policies for the other one.
    const identities = Object.values(referenceValues).flatMap((values) => [...new Set(values.map(identityOf))]);
    for (const identity of new Set(duplicates(identities)))
      fields.problem(`referenceValues has ${identity} under two names`);
    if (mode === 'production') {
      for (const { issuer } of issuers.filter(
        (entry) => !entry.jwksUri.startsWith('https://') && !entry.certificateSha256,
      )) {
        fields.problem(`issuer ${issuer} needs an https jwksUri or certificateSha256`);
      }
    }
    return Object.freeze({ mode, issuers, referenceValues });
  });
}

function readIssuer(fields: DocumentReader): TrustedIssuer {
  const issuer = fields.string('issuer');
  const jwksUri = fields.string('jwksUri');
  if (!/^https?:\/\//.test(jwksUri)) fields.problem('jwksUri must be an http or https URL');
  if (!fields.has('certificateSha256')) return Object.freeze({ issuer, jwksUri });
  const certificateSha256 = fields.strings('certificateSha256');
  if (certificateSha256.length === 0 || !certificateSha256.every(isHexOf(32))) {
    fields.problem('certificateSha256 must hold digests of 64 lower-case hex digits');
  }
  return Object.freeze({ issuer, jwksUri, certificateSha256 });
}

function readReferenceValue(fields: DocumentReader): ReferenceValue {
  if (fields.has('measurement')) {
    const measurement = fields.string('measurement');
    // SHA-256 (SGX) or SHA-384 (TDX, SEV-SNP).
    if (!isHexOf(32)(measurement) && !isHexOf(48)(measurement))
      fields.problem('measurement must be 64 or 96 lower-case hex digits');
    return Object.freeze({ measurement });
  }
  const signer = fields.string('signer');
  if (!isHexOf(32)(signer)) fields.problem('signer must be 64 lower-case hex digits');
  const productId = fields.integer('productId', 0);
  return Object.freeze({ signer, productId, minimumSecurityVersion: fields.integer('minimumSecurityVersion', 0) });
}

function identityOf(value: ReferenceValue): string {
  return value.measurement ?? `signer ${value.signer} product ${value.productId}`;
}

function isHexOf(bytes: number): (text: string) => boolean {
  return (text) => text.length === bytes * 2 && /^[0-9a-f]+$/.test(text);
}

function duplicates(texts: readonly string[]): string[] {
  return texts.filter((text, index) => texts.indexOf(text) !== index);
}
