import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parse } from 'graphql';
import { Refusal } from '../../../../enclave/refusals.js';
import { documentId, parseManifest } from '../../../../gateway/http/documents/manifest.js';
import { operationsOf, writeManifest } from '../../../../gateway/http/documents/writeManifest.js';
import * as portal from '../../../../web/api/operations.js';

const DOCUMENT = 'query A { a }';
const ID = documentId(DOCUMENT);
const apollo = (operations: unknown, more = {}) =>
  JSON.stringify({ format: 'apollo-persisted-query-manifest', version: 1, operations, ...more });

describe('a manifest is read', () => {
  test('as a list of documents by SHA-256', () => {
    const manifest = parseManifest(JSON.stringify({ [ID]: DOCUMENT }));
    expect(manifest.texts.get(ID)).toBe(DOCUMENT);
    expect([manifest.has(DOCUMENT), manifest.has('query A {a}')]).toEqual([true, false]);
  });

  test('as Relay’s compiler writes it, by identifiers of its own and by SHA-256', () => {
    const { texts } = parseManifest(JSON.stringify({ '5d41402abc4b2a76b9719d911017c592': DOCUMENT }));
    expect([...texts.keys()]).toEqual(['5d41402abc4b2a76b9719d911017c592', ID]);
  });

  test('as Apollo’s tools write it', () => {
    const { texts } = parseManifest(apollo([{ id: ID, name: 'A', type: 'query', body: DOCUMENT }]));
    expect([...texts]).toEqual([[ID, DOCUMENT]]);
  });

  test('with names that objects have by nature', () => {
    const { texts } = parseManifest('{"__proto__":"query A { a }","constructor":"query B { b }"}');
    expect(texts.get('__proto__')).toBe(DOCUMENT);
    expect(parseManifest('{}').texts.get('constructor')).toBeUndefined();
  });
});

describe('a manifest is refused', () => {
  test.each([
    ['that is no JSON', '{'],
    ['that is a list', '[]'],
    ['that is null', 'null'],
    ['with a document that is no text', '{"x":1}'],
    ['with an empty document', '{"x":""}'],
    ['with an empty identifier', `{"":"${DOCUMENT}"}`],
    ['with an endless identifier', `{"${'x'.repeat(300)}":"${DOCUMENT}"}`],
    ['with a document under the SHA-256 of another', `{"${ID}":"query B { b }"}`],
    ['of an unknown format', '{"format":"other","operations":[]}'],
    ['of another version', apollo([], { version: 2 })],
    ['without operations', apollo({})],
    ['with an operation without an id', apollo([{ body: DOCUMENT }])],
    ['with an operation without a body', apollo([{ id: 'x' }])],
    [
      'with two documents of one identifier',
      apollo([
        { id: 'x', body: 'query A { a }' },
        { id: 'x', body: 'query B { b }' },
      ]),
    ],
  ])('%s', (_what, text) => {
    expect(() => parseManifest(text)).toThrow(expect.objectContaining({ code: 'CONFIGURATION_INVALID' }));
  });

  test('that is too large', () => {
    const limits = { documents: 1, characters: 20 };
    expect(() => parseManifest(`{"x":"${DOCUMENT}"}`, limits)).not.toThrow();
    expect(() => parseManifest(`{"x":"${DOCUMENT}","y":"${DOCUMENT}"}`, limits)).toThrow('2 documents; the limit is 1');
    expect(() => parseManifest(`{"x":"${'a'.repeat(21)}"}`, limits)).toThrow('21 characters');
  });

  test('and nothing else happens, whatever it is', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        try {
          parseManifest(text);
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(Refusal);
        }
      }),
    );
  });
});

describe('a manifest is written', () => {
  test('of every operation of the portal, as the portal sends it', () => {
    const operations = operationsOf(portal);
    expect(operations.length).toBeGreaterThanOrEqual(15);
    const manifest = parseManifest(writeManifest(operations));
    for (const { text } of operations) {
      expect(manifest.texts.get(documentId(text))).toBe(text);
      expect(() => parse(text)).not.toThrow();
    }
  });

  test('alike for the same operations in another order', () => {
    const operations = operationsOf(portal);
    expect(writeManifest([...operations].reverse())).toBe(writeManifest(operations));
  });

  test('with the type of each operation', () => {
    const text = writeManifest([{ name: 'M', text: 'mutation M { m }' }]);
    expect((JSON.parse(text) as { operations: unknown[] }).operations).toEqual([
      { id: documentId('mutation M { m }'), name: 'M', type: 'mutation', body: 'mutation M { m }' },
    ]);
  });

  test('of operations in lists, and of nothing else that a module exports', () => {
    const one = { name: 'A', text: DOCUMENT };
    expect(
      operationsOf({ one, list: [{ name: 'B', text: 'query B { b }' }], f: () => 1, n: null, t: 'x' }),
    ).toHaveLength(2);
  });

  test.each([
    ['of a text that is no document', [{ name: 'A', text: 'query A {' }], 'no GraphQL document'],
    ['of an operation of another name', [{ name: 'B', text: DOCUMENT }], 'no operation of this name'],
    [
      'of two operations of one name',
      [
        { name: 'A', text: DOCUMENT },
        { name: 'A', text: 'query A { b }' },
      ],
      'Two operations are called A',
    ],
  ])('not %s', (_what, operations, message) => {
    expect(() => writeManifest(operations)).toThrow(message);
  });
});
