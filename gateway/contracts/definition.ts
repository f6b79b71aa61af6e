import { readDocument, type DocumentReader } from '../../enclave/appraisal/document.js';
import { Refusal } from '../../enclave/refusals.js';

/** Which part of the supergraph a kind of caller gets: the content of a file in schema/contracts. */
export interface ContractDefinition {
  readonly name: string;
  readonly description: string;
  /** Object and interface fields and unions are in it only with one of these tags. Empty: all of them. */
  readonly include: readonly string[];
  /** What has one of these tags is not in it, whatever else it has. */
  readonly exclude: readonly string[];
  /** True: types that nothing in the contract leads to are left out. */
  readonly removeUnreachable: boolean;
  /** Of the contracts that a caller may have, the one with the least number is theirs. No two have the same. */
  readonly precedence: number;
  /** Exactly one contract is for everybody for whom no other is, those who are not signed in included. */
  readonly isDefault: boolean;
  readonly audience: Audience;
}

/** Whom a contract is for: callers with any of these. All of it was verified before; nothing of it is a header. */
export interface Audience {
  /** Names of attested enclaves, as reference values know them. */
  readonly enclaves: readonly string[];
  readonly roles: readonly string[];
  readonly scopes: readonly string[];
  /** The applications that tokens were issued to (`client_id`). */
  readonly clients: readonly string[];
}

const MAXIMUM_CONTRACTS = 32;
const MAXIMUM_ENTRIES = 64;
/** https://specs.apollo.dev/tag: letters, digits, `_`, `-` and `/`, at most 128 of them. */
const TAG = /^[A-Za-z0-9_/-]{1,128}$/;
const NAME = /^[a-z][a-z0-9-]{0,63}$/;

/** @throws Refusal CONFIGURATION_INVALID with every problem. */
export function parseContract(what: string, value: unknown): ContractDefinition {
  return readDocument(what, value, (fields): ContractDefinition => {
    const definition = {
      name: fields.string('name'),
      description: fields.string('description'),
      include: fields.strings('include'),
      exclude: fields.strings('exclude'),
      removeUnreachable: fields.boolean('removeUnreachable'),
      precedence: fields.integer('precedence', 0),
      isDefault: fields.boolean('default'),
      audience: fields.object('for', readAudience, NOBODY),
    };
    if (definition.name !== '' && !NAME.test(definition.name))
      fields.problem(`name must be of a-z, 0-9 and -, at most 64 characters, not ${definition.name.slice(0, 80)}`);
    for (const tag of [...definition.include, ...definition.exclude]) {
      if (!TAG.test(tag)) fields.problem(`${JSON.stringify(tag.slice(0, 80))} is no name of a tag`);
    }
    for (const tag of definition.include) {
      if (definition.exclude.includes(tag)) fields.problem(`the tag ${tag} is both included and excluded`);
    }
    for (const list of ['include', 'exclude'] as const) {
      if (definition[list].length > MAXIMUM_ENTRIES) fields.problem(`${list} has more than ${MAXIMUM_ENTRIES} tags`);
    }
    const { audience, isDefault } = definition;
    const isForNobody = Object.values(audience as unknown as Record<string, readonly string[]>).every(
      (entries) => entries.length === 0,
    );
    if (isDefault && !isForNobody) fields.problem('for must be empty in the default, which everybody may have');
    if (!isDefault && isForNobody) fields.problem('for names nobody, and it is not the default');
    return definition;
  });
}

const NOBODY: Audience = { enclaves: [], roles: [], scopes: [], clients: [] };

function readAudience(fields: DocumentReader): Audience {
  const entriesOf = (field: keyof Audience) => {
    const entries = fields.strings(field);
    if (entries.length > MAXIMUM_ENTRIES) fields.problem(`${field} has more than ${MAXIMUM_ENTRIES} entries`);
    return entries;
  };
  return {
    enclaves: entriesOf('enclaves'),
    roles: entriesOf('roles'),
    scopes: entriesOf('scopes'),
    clients: entriesOf('clients'),
  };
}

/**
 * What definitions must be to each other. The least precedence first.
 *
 * @throws Refusal CONFIGURATION_INVALID with every problem.
 */
export function orderContracts(definitions: readonly ContractDefinition[]): readonly ContractDefinition[] {
  const problems: string[] = [];
  const names = definitions.map(({ name }) => name);
  for (const name of repeated(names)) problems.push(`two contracts are named ${name}`);
  for (const precedence of repeated(definitions.map((definition) => definition.precedence)))
    problems.push(`two contracts have the precedence ${precedence}`);
  const defaults = definitions.filter(({ isDefault }) => isDefault).map(({ name }) => name);
  if (defaults.length !== 1)
    problems.push(`exactly one contract must be the default, not ${defaults.join(' and ') || 'none'}`);
  if (definitions.length > MAXIMUM_CONTRACTS)
    problems.push(`there may be at most ${MAXIMUM_CONTRACTS} contracts, not ${definitions.length}`);
  if (problems.length > 0) throw new Refusal('CONFIGURATION_INVALID', `The contracts: ${problems.join('; ')}`);
  return [...definitions].sort((one, other) => one.precedence - other.precedence);
}

function repeated<T>(values: readonly T[]): Set<T> {
  return new Set(values.filter((value, index) => values.indexOf(value) !== index));
}
