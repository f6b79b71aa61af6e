import type { DocumentNode } from 'graphql';
import { Refusal } from '../../enclave/refusals.js';
import { measureDocument, type OperationSize } from './operationSize.js';

/** Bounds on one document. Fragments count as often as they are spread. */
export interface OperationLimits {
  /** Lexical tokens of the text; counted while it is parsed, so that parsing ends there. */
  readonly tokens: number;
  /** Levels of fields. Introspection has its own bounds. */
  readonly depth: number;
  /** Levels of fields below `__schema` and `__type`. */
  readonly introspectionDepth: number;
  /** Lists of types or fields inside one another below `__schema` and `__type`: each multiplies the answer by the schema. */
  readonly introspectionLists: number;
  /** Aliases of every field, `__typename` too. */
  readonly aliases: number;
  readonly rootFields: number;
  /** Fields in all. */
  readonly fields: number;
  /** Fields that are asked again in the same selection. */
  readonly duplicateFields: number;
  readonly fragments: number;
  readonly directives: number;
  /** Directives of one field, fragment, spread, variable or operation. */
  readonly directivesPerNode: number;
  /** Entries of one list that the document itself holds. */
  readonly listItems: number;
}

export const OPERATION_LIMITS: OperationLimits = {
  tokens: 2000,
  depth: 12,
  // What GraphiQL and code generators ask stays below these two.
  introspectionDepth: 20,
  introspectionLists: 2,
  aliases: 50,
  rootFields: 20,
  fields: 1000,
  duplicateFields: 20,
  fragments: 50,
  directives: 50,
  directivesPerNode: 5,
  listItems: 1000,
};

/**
 * Needs no schema and no valid document: what is too large is refused before it is validated.
 *
 * @throws Refusal OPERATION_TOO_COMPLEX that names every bound that is passed.
 */
export function requireBoundedDocument(document: DocumentNode, limits: OperationLimits): OperationSize {
  const size = measureDocument(document);
  const passed = exceededLimits(size, limits);
  if (passed.length > 0) throw new Refusal('OPERATION_TOO_COMPLEX', passed.join(' '));
  return size;
}

/** A sentence for each bound that is passed. */
export function exceededLimits(size: OperationSize, limits: OperationLimits): readonly string[] {
  return MEASURES.flatMap(([name, what]) => {
    const count = size[name];
    return count <= limits[name] ? [] : [`The operation has ${shown(count)} ${what}; the limit is ${limits[name]}.`];
  });
}

const MEASURES: readonly (readonly [name: Exclude<keyof OperationLimits, 'tokens'>, what: string])[] = [
  ['depth', 'levels of fields'],
  ['introspectionDepth', 'levels of introspection'],
  ['introspectionLists', 'lists of introspection inside one another'],
  ['aliases', 'aliases'],
  ['rootFields', 'root fields'],
  ['fields', 'fields'],
  ['duplicateFields', 'fields that are asked again'],
  ['fragments', 'fragments'],
  ['directives', 'directives'],
  ['directivesPerNode', 'directives in one place'],
  ['listItems', 'entries in one list'],
];

/** Fragments that double at each level make numbers that nobody wants to read. */
function shown(count: number): string {
  return count < 1e6 ? `${count}` : 'over a million';
}
