import { Refusal } from '../../../enclave/refusals.js';
import { HttpProblem } from '../httpProblem.js';
import type { GraphQLParameters, JsonObject } from '../parameters.js';
import { documentId, type Manifest } from './manifest.js';
import type { OwnDocuments } from './ownDocuments.js';

/**
 * - `off`: every document is executed.
 * - `audit`: as well, and those that are not registered are reported.
 * - `enforce`: only registered documents are executed.
 */
export type DocumentMode = 'off' | 'audit' | 'enforce';

export interface DocumentOptions {
  readonly mode: DocumentMode;
  /** What is registered now. Identifiers are looked up in every mode. */
  readonly trusted?: () => Manifest;
  /** Absent, callers register nothing by themselves. In the mode `enforce` they never do. */
  readonly own?: OwnDocuments;
  /** Told of documents that are not registered, in the modes `audit` and `enforce`. */
  readonly onUntrusted?: (document: UntrustedDocument) => void;
}

export interface UntrustedDocument {
  readonly id: string;
  readonly operationName: string | undefined;
  readonly isRefused: boolean;
}

/** Clients of automatic persisted queries wait for exactly this message, and send the document then. */
export const NOT_FOUND_MESSAGE = 'PersistedQueryNotFound';

/**
 * The text of the document that a request asks for, by identifier (`documentId`, or `extensions.persistedQuery`) or in full.
 *
 * @param identity of the caller, verified; undefined for anonymous ones, who share nothing and so register nothing.
 * @throws HttpProblem 400 where the request names no document or a wrong one; Refusal NOT_FOUND, OPERATION_NOT_ALLOWED
 */
export function resolveDocument(
  parameters: GraphQLParameters,
  identity: string | undefined,
  options: DocumentOptions,
): string {
  const { query, operationName } = parameters;
  const persisted = persistedId(parameters.extensions);
  const asked = parameters.documentId?.replace(/^sha256:/, '') ?? persisted;
  if (query === undefined) {
    if (asked === undefined) throw malformed('The request has neither a query nor the identifier of a document.');
    return find(asked, identity, options);
  }
  if (parameters.documentId !== undefined) throw malformed('The request has both a query and a documentId.');
  const id = persisted === undefined ? undefined : documentId(query);
  if (id !== persisted) throw malformed('The sha256Hash is not the SHA-256 of the query.');
  admit(query, operationName, options);
  const mayRegister = options.mode !== 'enforce' && identity !== undefined && id !== undefined;
  if (mayRegister) options.own?.register(identity, id, query);
  return query;
}

function find(id: string, identity: string | undefined, { mode, trusted, own }: DocumentOptions): string {
  const registered = trusted?.().texts.get(id);
  if (registered !== undefined) return registered;
  const registeredAlone = mode === 'enforce' || identity === undefined ? undefined : own?.get(identity, id);
  if (registeredAlone !== undefined) return registeredAlone;
  throw new Refusal('NOT_FOUND', NOT_FOUND_MESSAGE);
}

function admit(query: string, operationName: string | undefined, options: DocumentOptions): void {
  const { mode, trusted, onUntrusted } = options;
  if (mode === 'off' || trusted?.().has(query) === true) return;
  const isRefused = mode === 'enforce';
  onUntrusted?.({ id: documentId(query), operationName, isRefused });
  if (isRefused)
    throw new Refusal('OPERATION_NOT_ALLOWED', 'Only registered documents are executed here (mode enforce).');
}

/** @throws HttpProblem 400 where the extension is there and not of its form. */
function persistedId(extensions: JsonObject): string | undefined {
  const extension = Object.hasOwn(extensions, 'persistedQuery') ? extensions.persistedQuery : undefined;
  if (extension === undefined || extension === null) return undefined;
  const { version, sha256Hash } = extension as { version?: unknown; sha256Hash?: unknown };
  if (version !== 1 || typeof sha256Hash !== 'string' || !/^[0-9a-f]{64}$/.test(sha256Hash)) {
    throw malformed('The extension persistedQuery must have version 1 and a sha256Hash of 64 hexadecimal digits.');
  }
  return sha256Hash;
}

function malformed(message: string): HttpProblem {
  return new HttpProblem(400, 'BAD_INPUT', message);
}
