import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'graphql';
import { findChanges } from '../../../schema/changes/findChanges.js';
import { publishedSdl } from '../../../schema/publishedSchema.js';
import { checkout } from '../../support/shared.js';

const find = (before: string, after: string) =>
  findChanges(parse(before), parse(after)).map(
    ({ severity, type, description }) => `${severity} ${type} ${description}`,
  );

const conditions = `
  directive @attested(policy: String!) on FIELD_DEFINITION | OBJECT | SCALAR | ENUM | ARGUMENT_DEFINITION | INPUT_FIELD_DEFINITION
  directive @authenticated on FIELD_DEFINITION | OBJECT
  directive @requiresScopes(scopes: [[String!]!]!) on FIELD_DEFINITION | OBJECT
  directive @policy(policies: [[String!]!]!) on FIELD_DEFINITION | OBJECT
`;

type Row = readonly [what: string, before: string, after: string, found: readonly string[]];

function rows(...given: Row[]): Row[] {
  return given;
}

describe('what GraphQL itself breaks', () => {
  test.each(
    rows(
      ['nothing', 'type Query { a: Int }', 'type Query { a: Int }', []],
      [
        'a field that is gone',
        'type Query { a: Int b: Int }',
        'type Query { a: Int }',
        ['breaking FIELD_REMOVED Query.b was removed.'],
      ],
      [
        'a field that is gone as announced',
        'type Query { a: Int b: Int @deprecated(reason: "Use a.") }',
        'type Query { a: Int }',
        ['breaking FIELD_REMOVED Query.b was removed. It was deprecated: Use a.'],
      ],
      [
        'an argument that is gone as announced',
        'type Query { a(x: Int @deprecated(reason: "Unused.")): Int }',
        'type Query { a: Int }',
        ['breaking ARG_REMOVED Query.a arg x was removed. It was deprecated: Unused.'],
      ],
      [
        'an enum value that is gone as announced',
        'type Query { a: E } enum E { X Y @deprecated(reason: "Never.") }',
        'type Query { a: E } enum E { X }',
        ['breaking VALUE_REMOVED_FROM_ENUM Y was removed from enum type E. It was deprecated: Never.'],
      ],
      [
        'a field that may be null now',
        'type Query { a: Int! }',
        'type Query { a: Int }',
        ['breaking FIELD_CHANGED_KIND Query.a changed type from Int! to Int.'],
      ],
      [
        'an argument that must be given now',
        'type Query { a(x: Int): Int }',
        'type Query { a(x: Int!): Int }',
        ['breaking ARG_CHANGED_KIND Query.a arg x has changed type from Int to Int!.'],
      ],
      [
        'an input field that is added and required',
        'type Query { a(i: I): Int } input I { x: Int }',
        'type Query { a(i: I): Int } input I { x: Int y: Int! }',
        ['breaking REQUIRED_INPUT_FIELD_ADDED A required field y on input type I was added.'],
      ],
      [
        'an enum value that is new',
        'type Query { a: E } enum E { X }',
        'type Query { a: E } enum E { X Y }',
        ['dangerous VALUE_ADDED_TO_ENUM Y was added to enum type E.'],
      ],
    ),
  )('is found: %s', (_what, before, after, found) => {
    expect(find(before, after)).toEqual(found);
  });
});

describe('what it does not tell', () => {
  test.each(
    rows(
      [
        'an argument whose default is gone, so that it is required',
        'type Query { a(x: Int! = 1): Int }',
        'type Query { a(x: Int!): Int }',
        ['breaking ARG_DEFAULT_REMOVED Query.a(x:) must be given now: it has no default any more.'],
      ],
      [
        'an argument with another default',
        'type Query { a(x: Int = 1): Int }',
        'type Query { a(x: Int = 2): Int }',
        ['dangerous ARG_DEFAULT_VALUE_CHANGE Query.a arg x has changed defaultValue from 1 to 2.'],
      ],
      [
        'an argument that has a default now',
        'type Query { a(x: Int): Int }',
        'type Query { a(x: Int = 2): Int }',
        ['dangerous ARG_DEFAULT_ADDED Query.a(x:) has a default now: 2.'],
      ],
      [
        'an input field whose default is gone, so that it is required',
        'type Query { a(i: I): Int } input I { x: Int! = 1 }',
        'type Query { a(i: I): Int } input I { x: Int! }',
        ['breaking INPUT_FIELD_DEFAULT_REMOVED I.x must be given now: it has no default any more.'],
      ],
      [
        'an input field with another default',
        'type Query { a(i: I): Int } input I { x: [Int] = [1] }',
        'type Query { a(i: I): Int } input I { x: [Int] = [2] }',
        ['dangerous INPUT_FIELD_DEFAULT_CHANGED I.x has the default [2] instead of [1].'],
      ],
      [
        'an argument that may be left out',
        'type Query { a(x: Int!): Int }',
        'type Query { a(x: Int): Int }',
        ['safe ARG_OPTIONAL Query.a(x:) may be left out now.'],
      ],
      [
        'an input field that may be left out',
        'type Query { a(i: I): Int } input I { x: Int! }',
        'type Query { a(i: I): Int } input I { x: Int }',
        ['safe INPUT_FIELD_OPTIONAL I.x may be left out now.'],
      ],
      [
        'a field that is never null',
        'type Query { a: [Int] }',
        'type Query { a: [Int]! }',
        ['safe FIELD_NEVER_NULL Query.a is never null now: [Int]! instead of [Int].'],
      ],
      [
        'what is new',
        'type Query { a: Int }',
        'type Query { a: Int b: B } type B { x: Int }',
        ['safe TYPE_ADDED B was added.', 'safe FIELD_ADDED Query.b was added.'],
      ],
      [
        'deprecation',
        'type Query { a: Int b: Int @deprecated c: Int @deprecated(reason: "x") }',
        'type Query { a: Int @deprecated(reason: "Use b.") b: Int c: Int @deprecated(reason: "y") }',
        [
          'safe DEPRECATED Query.a is deprecated now: Use b.',
          'safe DEPRECATION_REMOVED Query.b is no longer deprecated.',
          'safe DEPRECATION_REASON_CHANGED Query.c is deprecated for another reason: y',
        ],
      ],
      [
        'other words',
        '"A." type Query { "B." a("C." x: Int): E } enum E { "D." X }',
        '"1." type Query { "2." a("3." x: Int): E } enum E { "4." X }',
        ['E.X', 'Query', 'Query.a', 'Query.a(x:)'].map(
          (coordinate) => `safe DESCRIPTION_CHANGED ${coordinate} is described in other words.`,
        ),
      ],
    ),
  )('is found: %s', (_what, before, after, found) => {
    expect(find(before, after)).toEqual(found);
  });
});

describe('conditions', () => {
  test.each(
    rows(
      [
        'a field that becomes @attested breaks callers over plain channels',
        'type Query { a: Int }',
        'type Query { a: Int @attested(policy: "p") }',
        ['breaking ATTESTED_ADDED Query.a is @attested(policy: p) now: callers over plain channels are refused.'],
      ],
      [
        'an argument that becomes @attested breaks them too',
        'type Query { a(x: Int): Int }',
        'type Query { a(x: Int @attested(policy: "p")): Int }',
        ['breaking ATTESTED_ADDED Query.a(x:) is @attested(policy: p) now: callers over plain channels are refused.'],
      ],
      [
        'a type that becomes @attested counts where it is returned and for what it holds',
        'type Query { a: A } type A { x: Int }',
        'type Query { a: A } type A @attested(policy: "p") { x: Int }',
        ['A.x', 'Query.a'].map(
          (coordinate) =>
            `breaking ATTESTED_ADDED ${coordinate} is @attested(policy: p) now: callers over plain channels are refused.`,
        ),
      ],
      [
        'an enum that becomes @attested counts where it is taken',
        'type Query { a(i: I): Int } input I { e: E } enum E { X }',
        'type Query { a(i: I): Int } input I { e: E } enum E @attested(policy: "p") { X }',
        ['breaking ATTESTED_ADDED I.e is @attested(policy: p) now: callers over plain channels are refused.'],
      ],
      [
        '@attested that is written twice is written once',
        'type Query { a: A @attested(policy: "p") } type A @attested(policy: "p") { x: Int }',
        'type Query { a: A } type A @attested(policy: "p") { x: Int }',
        [],
      ],
      [
        'another policy is dangerous',
        'type Query { a: Int @attested(policy: "p") }',
        'type Query { a: Int @attested(policy: "q") }',
        [
          'dangerous ATTESTED_POLICY_CHANGED Query.a is @attested under q instead of p: whom that refuses, the policies say.',
        ],
      ],
      [
        'what is no longer @attested is safe for callers',
        'type Query { a: Int @attested(policy: "p") }',
        'type Query { a: Int }',
        ['safe ATTESTED_REMOVED Query.a is no longer @attested.'],
      ],
      [
        '@authenticated breaks who is not signed in',
        'type Query { a: Int b: Int @authenticated }',
        'type Query { a: Int @authenticated b: Int }',
        [
          'breaking AUTHENTICATION_ADDED Query.a is @authenticated now: callers who are not signed in are refused.',
          'safe AUTHENTICATION_REMOVED Query.b is no longer @authenticated.',
        ],
      ],
      [
        'scopes that are added break',
        'type Query { a: Int }',
        'type Query { a: Int @requiresScopes(scopes: [["x", "y"], ["z"]]) }',
        ['breaking SCOPES_REQUIRED Query.a asks for other scopes: x and y, or z instead of none.'],
      ],
      [
        'a choice that is gone breaks',
        'type Query { a: Int @requiresScopes(scopes: [["x"], ["y"]]) }',
        'type Query { a: Int @requiresScopes(scopes: [["x"]]) }',
        ['breaking SCOPES_REQUIRED Query.a asks for other scopes: x instead of x, or y.'],
      ],
      [
        'a choice that is new is safe',
        'type Query { a: Int @requiresScopes(scopes: [["x"]]) }',
        'type Query { a: Int @requiresScopes(scopes: [["y"], ["x"]]) }',
        ['safe SCOPES_RELAXED Query.a asks for fewer scopes: y, or x instead of x.'],
      ],
      [
        'a scope less in a choice is safe',
        'type Query { a: Int @requiresScopes(scopes: [["x", "y"]]) }',
        'type Query { a: Int @requiresScopes(scopes: [["x"]]) }',
        ['safe SCOPES_RELAXED Query.a asks for fewer scopes: x instead of x and y.'],
      ],
      [
        'the same choices in another order are the same',
        'type Query { a: Int @requiresScopes(scopes: [["x", "y"], ["z"]]) }',
        'type Query { a: Int @requiresScopes(scopes: [["z"], ["y", "x"]]) }',
        [],
      ],
      [
        'scopes of a type are wanted beside those of the field',
        'type Query { a: A @requiresScopes(scopes: [["x"]]) } type A { i: Int @requiresScopes(scopes: [["y"]]) }',
        'type Query { a: A @requiresScopes(scopes: [["x"]]) } type A @requiresScopes(scopes: [["y"]]) { i: Int }',
        ['breaking SCOPES_REQUIRED Query.a asks for other scopes: x and y instead of x.'],
      ],
      [
        'policies that are added break',
        'type Query { a: Int }',
        'type Query { a: Int @policy(policies: [["x"]]) }',
        ['breaking POLICIES_REQUIRED Query.a asks for other policies: x instead of none.'],
      ],
      [
        'a new field may ask for anything',
        'type Query { a: Int }',
        'type Query { a: Int b: Int @attested(policy: "p") @authenticated @requiresScopes(scopes: [["x"]]) }',
        ['safe FIELD_ADDED Query.b was added.'],
      ],
    ),
  )('%s', (_what, before, after, found) => {
    expect(find(conditions + before, conditions + after)).toEqual(found);
  });

  test('by other names are the same conditions', () => {
    const link = (rest: string) => `schema @link(url: "https://specs.apollo.dev/link/v1.0") ${rest} { query: Query }`;
    const before = `${conditions} type Query { a: Int @authenticated }`;
    const renamed = before.replaceAll('@authenticated', '@signedIn');
    const linked = `${link('@link(url: "https://specs.apollo.dev/authenticated/v0.1", as: "signedIn")')} ${renamed}`;
    expect(find(before, linked)).toEqual([]);
  });
});

describe('our own supergraph', () => {
  const supergraph = readFileSync(join(checkout, 'schema/supergraph.graphql'), 'utf8');

  test('is no change of what is downloaded of it', () => {
    expect(find(supergraph, publishedSdl(parse(supergraph)))).toEqual([]);
  });

  test('breaks where a field of the record becomes @attested', () => {
    const after = supergraph.replace(
      'registeredAt: DateTime!',
      'registeredAt: DateTime! @attested(policy: "patient-record")',
    );
    expect(find(supergraph, after)).toEqual([
      'breaking ATTESTED_ADDED Patient.registeredAt is @attested(policy: patient-record) now: callers over plain channels are refused.',
    ]);
  });
});
