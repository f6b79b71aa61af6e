import { Kind, parse } from 'graphql';
import { Refusal } from '../../../enclave/refusals.js';
import { documentId } from './manifest.js';

/** An operation as a client's code holds it. */
export interface ClientOperation {
  readonly name: string;
  readonly text: string;
}

/**
 * The operations that a module of a client exports, alone or in lists: everything with a `name` and a `text`. The portal's
 * are in `web/api/operations.ts`.
 */
export function operationsOf(exported: Readonly<Record<string, unknown>>): readonly ClientOperation[] {
  return Object.values(exported)
    .flat()
    .filter((value): value is ClientOperation => {
      const { name, text } = (value ?? {}) as Partial<Record<'name' | 'text', unknown>>;
      return typeof name === 'string' && typeof text === 'string';
    });
}

/**
 * A manifest in Apollo's format, which other gateways read too, sorted by name so that the same operations make the same
 * bytes. The texts are kept as the client sends them: a document is trusted byte for byte.
 *
 * @throws Refusal CONFIGURATION_INVALID where a text is no document, or two operations have one name.
 */
export function writeManifest(operations: readonly ClientOperation[]): string {
  const names = new Set<string>();
  const entries = operations.map(({ name, text }) => {
    if (names.has(name)) throw new Refusal('CONFIGURATION_INVALID', `Two operations are called ${name}.`);
    names.add(name);
    return { id: documentId(text), name, type: typeOf(name, text), body: text };
  });
  entries.sort((one, other) => (one.name < other.name ? -1 : 1));
  return `${JSON.stringify({ format: 'apollo-persisted-query-manifest', version: 1, operations: entries }, null, 2)}\n`;
}

function typeOf(name: string, text: string): string {
  const operation = definitionsOf(name, text).find(
    (definition) => definition.kind === Kind.OPERATION_DEFINITION && definition.name?.value === name,
  );
  if (operation?.kind === Kind.OPERATION_DEFINITION) return operation.operation;
  throw new Refusal('CONFIGURATION_INVALID', `The document of ${name} has no operation of this name.`);
}

function definitionsOf(name: string, text: string) {
  try {
    return parse(text, { noLocation: true }).definitions;
  } catch (cause) {
    throw new Refusal('CONFIGURATION_INVALID', `The text of ${name} is no GraphQL document.`, { cause });
  }
}
