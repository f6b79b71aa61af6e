import { describe, expect, test } from '@jest/globals';
import { Supergraph } from '@apollo/federation-internals';
import { createContracts } from '../../../gateway/contracts/contracts.js';
import type { Contract } from '../../../gateway/contracts/contract.js';
import type { ContractFilter } from '../../../gateway/contracts/hide.js';
import { composed, onlyContract } from './supergraphs.js';

function contractOf(sdl: string | readonly string[], filter: Partial<ContractFilter>): Contract {
  const supergraphSdl = typeof sdl === 'string' ? composed(sdl) : composed(...sdl);
  const { all } = createContracts({ supergraphSdl, contracts: [onlyContract(filter)] });
  const [contract] = all;
  if (contract === undefined) throw new Error('There is no contract.');
  return contract;
}

const secret = { exclude: ['secret'] };
const partner = { include: ['partner'] };

/** Coordinates with their reason, each of which begins a case. */
type Row = readonly [what: string, sdl: string, filter: Partial<ContractFilter>, shown: string, hidden: string];

describe('tags', () => {
  const rows: readonly Row[] = [
    [
      'that are excluded hide fields',
      'type Query { a: Int b: Int @tag(name: "secret") }',
      secret,
      'Query.a',
      'Query.b',
    ],
    [
      'that are excluded hide optional arguments',
      'type Query { a(x: Int, y: Int @tag(name: "secret")): Int }',
      secret,
      'Query.a(x:)',
      'Query.a(y:)',
    ],
    [
      'that are excluded hide enum values',
      'type Query { a: E } enum E { X Y @tag(name: "secret") }',
      secret,
      'E.X',
      'E.Y',
    ],
    [
      'that are excluded hide optional input fields',
      'type Query { a(i: I): Int } input I { x: Int y: Int @tag(name: "secret") }',
      secret,
      'I.x',
      'I.y',
    ],
    [
      'that are excluded hide members of unions',
      'type Query { a: U } union U = A | B type A { x: Int } type B @tag(name: "secret") { y: Int }',
      secret,
      'U A',
      'B',
    ],
    [
      'of a type are those of its fields',
      'type Query { a: A @tag(name: "partner") } type A @tag(name: "partner") { x: Int y: Int }',
      partner,
      'Query.a A.x A.y',
      '',
    ],
    [
      'that are included are wanted of fields',
      'type Query { a: Int @tag(name: "partner") b: Int }',
      partner,
      'Query.a',
      'Query.b',
    ],
    [
      'that are included are wanted of unions',
      'type Query { a: A @tag(name: "partner") } union U = A type A @tag(name: "partner") { x: Int }',
      { ...partner, removeUnreachable: false },
      'Query.a A',
      'U',
    ],
    [
      'that are included are not wanted of arguments, enum values, input fields and scalars',
      'type Query { a(e: E, i: I, s: S): Int @tag(name: "partner") } enum E { X } input I { x: Int } scalar S',
      partner,
      'Query.a(e:) Query.a(i:) E.X I.x S',
      '',
    ],
    [
      'on one field include its type',
      'type Query { a: A @tag(name: "partner") } type A { x: Int @tag(name: "partner") y: Int }',
      partner,
      'A A.x',
      'A.y',
    ],
    [
      'that are excluded win over tags that are included',
      'type Query { a: Int @tag(name: "partner") b: Int @tag(name: "partner") @tag(name: "secret") }',
      { ...partner, ...secret },
      'Query.a',
      'Query.b',
    ],
    [
      'of a type that are excluded win over tags of its field that are included',
      'type Query { a: Int @tag(name: "partner") } type A @tag(name: "secret") { x: Int @tag(name: "partner") }',
      { ...partner, ...secret },
      'Query.a',
      'A A.x',
    ],
    [
      'that are included are as good as each other',
      'type Query { a: Int @tag(name: "partner") b: Int @tag(name: "public") c: Int }',
      { include: ['partner', 'public'] },
      'Query.a Query.b',
      'Query.c',
    ],
  ];
  test.each(rows)('%s', (_what, sdl, filter, shown, hidden) => {
    const { coordinates } = contractOf(sdl, filter);
    for (const coordinate of shown.split(' ')) expect(coordinates).toContain(coordinate);
    for (const coordinate of hidden.split(' ').filter((text) => text !== ''))
      expect(coordinates).not.toContain(coordinate);
  });

  test('of one subgraph hold for what another adds to the same type', () => {
    const { coordinates } = contractOf(
      [
        'type Query { a: A @tag(name: "partner") } type A @key(fields: "id") @tag(name: "partner") { id: ID }',
        'type A @key(fields: "id") { id: ID more: Int }',
      ],
      partner,
    );
    expect(coordinates).toContain('A.more');
  });

  test('go by the name that the subgraph gives them', () => {
    const sdl = composed('type Query { a: Int b: Int @tag(name: "secret") }')
      .replace('/tag/v0.3")', '/tag/v0.3", import: [{name: "@tag", as: "@mark"}])')
      .replaceAll('@tag(name: "secret")', '@mark(name: "secret")')
      .replace('directive @tag(', 'directive @mark(');
    const { all } = createContracts({ supergraphSdl: sdl, contracts: [onlyContract(secret)] });
    expect(all[0]?.coordinates).not.toContain('Query.b');
    expect(all[0]?.sdl).not.toContain('mark');
  });
});

describe('types', () => {
  const rows: readonly Row[] = [
    [
      'of which nothing is left are hidden',
      'type Query { a: Int } type A { x: Int @tag(name: "secret") } enum E { X @tag(name: "secret") } input I { x: Int @tag(name: "secret") }',
      { ...secret, removeUnreachable: false },
      'Query.a',
      'A E I',
    ],
    [
      'that are unions without members are hidden',
      'type Query { a: Int } union U = A type A { x: Int @tag(name: "secret") }',
      { ...secret, removeUnreachable: false },
      'Query.a',
      'U A',
    ],
    [
      'that are the root of mutations are hidden when they are empty',
      'type Query { a: Int } type Mutation { b: Int @tag(name: "secret") }',
      secret,
      'Query',
      'Mutation',
    ],
    [
      'that nothing leads to are hidden',
      'type Query { a: Int b: B @tag(name: "secret") } type B { c: C } type C { e(i: I): E } enum E { X } input I { s: S } scalar S',
      secret,
      'Query.a',
      'B C E I S',
    ],
    [
      'that nothing leads to stay where that is not asked for',
      'type Query { a: Int b: B @tag(name: "secret") } type B { c: Int }',
      { ...secret, removeUnreachable: false },
      'B.c',
      'Query.b',
    ],
    [
      'that nothing leads to stay where they have an included tag, and so does what they lead to',
      'type Query { a: Int @tag(name: "partner") } type B @tag(name: "partner") { e: E } enum E { X }',
      partner,
      'B.e E.X',
      '',
    ],
    [
      'are reached through interfaces, implementations, unions and arguments',
      'type Query { n(i: In): N u: U } interface N { x: Int @tag(name: "secret") y: Int } type A implements N { x: Int y: Int e: E } union U = B type B { z: Int } enum E { X } input In { s: S } scalar S',
      secret,
      'A.e E B.z In.s S',
      'N.x',
    ],
    [
      'that refer to each other and to which nothing leads are hidden',
      'type Query { a: Int b: B @tag(name: "secret") } type B { c: C } type C { b: B }',
      secret,
      'Query.a',
      'B C',
    ],
    [
      'that their authors made inaccessible stay so',
      'type Query { a: Int b: Int @inaccessible c: Int @tag(name: "secret") }',
      secret,
      'Query.a',
      'Query.b Query.c',
    ],
  ];
  test.each(rows)('%s', (_what, sdl, filter, shown, hidden) => {
    const { coordinates } = contractOf(sdl, filter);
    for (const coordinate of shown.split(' ')) expect(coordinates).toContain(coordinate);
    for (const coordinate of hidden.split(' ').filter((text) => text !== ''))
      expect(coordinates).not.toContain(coordinate);
  });

  test('of objects that are hidden leave an interface that others implement', () => {
    const { schema } = contractOf(
      'type Query { i: I } interface I { x: Int } type A implements I { x: Int } type B implements I @tag(name: "secret") { x: Int }',
      secret,
    );
    expect(schema.getImplementations(schema.getType('I') as never).objects.map(({ name }) => name)).toEqual(['A']);
  });

  test('of interfaces that are hidden leave the objects', () => {
    const { sdl } = contractOf(
      'type Query { a: A } interface I @tag(name: "secret") { x: Int } type A implements I { x: Int }',
      secret,
    );
    expect(sdl).toContain('type A {');
  });
});

describe('a contract is refused, with the coordinate and the reason,', () => {
  const rows: [why: string, sdl: string, filter: Partial<ContractFilter>, problem: string][] = [
    [
      'where a field is left whose type is hidden',
      'type Query { a: A } type A @tag(name: "secret") { x: Int }',
      secret,
      'Query.a is of the type A, which has the excluded tag secret',
    ],
    [
      'where an argument is left whose type is hidden',
      'type Query { a(e: E): Int } enum E @tag(name: "secret") { X }',
      secret,
      'Query.a(e:) is of the type E, which has the excluded tag secret',
    ],
    [
      'where an input field is left whose type is hidden',
      'type Query { a(i: I): Int } input I { x: Int s: S } scalar S @tag(name: "secret")',
      secret,
      'I.s is of the type S, which has the excluded tag secret',
    ],
    [
      'where a field is left of a type that became empty',
      'type Query { a: A } type A { x: Int @tag(name: "secret") }',
      secret,
      'Query.a is of the type A, which has nothing that is not hidden',
    ],
    [
      'where a field is left of a union that became empty',
      'type Query { a: U } union U = A type A @tag(name: "secret") { x: Int }',
      secret,
      'Query.a is of the type U, which has no member that is not hidden',
    ],
    [
      'where a required argument is hidden',
      'type Query { a(x: Int! @tag(name: "secret")): Int }',
      secret,
      'Query.a(x:) is required, and has the excluded tag secret',
    ],
    [
      'where a required input field is hidden',
      'type Query { a(i: I): Int } input I { x: Int y: Int! @tag(name: "secret") }',
      secret,
      'I.y is required, and has the excluded tag secret',
    ],
    [
      'where an object lacks what its interface promises',
      'type Query { i: I } interface I { x: Int } type A implements I { x: Int @tag(name: "secret") y: Int }',
      secret,
      'A.x is promised by I.x, and has the excluded tag secret',
    ],
    [
      'where an object lacks an argument that its interface promises',
      'type Query { i: I } interface I { x(a: Int): Int } type A implements I { x(a: Int @tag(name: "secret")): Int }',
      secret,
      'A.x(a:) is promised by I.x(a:), and has the excluded tag secret',
    ],
    [
      'where an object requires an argument that its interface hides',
      'type Query { i: I } interface I { x(a: Int! @tag(name: "secret")): Int } type A implements I { x(a: Int!): Int }',
      secret,
      'A.x(a:) is required, and I.x(a:) has the excluded tag secret',
    ],
    [
      'where a default is an enum value that is hidden',
      'type Query { a(e: E = Y): Int } enum E { X Y @tag(name: "secret") }',
      secret,
      'Query.a(e:) has a default with E.Y, which has the excluded tag secret',
    ],
    [
      'where a default has an input field that is hidden, deep inside',
      'type Query { a(i: [I!] = [{ i: { x: 1 } }]): Int } input I { i: I x: Int @tag(name: "secret") }',
      secret,
      'Query.a(i:) has a default with I.x, which has the excluded tag secret',
    ],
    [
      'where an input field has a default that is hidden',
      'type Query { a(i: I): Int } input I { e: E = Y } enum E { X Y @tag(name: "secret") }',
      secret,
      'I.e has a default with E.Y, which has the excluded tag secret',
    ],
    [
      'where nothing of the root of queries is left',
      'type Query { a: Int } type A @tag(name: "partner") { x: Int }',
      partner,
      'Query is the root of queries and has nothing that is not hidden',
    ],
    [
      'where the root of queries has an excluded tag',
      'type Query @tag(name: "secret") { a: Int }',
      secret,
      'Query is the root of queries and has the excluded tag secret',
    ],
    [
      'where a tag is on nothing',
      'type Query { a: Int b: Int @tag(name: "secret") }',
      { exclude: ['secrte'] },
      'nothing has the tag secrte',
    ],
  ];
  test.each(rows)('%s', (_why, sdl, filter, problem) => {
    expect(() => contractOf(sdl, filter)).toThrow(
      expect.objectContaining({
        code: 'CONFIGURATION_INVALID',
        message: expect.stringContaining(`- only: ${problem}`),
      }),
    );
  });
});

describe('what a contract hands to executors', () => {
  test('is a supergraph that Apollo reads, with all that planning needs', () => {
    const { supergraphSdl } = contractOf(
      [
        'type Query { a: A } type A @key(fields: "id") { id: ID @tag(name: "secret") x: Int }',
        'type A @key(fields: "id") { id: ID y: Int @tag(name: "secret") }',
      ],
      secret,
    );
    expect(supergraphSdl).toContain('@link(url: "https://specs.apollo.dev/inaccessible/v0.2", for: SECURITY)');
    expect(supergraphSdl).toMatch(/id: ID @tag\(name: "secret"\) @inaccessible/);
    const api = Supergraph.build(supergraphSdl).apiSchema();
    expect(api.type('A')?.toString()).toBe('A');
    expect(supergraphSdl).toContain('key: "id"');
  });

  test('is the supergraph as it was where nothing is hidden', () => {
    const { supergraphSdl } = contractOf('type Query { a: Int @tag(name: "x") }', { removeUnreachable: false });
    expect(supergraphSdl).not.toContain('@inaccessible');
  });
});

describe('the text of a contract', () => {
  test('tells under which conditions fields are served', () => {
    const { sdl } = contractOf(
      'type Query { a: Int @authenticated @tag(name: "partner") b: Int @requiresScopes(scopes: [["x"]]) @tag(name: "partner") }',
      partner,
    );
    expect(sdl).toContain('a: Int @authenticated');
    expect(sdl).toContain('b: Int @requiresScopes(scopes: [["x"]])');
  });

  test('has another validator when it is another text', () => {
    const sdl = 'type Query { a: Int @tag(name: "partner") b: Int @tag(name: "public") }';
    const [one, same, other] = [['partner'], ['partner'], ['public']].map((include) => contractOf(sdl, { include }));
    expect(one?.etag).toMatch(/^"[\w-]{43}"$/);
    expect(same?.etag).toBe(one?.etag);
    expect(other?.etag).not.toBe(one?.etag);
  });
});
