import { SNP_TCB_PARTS } from '../results/attestationResult.js';
import type { DocumentReader } from './document.js';
import { isHexOf } from './hex.js';
import type { PolicyRequirements, SnpRequirements, TdxRequirements } from './policy.js';
import { RTMR_NUMBERS } from './policy.js';

/** What a policy may demand beyond what each must say. */
export function readRequirements(fields: DocumentReader): PolicyRequirements {
  const filled = (field: string) => readFilled(fields, field);
  return {
    ...fields.optional('requiresTcbStatus', (field) => fields.boolean(field)),
    ...fields.optional('acceptedAdvisories', (field) => fields.strings(field)),
    ...fields.optional('minimumTcbEvaluationDataNumber', (field) => fields.integer(field, 1)),
    ...fields.optional('tdx', (field) => fields.object(field, readTdx, {})),
    ...fields.optional('snp', (field) => fields.object(field, readSnp, {})),
    ...fields.optional('issuerPolicyHashes', filled),
    ...fields.optional('complianceStatuses', filled),
    ...fields.optional('requiresAttestedIssuer', (field) => fields.boolean(field)),
  };
}

function readTdx(fields: DocumentReader): TdxRequirements {
  const registers = (field: string) => readHex(fields, field, 48);
  return Object.freeze({
    ...fields.optional('rtmrs', (field) => fields.object(field, readRegisters, {})),
    ...fields.optional('mrSeam', registers),
    ...fields.optional('mrSignerSeam', registers),
    ...fields.optional('mrConfigId', registers),
    ...fields.optional('mrOwner', registers),
    ...fields.optional('mrOwnerConfig', registers),
    ...fields.optional('requiresSeptVeDisable', (field) => fields.boolean(field)),
    ...fields.optional('requiresNoServiceTd', (field) => fields.boolean(field)),
  });
}

function readRegisters(fields: DocumentReader): NonNullable<TdxRequirements['rtmrs']> {
  return Object.freeze(
    Object.assign({}, ...RTMR_NUMBERS.map((number) => fields.optional(number, (field) => readHex(fields, field, 48)))),
  ) as NonNullable<TdxRequirements['rtmrs']>;
}

function readSnp(fields: DocumentReader): SnpRequirements {
  return Object.freeze({
    ...fields.optional('hostData', (field) => readHex(fields, field, 32)),
    ...fields.optional('idKeyDigest', (field) => readHex(fields, field, 48)),
    ...fields.optional('authorKeyDigest', (field) => readHex(fields, field, 48)),
    ...fields.optional('minimumTcb', (field) => fields.object(field, readTcb, {})),
    ...fields.optional('maximumVmpl', (field) => fields.integer(field, 0)),
    ...fields.optional('allowsSmt', (field) => fields.boolean(field)),
    ...fields.optional('allowsMigration', (field) => fields.boolean(field)),
    ...fields.optional('chipKinds', (field) => readFilled(fields, field)),
  });
}

function readTcb(fields: DocumentReader): NonNullable<SnpRequirements['minimumTcb']> {
  return Object.freeze(
    Object.assign({}, ...SNP_TCB_PARTS.map((part) => fields.optional(part, (field) => fields.integer(field, 0)))),
  ) as NonNullable<SnpRequirements['minimumTcb']>;
}

/** A list that accepts nothing is a mistake: it would refuse everybody without a word of the document saying so. */
function readFilled(fields: DocumentReader, field: string): readonly string[] {
  const values = fields.strings(field);
  if (values.length === 0) fields.problem(`${field} must not be empty`);
  return values;
}

function readHex(fields: DocumentReader, field: string, bytes: number): readonly string[] {
  const values = readFilled(fields, field);
  if (!values.every(isHexOf(bytes))) fields.problem(`${field} must hold texts of ${bytes * 2} lower-case hex digits`);
  return values;
}
