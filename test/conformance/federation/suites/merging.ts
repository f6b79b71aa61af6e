import { byKey, link, type FederationSuite } from '../suite.js';

const guests = [
  { id: 'g1', rank: 'REGULAR' },
  { id: 'g2', rank: 'ANONYMOUS' },
];

const enums: FederationSuite = {
  id: 'enum-intersection',
  about: 'An enum that is an input has the values that all subgraphs know; others are refused, and null in answers.',
  subgraphs: () => [
    {
      name: 'a',
      sdl: `${link('2.3', '@key', '@shareable')}
        type Query { guests: [Guest!]! guestsByRank(rank: Rank!): [Guest!]! strict: Strict first: Color }
        type Guest @key(fields: "id") { id: ID! rank: Rank @shareable }
        type Strict { rank: Rank! }
        enum Rank { REGULAR ANONYMOUS }
        enum Color { RED BLUE }`,
      resolvers: {
        Query: {
          guests: () => guests,
          guestsByRank: (_: unknown, { rank }: { rank: string }) => guests.filter((guest) => guest.rank === rank),
          strict: () => ({ rank: 'ANONYMOUS' }),
          first: () => 'BLUE',
        },
        Guest: { __resolveReference: byKey(guests, 'id') },
      },
    },
    {
      name: 'b',
      sdl: `${link('2.3', '@key', '@shareable', '@inaccessible')}
        type Query { guestsB: [Guest!]! second: Color }
        type Guest @key(fields: "id") { id: ID! rank: Rank @shareable }
        enum Rank { REGULAR ANONYMOUS @inaccessible }
        enum Color { RED GREEN }`,
      resolvers: {
        Query: {
          guestsB: () => guests.map(({ id, rank }) => ({ id, rank: rank === 'REGULAR' ? rank : null })),
          second: () => 'GREEN',
        },
        Guest: { __resolveReference: byKey(guests, 'id') },
      },
    },
  ],
  cases: [
    { name: 'without the enum', query: '{ guests { id } }', data: { guests: [{ id: 'g1' }, { id: 'g2' }] } },
    {
      name: 'a value that callers may not know is null, with an error',
      query: '{ guests { id rank } }',
      data: {
        guests: [
          { id: 'g1', rank: 'REGULAR' },
          { id: 'g2', rank: null },
        ],
      },
      errors: [['guests', 1, 'rank']],
    },
    {
      name: 'where it may not be null it takes its parent',
      query: '{ strict { rank } }',
      data: { strict: null },
      errors: true,
    },
    {
      name: 'null stays null',
      query: '{ guestsB { rank } }',
      data: { guestsB: [{ rank: 'REGULAR' }, { rank: null }] },
    },
    {
      name: 'a known value as an argument',
      query: '{ guestsByRank(rank: REGULAR) { id rank } }',
      data: { guestsByRank: [{ id: 'g1', rank: 'REGULAR' }] },
    },
    { name: 'an unknown one is refused', query: '{ guestsByRank(rank: ANONYMOUS) { id } }', data: null, errors: true },
    {
      name: 'and in a variable',
      query: 'query ($rank: Rank!) { guestsByRank(rank: $rank) { id } }',
      variables: { rank: 'ANONYMOUS' },
      data: null,
      errors: true,
    },
    {
      name: 'an enum that is only an output is the union of both',
      query: '{ first second }',
      data: { first: 'BLUE', second: 'GREEN' },
    },
  ],
};

const inputs: FederationSuite = {
  id: 'input-object-intersection',
  about: 'An input object has the fields that all subgraphs know.',
  subgraphs: () => [
    {
      name: 'a',
      sdl: `${link('2.3', '@shareable')}
        type Query { inA(filter: Filter): [String!]! many(filters: [Filter!]!): Int! nested(outer: Outer!): String! }
        input Filter { first: Int! second: Int }
        input Outer { inner: Filter list: [Filter!] = [{ first: 3 }] flag: Boolean = true }`,
      resolvers: {
        Query: {
          inA: (_: unknown, { filter }: { filter?: object }) =>
            Object.entries(filter ?? {}).map(([key, value]) => `${key}=${String(value)}`),
          many: (_: unknown, { filters }: { filters: { first: number }[] }) =>
            filters.reduce((sum, { first }) => sum + first, 0),
          nested: (_: unknown, { outer }: { outer: object }) => JSON.stringify(outer),
        },
      },
    },
    {
      name: 'b',
      sdl: `${link('2.3', '@shareable')}
        type Query { inB(filter: Filter): [String!]! }
        input Filter { first: Int! only: String }`,
      resolvers: {
        Query: {
          inB: (_: unknown, { filter }: { filter?: object }) =>
            Object.entries(filter ?? {}).map(([key, value]) => `${key}=${String(value)}`),
        },
      },
    },
  ],
  cases: [
    {
      name: 'the field that both know',
      query: '{ inA(filter: { first: 1 }) inB(filter: { first: 2 }) }',
      data: { inA: ['first=1'], inB: ['first=2'] },
    },
    {
      name: 'one that only one knows is refused',
      query: '{ inA(filter: { first: 1, second: 2 }) }',
      data: null,
      errors: true,
    },
    {
      name: 'by variables',
      query: 'query ($filter: Filter!) { inA(filter: $filter) inB(filter: $filter) }',
      variables: { filter: { first: 5 } },
      data: { inA: ['first=5'], inB: ['first=5'] },
    },
    {
      name: 'one that only one knows is refused in variables',
      query: 'query ($filter: Filter!) { inB(filter: $filter) }',
      variables: { filter: { first: 5, only: 'x' } },
      data: null,
      errors: true,
    },
    {
      name: 'a variable inside the object, inside a list',
      query: 'query ($n: Int!) { many(filters: [{ first: $n }, { first: 2 }]) }',
      variables: { n: 40 },
      data: { many: 42 },
    },
    {
      name: 'defaults of input fields',
      query: '{ nested(outer: { inner: { first: 1 } }) }',
      data: { nested: '{"inner":{"first":1},"list":[{"first":3}],"flag":true}' },
    },
    {
      name: 'an argument that is left out, null, and given',
      query: '{ a: inA b: inA(filter: null) c: inA(filter: { first: 0 }) }',
      data: { a: [], b: [], c: ['first=0'] },
    },
    {
      name: 'a variable that is left out leaves its argument out',
      query: 'query ($filter: Filter) { inA(filter: $filter) }',
      data: { inA: [] },
    },
  ],
};

const secrets: FederationSuite = {
  id: 'simple-inaccessible',
  about: 'What is inaccessible cannot be asked for, and is used inside all the same.',
  subgraphs: () => [
    {
      name: 'people',
      sdl: `${link('2.3', '@key', '@inaccessible', '@shareable')}
        type Query { people: [Person!]! hidden: String @inaccessible any: Thing }
        type Person @key(fields: "number") { number: ID! @inaccessible name: String! secret: Secret @inaccessible }
        type Secret @inaccessible { word: String! }
        union Thing = Person | Ghost
        type Ghost @inaccessible { age: Int! }`,
      resolvers: {
        Query: {
          people: () => [
            { number: 'n1', name: 'Ann' },
            { number: 'n2', name: 'Ben' },
          ],
          hidden: () => 'hidden',
          any: () => ({ __typename: 'Ghost', age: 900 }),
        },
        Person: {
          __resolveReference: ({ number }: { number: string }) => ({ number, name: number === 'n1' ? 'Ann' : 'Ben' }),
        },
      },
    },
    {
      name: 'friends',
      sdl: `${link('2.3', '@key', '@inaccessible')}
        type Person @key(fields: "number") {
          number: ID! @inaccessible
          friends(kind: Kind = FRIEND @inaccessible, most: Int): [Person!]!
          kind: Kind
          via: Via!
        }
        enum Kind { FRIEND FAMILY @inaccessible }
        type Via { kind: Kind place: Place! }
        interface Place { name: String! }
        type Town implements Place { name: String! zip: String! @inaccessible }
        type Lair implements Place @inaccessible { name: String! }`,
      resolvers: {
        Person: {
          friends: ({ number }: { number: string }, { kind }: { kind?: string }) =>
            kind === 'FRIEND' ? [{ number: number === 'n1' ? 'n2' : 'n1' }] : [],
          kind: () => 'FAMILY',
          via: ({ number }: { number: string }) => ({
            kind: 'FRIEND',
            place: number === 'n1' ? { __typename: 'Town', name: 'Town' } : { __typename: 'Town', name: 'Other' },
          }),
        },
      },
    },
  ],
  cases: [
    {
      name: 'a key that is inaccessible joins all the same',
      query: '{ people { name friends { name } } }',
      data: {
        people: [
          { name: 'Ann', friends: [{ name: 'Ben' }] },
          { name: 'Ben', friends: [{ name: 'Ann' }] },
        ],
      },
    },
    { name: 'the key cannot be asked for', query: '{ people { number } }', data: null, errors: true },
    { name: 'nor a root field', query: '{ hidden }', data: null, errors: true },
    { name: 'nor an argument', query: '{ people { friends(kind: FRIEND) { name } } }', data: null, errors: true },
    { name: 'nor a type in a condition', query: '{ any { ... on Ghost { age } } }', data: null, errors: true },
    {
      name: 'an accessible argument beside it',
      query: '{ people { friends(most: 1) { name } } }',
      data: { people: [{ friends: [{ name: 'Ben' }] }, { friends: [{ name: 'Ann' }] }] },
    },
    {
      name: 'a value of an enum that is inaccessible is null',
      query: '{ people { kind via { kind place { name } } } }',
      data: {
        people: [
          { kind: null, via: { kind: 'FRIEND', place: { name: 'Town' } } },
          { kind: null, via: { kind: 'FRIEND', place: { name: 'Other' } } },
        ],
      },
      errors: true,
    },
    {
      name: 'introspection does not show it',
      query:
        '{ __type(name: "Person") { fields { name args { name } } } secret: __type(name: "Secret") { name } __schema { queryType { fields { name } } } }',
      data: {
        __type: {
          fields: [
            { name: 'friends', args: [{ name: 'most' }] },
            { name: 'kind', args: [] },
            { name: 'via', args: [] },
            { name: 'name', args: [] },
          ],
        },
        secret: null,
        __schema: { queryType: { fields: [{ name: 'people' }, { name: 'any' }] } },
      },
    },
    {
      name: 'a value whose type is inaccessible is null',
      query: '{ any { __typename } }',
      data: { any: null },
      errors: 'any',
    },
  ],
};

const argumentsMerged: FederationSuite = {
  id: 'argument-intersection',
  about: 'A shared field has the arguments that all subgraphs know, and types that fit all.',
  subgraphs: () => [
    {
      name: 'a',
      sdl: `${link('2.3', '@shareable', '@key')}
        type Query { greet(name: String, loud: Boolean = false): String @shareable size(of: Int!): Size @shareable }
        interface Size { cm: Int }
        type Shirt implements Size @shareable { cm: Int! tag: String }`,
      resolvers: {
        Query: {
          greet: (_: unknown, { name }: { name?: string }) => `hello ${name ?? 'all'}`,
          size: (_: unknown, { of }: { of: number }) => ({ __typename: 'Shirt', cm: of, tag: 't' }),
        },
      },
    },
    {
      name: 'b',
      sdl: `${link('2.3', '@shareable', '@key')}
        type Query { greet(name: String): String! @shareable size(of: Int!): Shirt @shareable extra: Int }
        interface Size { cm: Int }
        type Shirt implements Size @shareable { cm: Int tag: String! }`,
      resolvers: {
        Query: {
          greet: (_: unknown, { name }: { name?: string }) => `hello ${name ?? 'all'}`,
          size: (_: unknown, { of }: { of: number }) => ({ cm: of, tag: 't' }),
          extra: () => 1,
        },
      },
    },
  ],
  cases: [
    { name: 'the argument that both know', query: '{ greet(name: "Ann") }', data: { greet: 'hello Ann' } },
    { name: 'one that only one knows is refused', query: '{ greet(loud: true) }', data: null, errors: true },
    {
      name: 'a type here and its interface there',
      query: '{ size(of: 4) { __typename cm ... on Shirt { tag } } }',
      data: { size: { __typename: 'Shirt', cm: 4, tag: 't' } },
    },
    { name: 'with a field of one of them', query: '{ extra greet }', data: { extra: 1, greet: 'hello all' } },
  ],
};

export const merging: readonly FederationSuite[] = [enums, inputs, secrets, argumentsMerged];
