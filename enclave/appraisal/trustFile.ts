import { RESULT_FORMATS } from '../results/resultFormat.js';
import { TOKEN_ALGORITHMS } from '../results/tokenSignatures.js';
import type { DocumentReader } from './document.js';
import { readDocument } from './document.js';
import { isHexOf } from './hex.js';
import type { BuildReference, ReferenceValue, ReferenceValues, TrustedIssuer, TrustFile } from './policy.js';
import { RTMR_NUMBERS } from './policy.js';

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
    for (const identity of new Set(ambiguous(referenceValues)))
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
  const format = fields.optional('format', (field) => fields.oneOf(field, RESULT_FORMATS));
  const pins = fields.optional('certificateSha256', (field) => readPins(fields, field));
  const algorithm = fields.optional('algorithm', (field) => fields.oneOf(field, TOKEN_ALGORITHMS));
  if (algorithm.algorithm !== undefined && format.format !== 'ear')
    fields.problem('algorithm is not known here: only the format ear leaves a choice');
  return Object.freeze({ issuer, jwksUri, ...pins, ...format, ...algorithm });
}

function readPins(fields: DocumentReader, field: string): readonly string[] {
  const pins = fields.strings(field);
  if (pins.length === 0 || !pins.every(isHexOf(32)))
    fields.problem(`${field} must hold digests of 64 lower-case hex digits`);
  return pins;
}

function readReferenceValue(fields: DocumentReader): ReferenceValue {
  if (fields.has('measurement')) {
    const measurement = fields.string('measurement');
    // SHA-256 (SGX) or SHA-384 (TDX, SEV-SNP).
    if (!isHexOf(32)(measurement) && !isHexOf(48)(measurement))
      fields.problem('measurement must be 64 or 96 lower-case hex digits');
    const rtmrs = fields.optional('rtmrs', (field) => fields.object(field, readRegisters, {}));
    const hostData = fields.optional('hostData', (field) => readHex(fields, field, 32));
    return Object.freeze({ measurement, ...rtmrs, ...hostData });
  }
  const signer = readHex(fields, 'signer', 32);
  const productId = fields.integer('productId', 0);
  return Object.freeze({ signer, productId, minimumSecurityVersion: fields.integer('minimumSecurityVersion', 0) });
}

function readRegisters(fields: DocumentReader): NonNullable<BuildReference['rtmrs']> {
  const registers = RTMR_NUMBERS.map((number) => fields.optional(number, (field) => readHex(fields, field, 48)));
  return Object.freeze(Object.assign({}, ...registers)) as NonNullable<BuildReference['rtmrs']>;
}

function readHex(fields: DocumentReader, field: string, bytes: number): string {
  const value = fields.string(field);
  if (!isHexOf(bytes)(value)) fields.problem(`${field} must be ${bytes * 2} lower-case hex digits`);
  return value;
}

/** What stands under two names so that one result could match both. */
function ambiguous(referenceValues: ReferenceValues): readonly string[] {
  const named = Object.entries(referenceValues).flatMap(([name, values]) => values.map((value) => ({ name, value })));
  return named.flatMap((one, index) =>
    named
      .slice(index + 1)
      .filter((other) => other.name !== one.name && mayMatchBoth(one.value, other.value))
      .map(() => identityOf(one.value)),
  );
}

/** Two builds with one measurement are told apart by a register, or host data, that both fix and differently. */
function mayMatchBoth(one: ReferenceValue, other: ReferenceValue): boolean {
  if (identityOf(one) !== identityOf(other)) return false;
  const differ = (a: string | undefined, b: string | undefined) => a !== undefined && b !== undefined && a !== b;
  return (
    !differ(one.hostData, other.hostData) &&
    !RTMR_NUMBERS.some((number) => differ(one.rtmrs?.[number], other.rtmrs?.[number]))
  );
}

function identityOf(value: ReferenceValue): string {
  return value.measurement ?? `signer ${value.signer} product ${value.productId}`;
}

function duplicates(texts: readonly string[]): string[] {
  return texts.filter((text, index) => texts.indexOf(text) !== index);
}
