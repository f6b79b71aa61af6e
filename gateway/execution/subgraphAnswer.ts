import { Kind, type DocumentNode, type GraphQLFormattedError, type SelectionSetNode } from 'graphql';
import { isRefusalCode, Refusal, REFUSALS, type RefusalCode } from '../../enclave/refusals.js';

/** What a subgraph answered, with errors that may be shown to callers. */
export interface SubgraphAnswer {
  readonly data?: Record<string, unknown> | null;
  readonly errors?: readonly GraphQLFormattedError[];
}

/** Errors of one fetch. */
const MAXIMUM_ERRORS = 100;
/** Characters of a message. */
const MAXIMUM_MESSAGE = 300;

/** @throws Refusal where the answer is none, or is a refusal as a whole. */
export function parseAnswer(text: string, status: number, subgraph: string): SubgraphAnswer {
  const noAnswer = (what: string, cause?: unknown) =>
    new Refusal('UPSTREAM_FAILED', `The subgraph ${subgraph} answered ${status} without ${what}.`, { cause });
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch (cause) {
    throw noAnswer('JSON', cause);
  }
  if (!isRecord(body)) throw noAnswer('a GraphQL response');
  const { data, errors, error } = body;
  if (isRecord(error) && isRefusalCode(error.code)) {
    throw new Refusal(error.code, messageOf(error.message, error.code, subgraph));
  }
  const hasErrors = Array.isArray(errors) && errors.length > 0;
  const isData = isRecord(data) || data === null;
  if (!isData && !(data === undefined && hasErrors)) throw noAnswer('a GraphQL response');
  return {
    ...(isData ? { data } : {}),
    ...(hasErrors ? { errors: errors.slice(0, MAXIMUM_ERRORS).map((error) => cleanError(error, subgraph)) } : {}),
  };
}

/** Codes of the closed list keep their message; anything else that a subgraph says is for operators, not for callers. */
function cleanError(error: unknown, subgraph: string): GraphQLFormattedError {
  const { message, path, extensions } = (typeof error === 'object' && error !== null ? error : {}) as {
    message?: unknown;
    path?: unknown;
    extensions?: Readonly<Record<string, unknown>>;
  };
  const code: RefusalCode = isRefusalCode(extensions?.code) ? extensions.code : 'UPSTREAM_FAILED';
  const known = isRefusalCode(extensions?.code);
  return {
    message: messageOf(known ? message : undefined, code, subgraph),
    ...(Array.isArray(path) ? { path: path.filter((key) => typeof key === 'string' || typeof key === 'number') } : {}),
    extensions: { code, kind: REFUSALS[code].kind },
  };
}

function messageOf(message: unknown, code: RefusalCode, subgraph: string): string {
  if (typeof message === 'string') return message.slice(0, MAXIMUM_MESSAGE);
  return code === 'UPSTREAM_FAILED' ? `The subgraph ${subgraph} failed.` : REFUSALS[code].meaning;
}

/** An entity that the subgraph does not know would become a silent null: it becomes an error at its path. */
export function withMissingEntities(
  response: SubgraphAnswer,
  document: DocumentNode,
  subgraph: string,
): SubgraphAnswer {
  const entities: unknown = response.data?._entities;
  if (!Array.isArray(entities)) return response;
  const explained = new Set(response.errors?.map((error) => error.path?.[1]));
  const refusal = new Refusal('UPSTREAM_FAILED', `The subgraph ${subgraph} does not know this entity.`);
  const missing = entities.flatMap((entity, index) =>
    entity === null && !explained.has(index) ? entityErrors(refusal, document, index) : [],
  );
  if (missing.length === 0) return response;
  return { ...response, errors: [...(response.errors ?? []), ...missing].slice(0, MAXIMUM_ERRORS) };
}

/** One error for each value that a failed fetch leaves empty. */
export function errorsEverywhere(
  refusal: Refusal,
  document: DocumentNode,
  variables: Readonly<Record<string, unknown>> | undefined,
  subgraph: string,
): GraphQLFormattedError[] {
  const representations: unknown = variables?.representations;
  const errors = Array.isArray(representations)
    ? representations.flatMap((_, index) => entityErrors(refusal, document, index))
    : responseKeys(rootSelection(document)).map((key) => formatted(refusal, [key]));
  return (errors.length === 0 ? [formatted(refusal)] : errors)
    .slice(0, MAXIMUM_ERRORS)
    .map((error) => ({ ...error, extensions: { ...error.extensions, party: subgraph } }));
}

function entityErrors(refusal: Refusal, document: DocumentNode, index: number): GraphQLFormattedError[] {
  const entities = rootSelection(document)?.selections.find(
    (selection) => selection.kind === Kind.FIELD && selection.name.value === '_entities',
  );
  const selectionSet = entities?.kind === Kind.FIELD ? entities.selectionSet : undefined;
  return responseKeys(selectionSet).map((key) => formatted(refusal, ['_entities', index, key]));
}

function responseKeys(selectionSet: SelectionSetNode | undefined): string[] {
  const keys = new Set<string>();
  for (const selection of selectionSet?.selections ?? []) {
    if (selection.kind === Kind.FIELD) {
      if (selection.name.value !== '__typename') keys.add((selection.alias ?? selection.name).value);
    } else if (selection.kind === Kind.INLINE_FRAGMENT) {
      for (const key of responseKeys(selection.selectionSet)) keys.add(key);
    }
  }
  return [...keys];
}

function rootSelection(document: DocumentNode): SelectionSetNode | undefined {
  return document.definitions.find((definition) => definition.kind === Kind.OPERATION_DEFINITION)?.selectionSet;
}

function formatted(
  { code, message, failures, definition }: Refusal,
  path?: (string | number)[],
): GraphQLFormattedError {
  return {
    message,
    ...(path === undefined ? {} : { path }),
    extensions: { code, kind: definition.kind, ...(failures.length > 0 ? { failures } : {}) },
  };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
