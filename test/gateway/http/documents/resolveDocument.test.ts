import { describe, expect, test } from '@jest/globals';
import { documentId, parseManifest } from '../../../../gateway/http/documents/manifest.js';
import { OwnDocuments } from '../../../../gateway/http/documents/ownDocuments.js';
import {
  NOT_FOUND_MESSAGE,
  resolveDocument,
  type DocumentMode,
  type UntrustedDocument,
} from '../../../../gateway/http/documents/resolveDocument.js';
import type { GraphQLParameters } from '../../../../gateway/http/parameters.js';

const TRUSTED = 'query Trusted { a }';
const OTHER = 'query Other { a }';
const manifest = parseManifest(JSON.stringify({ relay: TRUSTED }));

const request = (given: Partial<GraphQLParameters>): GraphQLParameters => ({
  query: undefined,
  documentId: undefined,
  operationName: undefined,
  variables: {},
  extensions: {},
  ...given,
});
const persisted = (id: string, query?: string) =>
  request({ query, extensions: { persistedQuery: { version: 1, sha256Hash: id } } });

function gatekeeper(mode: DocumentMode, own = new OwnDocuments()) {
  const untrusted: UntrustedDocument[] = [];
  const onUntrusted = (document: UntrustedDocument) => void untrusted.push(document);
  const resolve = (parameters: GraphQLParameters, identity?: string) =>
    resolveDocument(parameters, identity, { mode, trusted: () => manifest, own, onUntrusted });
  return { resolve, untrusted };
}

describe.each(['off', 'audit', 'enforce'] as const)('in the mode %s a registered document is found', (mode) => {
  const { resolve, untrusted } = gatekeeper(mode);

  test.each([
    ['by its identifier', request({ documentId: 'relay' })],
    ['by its SHA-256', request({ documentId: documentId(TRUSTED) })],
    ['by its SHA-256 with the prefix', request({ documentId: `sha256:${documentId(TRUSTED)}` })],
    ['as a persisted query', persisted(documentId(TRUSTED))],
    ['as a persisted query with its text', persisted(documentId(TRUSTED), TRUSTED)],
    ['by its text', request({ query: TRUSTED })],
  ])('%s, by anybody', (_what, parameters) => {
    expect(resolve(parameters)).toBe(TRUSTED);
    expect(untrusted).toEqual([]);
  });
});

describe('another document', () => {
  test('is executed in the mode off', () => {
    const { resolve, untrusted } = gatekeeper('off');
    expect(resolve(request({ query: OTHER }))).toBe(OTHER);
    expect(untrusted).toEqual([]);
  });

  test('is executed and told of in the mode audit', () => {
    const { resolve, untrusted } = gatekeeper('audit');
    expect(resolve(request({ query: OTHER, operationName: 'Other' }))).toBe(OTHER);
    expect(untrusted).toEqual([{ id: documentId(OTHER), operationName: 'Other', isRefused: false }]);
  });

  test.each([
    ['by its text', request({ query: OTHER })],
    ['with one space more than the registered one', request({ query: `${TRUSTED} ` })],
    ['as a persisted query with its text', persisted(documentId(OTHER), OTHER)],
  ])('is refused %s in the mode enforce, and told of', (_what, parameters) => {
    const { resolve, untrusted } = gatekeeper('enforce');
    expect(() => resolve(parameters, 'ada')).toThrow(expect.objectContaining({ code: 'OPERATION_NOT_ALLOWED' }));
    expect(untrusted).toMatchObject([{ isRefused: true }]);
  });

  test('is refused in the mode enforce where nothing at all is registered', () => {
    const nothing = { mode: 'enforce', own: new OwnDocuments() } as const;
    expect(() => resolveDocument(request({ query: TRUSTED }), 'ada', nothing)).toThrow('Only registered documents');
    expect(() => resolveDocument(persisted(documentId(TRUSTED)), 'ada', nothing)).toThrow(NOT_FOUND_MESSAGE);
  });
});

describe('automatic persisted queries', () => {
  const id = documentId(OTHER);
  const notFound = expect.objectContaining({ code: 'NOT_FOUND', message: 'PersistedQueryNotFound' });

  test('are found by the caller who sent them, and by nobody else', () => {
    const { resolve } = gatekeeper('off');
    expect(() => resolve(persisted(id), 'ada')).toThrow(notFound);
    expect(resolve(persisted(id, OTHER), 'ada')).toBe(OTHER);
    expect(resolve(persisted(id), 'ada')).toBe(OTHER);
    expect(() => resolve(persisted(id), 'grace')).toThrow(notFound);
    expect(() => resolve(persisted(id))).toThrow(notFound);
  });

  test('of anonymous callers are executed and not kept', () => {
    const { resolve } = gatekeeper('off');
    expect(resolve(persisted(id, OTHER))).toBe(OTHER);
    expect(() => resolve(persisted(id))).toThrow(notFound);
    expect(() => resolve(persisted(id), '')).toThrow(notFound);
  });

  test('that were registered before are not found in the mode enforce', () => {
    const own = new OwnDocuments();
    gatekeeper('off', own).resolve(persisted(id, OTHER), 'ada');
    expect(() => gatekeeper('enforce', own).resolve(persisted(id), 'ada')).toThrow(notFound);
  });

  test('cannot overwrite a registered document', () => {
    const { resolve } = gatekeeper('off');
    expect(() => resolve(persisted(documentId(TRUSTED), OTHER), 'ada')).toThrow(
      expect.objectContaining({ status: 400 }),
    );
    expect(resolve(persisted(documentId(TRUSTED)), 'ada')).toBe(TRUSTED);
  });

  test('of one caller push out only those of that caller, and only so many are kept', () => {
    const own = new OwnDocuments({ identities: 2, documents: 2, characters: 1000 });
    own.register('ada', '1', 'a');
    own.register('grace', '1', 'b');
    for (const document of ['2', '3', '4']) own.register('grace', document, document);
    expect([own.get('ada', '1'), own.get('grace', '1'), own.get('grace', '4')]).toEqual(['a', undefined, '4']);
    own.register('hopper', '1', 'c');
    expect([own.get('ada', '1'), own.get('grace', '4'), own.get('hopper', '1')]).toEqual([undefined, '4', 'c']);
  });

  test('that are too long are executed and not kept', () => {
    const own = new OwnDocuments({ identities: 2, documents: 2, characters: 10 });
    const { resolve } = gatekeeper('off', own);
    expect(resolve(persisted(id, OTHER), 'ada')).toBe(OTHER);
    expect(own.get('ada', id)).toBeUndefined();
  });
});

describe('a request is refused', () => {
  const { resolve } = gatekeeper('off');
  test.each([
    ['without a document', request({})],
    ['with a text and an identifier', request({ query: OTHER, documentId: 'relay' })],
    ['with the digest of another text', persisted(documentId(TRUSTED), OTHER)],
    ['with a digest in capitals', persisted(documentId(TRUSTED).toUpperCase())],
    ['with a digest that is none', persisted('relay')],
    [
      'with another version',
      request({ extensions: { persistedQuery: { version: 2, sha256Hash: documentId(TRUSTED) } } }),
    ],
    ['with an extension that is a text', request({ extensions: { persistedQuery: 'x' } })],
  ])('%s', (_what, parameters) => {
    expect(() => resolve(parameters, 'ada')).toThrow(expect.objectContaining({ status: 400 }));
  });

  test.each([['constructor'], ['__proto__'], ['']])('for the identifier %p, which nobody registered', (name) => {
    expect(() => resolve(request({ documentId: name }), 'ada')).toThrow(expect.objectContaining({ code: 'NOT_FOUND' }));
  });

  test('for an extension that is null it is not', () => {
    expect(resolve(request({ query: OTHER, extensions: { persistedQuery: null } }))).toBe(OTHER);
  });
});
