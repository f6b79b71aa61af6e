import { byKey, link, type FederationSuite, type SuiteSubgraph } from '../suite.js';

const users = [
  { id: 'u1', rid: 'r1', name: 'Ann', nickname: 'an' },
  { id: 'u2', rid: 'r2', name: 'Ben', nickname: 'be' },
];

const cases: FederationSuite['cases'] = [
  { name: 'all from the root', query: '{ randomUser { id rid } }', data: { randomUser: { id: 'u1', rid: 'r1' } } },
  { name: 'an extended entity', query: '{ randomUser { name } }', data: { randomUser: { name: 'Ann' } } },
  {
    name: 'from the owner',
    query: '{ user(id: "u2") { id name nickname } }',
    data: { user: { id: 'u2', name: 'Ben', nickname: 'be' } },
  },
  {
    name: 'both ways',
    query: '{ randomUser { id name nickname rid } user(id: "u2") { rid name } }',
    data: { randomUser: { id: 'u1', name: 'Ann', nickname: 'an', rid: 'r1' }, user: { rid: 'r2', name: 'Ben' } },
  },
];

/** The subgraph that extends, in several spellings of the same. */
function extending(sdl: string): SuiteSubgraph {
  return {
    name: 'extending',
    sdl,
    resolvers: {
      Query: { randomUser: () => ({ id: 'u1', rid: 'r1' }) },
      User: {
        __resolveReference: ({ id }: { id: string }) => ({ id }),
        rid: ({ id }: { id: string }) => users.find((user) => user.id === id)?.rid,
      },
    },
  };
}

function owning(sdl: string): SuiteSubgraph {
  return {
    name: 'owning',
    sdl,
    resolvers: {
      Query: { user: (_: unknown, { id }: { id: string }) => users.find((user) => user.id === id) },
      User: { __resolveReference: byKey(users, 'id') },
    },
  };
}

const owner =
  'type Query { user(id: ID!): User } type User @key(fields: "id") { id: ID! name: String! nickname: String }';
const fed2Owner = `${link('2.3', '@key')} ${owner}`;

const spellings: readonly FederationSuite[] = [
  {
    id: 'fed1-external-extends',
    about: 'Two subgraphs of version 1, one with @extends.',
    subgraphs: () => [
      extending('type Query { randomUser: User } type User @extends @key(fields: "id") { id: ID! @external rid: ID }'),
      owning(owner),
    ],
    cases,
  },
  {
    id: 'fed1-external-extension',
    about: 'Two subgraphs of version 1, one with extend type.',
    subgraphs: () => [
      extending(
        'extend type Query { randomUser: User } extend type User @key(fields: "id") { id: ID! @external rid: ID }',
      ),
      owning(owner.replaceAll('type Query', 'extend type Query')),
    ],
    cases,
  },
  {
    id: 'fed2-external-extends',
    about: 'Version 2 with @extends and an external key.',
    subgraphs: () => [
      extending(`${link('2.3', '@key', '@external', '@extends')}
        type Query { randomUser: User } type User @extends @key(fields: "id") { id: ID! @external rid: ID }`),
      owning(fed2Owner),
    ],
    cases,
  },
  {
    id: 'fed2-external-extension',
    about: 'Version 2 with extend type and an external key.',
    subgraphs: () => [
      extending(`${link('2.3', '@key', '@external')}
        type Query { randomUser: User } extend type User @key(fields: "id") { id: ID! @external rid: ID }`),
      owning(fed2Owner),
    ],
    cases,
  },
  {
    id: 'fed1-extends-fed2',
    about: 'A subgraph of version 1 extends an entity of version 2.',
    subgraphs: () => [
      extending('type Query { randomUser: User } extend type User @key(fields: "id") { id: ID! @external rid: ID }'),
      owning(fed2Owner),
    ],
    cases,
  },
  {
    id: 'fed2-extends-fed1',
    about: 'A subgraph of version 2 adds to an entity of version 1.',
    subgraphs: () => [
      extending(
        `${link('2.3', '@key')} type Query { randomUser: User } type User @key(fields: "id") { id: ID! rid: ID }`,
      ),
      owning(owner),
    ],
    cases,
  },
];

const products = [
  { id: 'p1', upc: 'c1', name: 'Pen', price: 2 },
  { id: 'p2', upc: 'c2', name: 'Ink', price: 9 },
];

const resolvable: FederationSuite = {
  id: 'fed1-external-extends-resolvable',
  about: 'An extension of version 1 that has keys of its own leads on to a third subgraph.',
  subgraphs: () => [
    {
      name: 'a',
      sdl: 'type Query { productInA: Product } type Product @key(fields: "id") @key(fields: "upc") { id: ID! upc: ID! name: String! }',
      resolvers: {
        Query: { productInA: () => products[0] },
        Product: {
          __resolveReference: ({ id, upc }: { id?: string; upc?: string }) =>
            products.find((product) => product.id === id || product.upc === upc) ?? null,
        },
      },
    },
    {
      name: 'b',
      sdl: 'type Product @extends @key(fields: "id") @key(fields: "upc") { id: ID! @external upc: ID! @external price: Int }',
      resolvers: {
        Product: {
          __resolveReference: ({ id, upc }: { id?: string; upc?: string }) =>
            products.find((product) => product.id === id || product.upc === upc) ?? null,
        },
      },
    },
    {
      name: 'c',
      sdl: 'extend type Query { byUpc: [Product] } type Product @extends @key(fields: "upc") { upc: ID! @external stock: Int }',
      resolvers: {
        Query: { byUpc: () => products.map(({ upc }) => ({ upc })) },
        Product: { stock: ({ upc }: { upc: string }) => Number(upc.slice(1)) },
      },
    },
  ],
  cases: [
    {
      name: 'from the owner',
      query: '{ productInA { id name price stock } }',
      data: { productInA: { id: 'p1', name: 'Pen', price: 2, stock: 1 } },
    },
    {
      name: 'from the one that knows least',
      query: '{ byUpc { name price stock } }',
      data: {
        byUpc: [
          { name: 'Pen', price: 2, stock: 1 },
          { name: 'Ink', price: 9, stock: 2 },
        ],
      },
    },
  ],
};

const mysterious: FederationSuite = {
  id: 'mysterious-external',
  about: 'A key that is @external in a version 2 extension is resolved there all the same.',
  subgraphs: () => [
    {
      name: 'price',
      sdl: `${link('2.3', '@key', '@external')}
        type Query { cheapest: Product }
        extend type Product @key(fields: "id") { id: ID! @external price: Int }`,
      resolvers: { Query: { cheapest: () => products[0] }, Product: { __resolveReference: byKey(products, 'id') } },
    },
    {
      name: 'product',
      sdl: `${link('2.3', '@key', '@external')}
        type Query { products: [Product] }
        type Product @key(fields: "id") { id: ID! name: String }`,
      resolvers: { Query: { products: () => products }, Product: { __resolveReference: byKey(products, 'id') } },
    },
  ],
  cases: [
    {
      name: 'the external key alone',
      query: '{ cheapest { id price } }',
      data: { cheapest: { id: 'p1', price: 2 } },
      fetches: 1,
    },
    {
      name: 'across',
      query: '{ products { id name price } }',
      data: {
        products: [
          { id: 'p1', name: 'Pen', price: 2 },
          { id: 'p2', name: 'Ink', price: 9 },
        ],
      },
    },
    { name: 'back', query: '{ cheapest { name } }', data: { cheapest: { name: 'Pen' } } },
  ],
};

const requiresInVersion1: FederationSuite = {
  id: 'fed1-requires-provides',
  about: '@requires and @provides of version 1, with value types that both subgraphs have.',
  subgraphs: () => [
    {
      name: 'goods',
      sdl: 'type Query { goods: [Good] } type Good @key(fields: "id") { id: ID! size: Size weight: Int } type Size { w: Int h: Int }',
      resolvers: {
        Query: { goods: () => [{ id: 'g1', size: { w: 2, h: 3 }, weight: 7 }] },
        Good: { __resolveReference: ({ id }: { id: string }) => ({ id, size: { w: 2, h: 3 }, weight: 7 }) },
      },
    },
    {
      name: 'post',
      sdl: `extend type Good @key(fields: "id") {
          id: ID! @external size: Size @external weight: Int @external
          postage: Int @requires(fields: "size { w h } weight")
        }
        type Size { w: Int h: Int }
        type Query { parcels: [Parcel] }
        type Parcel { good: Good @provides(fields: "weight") }`,
      resolvers: {
        Query: { parcels: () => [{ good: { id: 'g1', weight: 70 } }] },
        Good: {
          postage: ({ size, weight }: { size: { w: number; h: number }; weight: number }) => size.w * size.h * weight,
        },
      },
    },
  ],
  cases: [
    { name: 'what requires', query: '{ goods { postage } }', data: { goods: [{ postage: 42 }] } },
    {
      name: 'what is provided',
      query: '{ parcels { good { weight } } }',
      data: { parcels: [{ good: { weight: 70 } }] },
      fetches: 1,
    },
    {
      name: 'beside the value type',
      query: '{ goods { size { h } postage weight } }',
      data: { goods: [{ size: { h: 3 }, postage: 42, weight: 7 }] },
    },
  ],
};

export const federation1: readonly FederationSuite[] = [...spellings, resolvable, mysterious, requiresInVersion1];
