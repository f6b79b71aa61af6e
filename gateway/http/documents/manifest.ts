import { createHash } from 'node:crypto';
import { Refusal } from '../../../enclave/refusals.js';

/** Documents that were registered, for instance by the build of a client. */
export interface Manifest {
  /** Texts by identifier; a document may have several. */
  readonly texts: ReadonlyMap<string, string>;
  has(text: string): boolean;
}

export interface ManifestLimits {
  readonly documents: number;
  /** Of one document. */
  readonly characters: number;
}

export const MANIFEST_LIMITS: ManifestLimits = { documents: 10_000, characters: 200_000 };

/**
 * Reads a manifest: `{"id": "document"}` (as Relay's compiler writes it), or Apollo's `apollo-persisted-query-manifest`,
 * version 1. An identifier that has the form of a SHA-256 must be the one of its document; others are taken as they are. Each
 * document can also be asked for by its SHA-256.
 *
 * @throws Refusal CONFIGURATION_INVALID
 */
export function parseManifest(text: string, limits: ManifestLimits = MANIFEST_LIMITS): Manifest {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw invalid('is not JSON', cause);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalid('is not a JSON object');
  const entries = 'format' in value ? ofApollo(value) : Object.entries(value);
  if (entries.length > limits.documents)
    throw invalid(`has ${entries.length} documents; the limit is ${limits.documents}`);
  const texts = new Map<string, string>();
  for (const [id, body] of entries) addDocument(texts, id, body, limits);
  const known = new Set(texts.values());
  return { texts, has: (document) => known.has(document) };
}

/** Lower-case hexadecimal SHA-256 of the text in UTF-8: the identifier of a document. */
export function documentId(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex');
}

const SHA256 = /^[0-9a-f]{64}$/;

function addDocument(texts: Map<string, string>, id: string, body: unknown, { characters }: ManifestLimits): void {
  if (id === '' || id.length > 256) throw invalid('has an identifier that is empty or longer than 256 characters');
  if (typeof body !== 'string' || body === '') throw invalid(`has no document for the identifier ${id}`);
  if (body.length > characters)
    throw invalid(`has a document of ${body.length} characters (${id}); the limit is ${characters}`);
  const digest = documentId(body);
  if (SHA256.test(id) && id !== digest) throw invalid(`names a document ${id} whose SHA-256 is ${digest}`);
  const other = texts.get(id);
  if (other !== undefined && other !== body) throw invalid(`has two documents for the identifier ${id}`);
  texts.set(id, body).set(digest, body);
}

function ofApollo(value: object): [string, unknown][] {
  const { format, version, operations } = value as { format?: unknown; version?: unknown; operations?: unknown };
  if (format !== 'apollo-persisted-query-manifest' || version !== 1 || !Array.isArray(operations)) {
    throw invalid('must be of the format apollo-persisted-query-manifest, version 1, with operations');
  }
  return (operations as unknown[]).map((operation) => {
    const { id, body } = (operation ?? {}) as { id?: unknown; body?: unknown };
    if (typeof id !== 'string') throw invalid('has an operation without an id');
    return [id, body];
  });
}

function invalid(what: string, cause?: unknown): Refusal {
  return new Refusal('CONFIGURATION_INVALID', `The manifest of trusted documents ${what}.`, { cause });
}
