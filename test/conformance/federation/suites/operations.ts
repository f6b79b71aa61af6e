import { byKey, byKeyWithGiven, link, type FederationSuite } from '../suite.js';

interface Visit {
  readonly id: string;
  readonly reason: string;
  readonly fee: number;
}

const mutations: FederationSuite = {
  id: 'mutations',
  about: 'Mutations run one after the other, across subgraphs, and what they give is completed afterwards.',
  subgraphs: () => {
    // What the mutations change: shared by the subgraphs, as a hospital is.
    const visits: Visit[] = [{ id: 'v1', reason: 'cough', fee: 30 }];
    let counter = 0;
    const log: string[] = [];
    return [
      {
        name: 'desk',
        sdl: `${link('2.3', '@key', '@shareable')}
          type Query { visits: [Visit!]! visit(id: ID!): Visit }
          type Mutation { book(input: VisitInput!): Visit add(n: Int!): Int! close: String! @shareable fail: Int }
          input VisitInput { reason: String! fee: Int! }
          type Visit @key(fields: "id") { id: ID! reason: String! fee: Int! }`,
        resolvers: {
          Query: {
            visits: () => visits,
            visit: (_: unknown, { id }: { id: string }) => visits.find((visit) => visit.id === id),
          },
          Mutation: {
            book: (_: unknown, { input }: { input: Omit<Visit, 'id'> }) => {
              const visit = { id: `v${visits.length + 1}`, ...input };
              visits.push(visit);
              return visit;
            },
            add: async (_: unknown, { n }: { n: number }) => {
              // Long enough for whatever would run beside it to get in between.
              await new Promise((resolve) => setTimeout(resolve, 20));
              counter += n;
              log.push('add');
              return counter;
            },
            close: () => {
              log.push('close');
              return 'closed';
            },
            fail: () => {
              throw new Error('it failed');
            },
          },
          Visit: { __resolveReference: byKey(visits, 'id') },
        },
      },
      {
        name: 'billing',
        sdl: `${link('2.3', '@key', '@requires', '@external', '@shareable')}
          type Mutation { multiply(by: Int!): Int! close: String! @shareable history: [String!]! settle(id: ID!): Visit }
          type Visit @key(fields: "id") { id: ID! fee: Int! @external dear: Boolean! @requires(fields: "fee") settled: Boolean! }`,
        resolvers: {
          Mutation: {
            multiply: (_: unknown, { by }: { by: number }) => {
              counter *= by;
              log.push('multiply');
              return counter;
            },
            close: () => {
              log.push('close');
              return 'closed';
            },
            history: () => {
              const taken = [...log];
              log.length = 0;
              return taken;
            },
            settle: (_: unknown, { id }: { id: string }) => ({ id, settled: true }),
          },
          Visit: {
            __resolveReference: (reference: { id: string; fee?: number }) => reference,
            dear: ({ fee }: { fee?: number }) => (fee ?? 0) > 100,
            settled: ({ settled }: { settled?: boolean }) => settled ?? false,
          },
        },
      },
    ];
  },
  cases: [
    {
      name: 'entity fields after a mutation',
      query: 'mutation { book(input: { reason: "fall", fee: 500 }) { id reason dear settled } }',
      data: { book: { id: 'v2', reason: 'fall', dear: true, settled: false } },
    },
    {
      name: 'it did happen once',
      query: '{ visits { id dear } }',
      data: {
        visits: [
          { id: 'v1', dear: false },
          { id: 'v2', dear: true },
        ],
      },
    },
    {
      name: 'in order, from one subgraph to another and back',
      query: 'mutation { five: add(n: 5) ten: multiply(by: 2) twelve: add(n: 2) again: multiply(by: 3) history }',
      data: { five: 5, ten: 10, twelve: 12, again: 36, history: ['add', 'multiply', 'add', 'multiply'] },
    },
    {
      name: 'a shared mutation runs once',
      query: 'mutation { close history }',
      data: { close: 'closed', history: ['close'] },
    },
    {
      name: 'one that fails does not keep the next from running',
      query: 'mutation { fail multiply(by: 1) history }',
      data: { fail: null, multiply: 36, history: ['multiply'] },
      errors: [['fail']],
    },
    {
      name: 'with variables, and an entity that the other subgraph returns',
      query:
        'mutation ($id: ID!, $input: VisitInput!) { book(input: $input) { id } settle(id: $id) { settled reason dear } }',
      variables: { id: 'v1', input: { reason: 'check', fee: 1 } },
      data: { book: { id: 'v3' }, settle: { settled: true, reason: 'cough', dear: false } },
    },
    {
      name: 'conditions on mutations',
      query: 'mutation ($on: Boolean!) { add(n: 1) @include(if: $on) multiply(by: 1) @skip(if: $on) history }',
      variables: { on: false },
      data: { multiply: 36, history: ['multiply'] },
    },
    {
      name: '__typename of the root',
      query: 'mutation { __typename multiply(by: 1) t: __typename }',
      data: { __typename: 'Mutation', multiply: 36, t: 'Mutation' },
    },
    {
      name: 'fragments on the root',
      query: 'mutation { ...A ... on Mutation { b: multiply(by: 1) } } fragment A on Mutation { a: add(n: 0) }',
      data: { a: 36, b: 36 },
    },
  ],
};

const shelves = [
  { id: 's1', name: 'one', price: 10, category: 'c1' },
  { id: 's2', name: 'two', price: 20, category: 'c2' },
];

const sharedRoots: FederationSuite = {
  id: 'shared-root',
  about: 'A root field that all subgraphs have, with values that only some have.',
  subgraphs: () => [
    {
      name: 'category',
      sdl: `${link('2.3', '@shareable')}
        type Query { shelf: Shelf @shareable shelves: [Shelf!] @shareable }
        type Shelf { id: ID! @shareable category: Category }
        type Category { id: ID! @shareable name: String }`,
      resolvers: {
        Query: {
          shelf: () => ({ id: 's1', category: { id: 'c1', name: 'category c1' } }),
          shelves: () =>
            shelves.map(({ id, category }) => ({ id, category: { id: category, name: `category ${category}` } })),
        },
      },
    },
    {
      name: 'name',
      sdl: `${link('2.3', '@shareable')}
        type Query { shelf: Shelf @shareable shelves: [Shelf!] @shareable }
        type Shelf { id: ID! @shareable name: Name }
        type Name { id: ID! brand: String model: String }`,
      resolvers: {
        Query: {
          shelf: () => ({ id: 's1', name: { id: 'n1', brand: 'brand', model: 'model' } }),
          shelves: () => shelves.map(({ id, name }) => ({ id, name: { id: name, brand: `brand ${name}` } })),
        },
      },
    },
    {
      name: 'price',
      sdl: `${link('2.3', '@shareable')}
        type Query { shelf: Shelf @shareable shelves: [Shelf!] @shareable }
        type Shelf { id: ID! @shareable price: Price }
        type Price { id: ID! amount: Int currency: String }`,
      resolvers: {
        Query: {
          shelf: () => ({ id: 's1', price: { id: 'pr', amount: 10, currency: 'EUR' } }),
          shelves: () => shelves.map(({ id, price }) => ({ id, price: { id: `p${price}`, amount: price } })),
        },
      },
    },
  ],
  cases: [
    {
      name: 'values of all three',
      query: '{ shelf { id name { brand model } price { amount currency } category { id name } } }',
      data: {
        shelf: {
          id: 's1',
          name: { brand: 'brand', model: 'model' },
          price: { amount: 10, currency: 'EUR' },
          category: { id: 'c1', name: 'category c1' },
        },
      },
      fetches: 3,
    },
    {
      name: 'lists are merged entry by entry',
      query: '{ shelves { id name { brand } price { amount } category { name } } }',
      data: {
        shelves: [
          { id: 's1', name: { brand: 'brand one' }, price: { amount: 10 }, category: { name: 'category c1' } },
          { id: 's2', name: { brand: 'brand two' }, price: { amount: 20 }, category: { name: 'category c2' } },
        ],
      },
    },
    {
      name: 'what one has needs only that one',
      query: '{ shelf { id price { amount } } }',
      data: { shelf: { id: 's1', price: { amount: 10 } } },
      fetches: 1,
    },
    {
      name: 'the shared root under two names',
      query: '{ a: shelf { price { amount } } b: shelf { name { brand } category { id } } }',
      data: { a: { price: { amount: 10 } }, b: { name: { brand: 'brand' }, category: { id: 'c1' } } },
    },
    {
      name: 'fields of one alias in several places',
      query: '{ shelf { x: price { amount } } ... on Query { shelf { x: price { currency } y: name { brand } } } }',
      data: { shelf: { x: { amount: 10, currency: 'EUR' }, y: { brand: 'brand' } } },
    },
  ],
};

const roots: FederationSuite = {
  id: 'root-in-values',
  about: 'A value that leads back to the root of the query.',
  subgraphs: () => [
    {
      name: 'a',
      sdl: `${link('2.3', '@key')}
        schema { query: Start }
        type Start { here: Here again: Start }
        type Here { back: Start name: String }`,
      resolvers: { Start: { here: () => ({ name: 'here', back: {} }), again: () => ({}) } },
    },
    {
      name: 'b',
      sdl: `${link('2.3', '@key')}
        type Query { there: Int other: String }`,
      resolvers: { Query: { there: () => 3, other: () => 'other' } },
    },
  ],
  cases: [
    {
      name: 'two subgraphs that name their root differently',
      query: '{ __typename here { name } there }',
      data: { __typename: 'Query', here: { name: 'here' }, there: 3 },
    },
    {
      name: 'from a value back to the root, and on to the other subgraph',
      query: '{ here { back { there here { name } } } again { other again { there } } }',
      data: { here: { back: { there: 3, here: { name: 'here' } } }, again: { other: 'other', again: { there: 3 } } },
    },
  ],
};

const operationNames: FederationSuite = {
  id: 'operation-names',
  about: 'A document with several operations runs the one that is named.',
  subgraphs: () => [
    {
      name: 'a',
      sdl: `${link('2.3', '@key')}
        type Query { rows: [Row!]! sum(of: [Int!]!): Int! }
        type Row @key(fields: "id") { id: ID! }`,
      resolvers: {
        Query: {
          rows: () => shelves.map(({ id }) => ({ id })),
          sum: (_: unknown, { of }: { of: number[] }) => of.reduce((a, b) => a + b, 0),
        },
      },
    },
    {
      name: 'b',
      sdl: `${link('2.3', '@key')}
        type Row @key(fields: "id") { id: ID! name: String! }`,
      resolvers: { Row: { __resolveReference: byKeyWithGiven(shelves, 'id') } },
    },
  ],
  cases: [
    {
      name: 'the first',
      query: 'query A { rows { id } } query B { rows { name } }',
      operationName: 'A',
      data: { rows: [{ id: 's1' }, { id: 's2' }] },
    },
    {
      name: 'the second',
      query: 'query A { rows { id } } query B { rows { name } }',
      operationName: 'B',
      data: { rows: [{ name: 'one' }, { name: 'two' }] },
    },
    { name: 'none is named', query: 'query A { rows { id } } query B { rows { name } }', data: null, errors: true },
    { name: 'one that is not there', query: 'query A { rows { id } }', operationName: 'C', data: null, errors: true },
    { name: 'a text that is not GraphQL', query: '{ rows { id ', data: null, errors: true },
    { name: 'a field that is not there', query: '{ rows { id secret } }', data: null, errors: true, fetches: 0 },
    {
      name: 'federation’s own roots are not there',
      query: '{ _service { sdl } }',
      data: null,
      errors: true,
      fetches: 0,
    },
    {
      name: 'nor entities',
      query: '{ _entities(representations: []) { __typename } }',
      data: null,
      errors: true,
      fetches: 0,
    },
    {
      name: 'a variable that is named representations',
      query: 'query ($representations: [Int!]!) { sum(of: $representations) rows { name } }',
      variables: { representations: [1, 2, 3] },
      data: { sum: 6, rows: [{ name: 'one' }, { name: 'two' }] },
    },
  ],
};

export const operations: readonly FederationSuite[] = [mutations, sharedRoots, roots, operationNames];
