import { byKey, byKeyWithGiven, link, type FederationSuite } from '../suite.js';

const rooms = [
  { id: 'r1', name: 'One', price: 5, area: 3 },
  { id: 'r2', name: 'Two', price: 50, area: 4 },
];

function never(): never {
  throw new Error('nobody asked for it');
}

const includeSkip: FederationSuite = {
  id: 'include-skip',
  about: 'What is skipped is not fetched, and not computed; neither is what it would require.',
  subgraphs: () => [
    {
      name: 'a',
      sdl: `${link('2.3', '@key', '@shareable')}
        type Query { room: Room rooms: [Room!]! }
        type Room @key(fields: "id") { id: ID! name: String! price: Int! }`,
      resolvers: {
        Query: { room: () => rooms[0], rooms: () => rooms },
        Room: { __resolveReference: byKey(rooms, 'id') },
      },
    },
    {
      name: 'b',
      sdl: `${link('2.3', '@key', '@requires', '@external')}
        type Room @key(fields: "id") {
          id: ID! price: Int! @external dear: Boolean! @requires(fields: "price") cost: Int! @requires(fields: "price")
        }`,
      resolvers: {
        Room: {
          __resolveReference: byKeyWithGiven(
            rooms.map(({ id }) => ({ id })),
            'id',
          ),
          dear: ({ price }: { price: number }) => price > 20,
          cost: ({ price }: { price: number }) => price * 2,
        },
      },
    },
    {
      name: 'c',
      sdl: `${link('2.3', '@key', '@requires', '@external')}
        type Room @key(fields: "id") {
          id: ID! dear: Boolean! @external
          shown: Boolean! @requires(fields: "dear")
          never: Boolean! @requires(fields: "dear")
          area: Area!
        }
        type Area { size: Int! never: Int! }`,
      resolvers: {
        Room: {
          __resolveReference: byKeyWithGiven(
            rooms.map(({ id, area }) => ({ id, size: area })),
            'id',
          ),
          shown: ({ dear }: { dear?: boolean }) => dear !== undefined,
          never,
          area: ({ id }: { id: string }) => ({ size: rooms.find((room) => room.id === id)?.area }),
        },
        Area: { never },
      },
    },
  ],
  cases: [
    {
      name: '@include false on an entity’s field',
      query: 'query ($on: Boolean = false) { room { price never @include(if: $on) } }',
      data: { room: { price: 5 } },
      fetches: 1,
    },
    {
      name: '@skip true on an entity’s field',
      query: 'query ($off: Boolean = true) { room { price never @skip(if: $off) } }',
      data: { room: { price: 5 } },
      fetches: 1,
    },
    {
      name: '@include true',
      query: 'query ($on: Boolean = false) { room { price shown @include(if: $on) } }',
      variables: { on: true },
      data: { room: { price: 5, shown: true } },
    },
    {
      name: '@skip false',
      query: 'query ($off: Boolean = true) { room { shown @skip(if: $off) } }',
      variables: { off: false },
      data: { room: { shown: true } },
    },
    {
      name: 'constants',
      query: '{ room { name @skip(if: false) never @skip(if: true) shown @include(if: true) } }',
      data: { room: { name: 'One', shown: true } },
    },
    {
      name: 'both on one field: all four ways',
      query: `query ($t: Boolean!, $f: Boolean!) {
        room { a: dear @include(if: $t) @skip(if: $f) b: never @include(if: $f) @skip(if: $f) c: never @include(if: $t) @skip(if: $t) d: never @include(if: $f) @skip(if: $t) }
      }`,
      variables: { t: true, f: false },
      data: { room: { a: false } },
    },
    {
      name: 'on inline fragments',
      query:
        'query ($on: Boolean!) { rooms { id ... @include(if: $on) { dear } ... on Room @skip(if: $on) { never } } }',
      variables: { on: true },
      data: {
        rooms: [
          { id: 'r1', dear: false },
          { id: 'r2', dear: true },
        ],
      },
    },
    {
      name: 'on a named fragment',
      query:
        'query ($on: Boolean!) { room { ...F @include(if: $on) ...G @skip(if: $on) } } fragment F on Room { dear } fragment G on Room { never }',
      variables: { on: true },
      data: { room: { dear: false } },
    },
    {
      name: 'conditions inside conditions',
      query:
        'query ($a: Boolean!, $b: Boolean!) { room { name ... @include(if: $a) { area { size @include(if: $b) never @skip(if: $b) } } } }',
      variables: { a: true, b: true },
      data: { room: { name: 'One', area: { size: 3 } } },
    },
    {
      name: 'inside an object: nothing of it is left, and the object stays',
      query: 'query ($b: Boolean!) { room { area { size @include(if: $b) never @include(if: $b) } } }',
      variables: { b: false },
      data: { room: { area: {} } },
    },
    {
      name: 'on the root field',
      query: 'query ($on: Boolean!) { room @include(if: $on) { never } rooms @skip(if: $on) { id dear } }',
      variables: { on: false },
      data: {
        rooms: [
          { id: 'r1', dear: false },
          { id: 'r2', dear: true },
        ],
      },
    },
    {
      name: 'nothing is left at all',
      query: 'query ($on: Boolean!) { room @include(if: $on) { name } }',
      variables: { on: false },
      data: {},
      fetches: 1,
    },
    {
      name: 'the same field with and without a condition',
      query: 'query ($on: Boolean!) { room { dear @include(if: $on) dear } }',
      variables: { on: false },
      data: { room: { dear: false } },
    },
    {
      name: 'the same object twice, each with a condition of its own',
      query:
        'query ($a: Boolean!, $b: Boolean!) { room { area @include(if: $a) { size } area @include(if: $b) { never } } }',
      variables: { a: true, b: false },
      data: { room: { area: { size: 3 } } },
    },
    {
      name: 'a condition on a field that a chosen field requires',
      query: 'query ($on: Boolean!) { room { price @include(if: $on) dear } }',
      variables: { on: false },
      data: { room: { dear: false } },
    },
    {
      name: 'two entity fields, each with a condition of its own',
      query:
        'query ($a: Boolean!, $b: Boolean!) { rooms { dear @include(if: $a) never @include(if: $b) cost @skip(if: $b) } }',
      variables: { a: true, b: false },
      data: {
        rooms: [
          { dear: false, cost: 10 },
          { dear: true, cost: 100 },
        ],
      },
    },
    {
      name: 'on __typename',
      query: 'query ($on: Boolean!) { room { __typename @include(if: $on) t: __typename @skip(if: $on) } }',
      variables: { on: false },
      data: { room: { t: 'Room' } },
    },
    {
      name: 'a condition without its variable is refused',
      query: 'query ($on: Boolean!) { room { name @include(if: $on) } }',
      data: null,
      errors: true,
    },
  ],
};

export const conditions: readonly FederationSuite[] = [includeSkip];
