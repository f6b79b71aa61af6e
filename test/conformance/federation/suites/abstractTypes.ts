import { byKey, link, type FederationSuite } from '../suite.js';

const works = [
  { __typename: 'Book', id: 'b1', sku: 'sb1', title: 'Book one', by: 'a1', pages: 10 },
  { __typename: 'Journal', id: 'j1', sku: 'sj1', title: 'Journal one', by: 'a2', issue: 4 },
  { __typename: 'Book', id: 'b2', sku: 'sb2', title: 'Book two', by: 'a2', pages: 20 },
];
const people = [
  { id: 'a1', name: 'Ann' },
  { id: 'a2', name: 'Ben' },
];
const opinions = [
  { id: 1, of: 'b1', body: 'good' },
  { id: 2, of: 'j1', body: 'dull' },
  { id: 3, of: 'b1', body: 'long' },
];
const workOf = (id: string) => works.find((work) => work.id === id);

const interfaces: FederationSuite = {
  id: 'abstract-types',
  about: 'Interfaces that implement interfaces, unions, and implementations that different subgraphs complete.',
  subgraphs: () => [
    {
      name: 'works',
      sdl: `${link('2.3', '@key')}
        type Query { works: [Work!]! similar(id: ID!): [Work!]! }
        interface Work implements Item & Node { id: ID! sku: String! by: Person }
        interface Item { sku: String! }
        interface Node { id: ID! }
        type Book implements Work & Item & Node @key(fields: "id") { id: ID! sku: String! by: Person }
        type Journal implements Work & Item & Node @key(fields: "id") { id: ID! sku: String! by: Person }
        type Person @key(fields: "id", resolvable: false) { id: ID! }`,
      resolvers: {
        Query: {
          works: () => works.map(({ by, ...work }) => ({ ...work, by: { id: by } })),
          similar: (_: unknown, { id }: { id: string }) =>
            works
              .filter((work) => work.id !== id && work.__typename === workOf(id)?.__typename)
              .map(({ by, ...work }) => ({ ...work, by: { id: by } })),
        },
        Book: {
          __resolveReference: byKey(works, 'id'),
          by: ({ by }: { by: unknown }) => (typeof by === 'string' ? { id: by } : by),
        },
        Journal: {
          __resolveReference: byKey(works, 'id'),
          by: ({ by }: { by: unknown }) => (typeof by === 'string' ? { id: by } : by),
        },
      },
    },
    {
      name: 'books',
      sdl: `${link('2.3', '@key', '@shareable')}
        interface Titled { title: String! }
        type Book implements Titled @key(fields: "id") { id: ID! title: String! pages: Int! publisher: Publisher }
        union Publisher = House | Self
        type House @key(fields: "id") { id: ID! }
        type Self { email: String! @shareable }`,
      resolvers: {
        Book: {
          __resolveReference: byKey(works, 'id'),
          publisher: ({ id }: { id: string }) =>
            id === 'b1' ? { __typename: 'House', id: 'h1' } : { __typename: 'Self', email: `${id}@example.test` },
        },
      },
    },
    {
      name: 'journals',
      sdl: `${link('2.3', '@key', '@shareable')}
        type Journal @key(fields: "id") { id: ID! title: String! issue: Int! publisher: Publisher }
        union Publisher = House | Self
        type House @key(fields: "id") { id: ID! name: String! }
        type Self { email: String! @shareable }`,
      resolvers: {
        Journal: {
          __resolveReference: byKey(works, 'id'),
          publisher: () => ({ __typename: 'House', id: 'h2', name: 'house h2' }),
        },
        House: { __resolveReference: ({ id }: { id: string }) => ({ id, name: `house ${id}` }) },
      },
    },
    {
      name: 'people',
      sdl: `${link('2.3', '@key')}
        type Person @key(fields: "id") { id: ID! name: String! }`,
      resolvers: { Person: { __resolveReference: byKey(people, 'id') } },
    },
    {
      name: 'opinions',
      sdl: `${link('2.3', '@key')}
        type Query { opinion(id: Int!): Opinion }
        interface Work { id: ID! opinions: [Opinion!]! }
        type Opinion { id: Int! body: String! of: Work }
        type Book implements Work @key(fields: "id") { id: ID! opinions: [Opinion!]! }
        type Journal implements Work @key(fields: "id") { id: ID! opinions: [Opinion!]! }`,
      resolvers: {
        Query: { opinion: (_: unknown, { id }: { id: number }) => opinions.find((opinion) => opinion.id === id) },
        Opinion: { of: ({ of }: { of: string }) => ({ __typename: workOf(of)?.__typename, id: of }) },
        Book: { opinions: ({ id }: { id: string }) => opinions.filter(({ of }) => of === id) },
        Journal: { opinions: ({ id }: { id: string }) => opinions.filter(({ of }) => of === id) },
      },
    },
  ],
  cases: [
    {
      name: 'fields of the interface',
      query: '{ works { id sku } }',
      data: {
        works: [
          { id: 'b1', sku: 'sb1' },
          { id: 'j1', sku: 'sj1' },
          { id: 'b2', sku: 'sb2' },
        ],
      },
      fetches: 1,
    },
    {
      name: 'an interface as the condition of another',
      query: '{ works { ... on Item { sku } ... on Node { id } } }',
      data: {
        works: [
          { sku: 'sb1', id: 'b1' },
          { sku: 'sj1', id: 'j1' },
          { sku: 'sb2', id: 'b2' },
        ],
      },
    },
    {
      name: 'an interface that only one subgraph knows',
      query: '{ works { ... on Titled { title } } }',
      data: { works: [{ title: 'Book one' }, {}, { title: 'Book two' }] },
    },
    {
      name: 'the same field of two implementations from two subgraphs',
      query: '{ works { ... on Book { title } ... on Journal { title issue } } }',
      data: { works: [{ title: 'Book one' }, { title: 'Journal one', issue: 4 }, { title: 'Book two' }] },
    },
    {
      name: 'an interface’s entity, under another name',
      query: '{ works { writer: by { name } ... on Journal { issue } } }',
      data: {
        works: [{ writer: { name: 'Ann' } }, { writer: { name: 'Ben' }, issue: 4 }, { writer: { name: 'Ben' } }],
      },
    },
    {
      name: 'an interface’s field that another subgraph adds',
      query: '{ works { id opinions { id } } }',
      data: {
        works: [
          { id: 'b1', opinions: [{ id: 1 }, { id: 3 }] },
          { id: 'j1', opinions: [{ id: 2 }] },
          { id: 'b2', opinions: [] },
        ],
      },
    },
    {
      name: 'from an interface through a value back to the interface',
      query: '{ works { opinions { of { sku ... on Book { pages } ... on Journal { issue } } } } }',
      data: {
        works: [
          { opinions: [{ of: { sku: 'sb1', pages: 10 } }, { of: { sku: 'sb1', pages: 10 } }] },
          { opinions: [{ of: { sku: 'sj1', issue: 4 } }] },
          { opinions: [] },
        ],
      },
    },
    {
      name: 'members of a union from the subgraphs of the implementations',
      query: `{ works { ... on Book { publisher { ...P } } ... on Journal { publisher { ...P } } } }
        fragment P on Publisher { __typename ... on House { id name } ... on Self { email } }`,
      data: {
        works: [
          { publisher: { __typename: 'House', id: 'h1', name: 'house h1' } },
          { publisher: { __typename: 'House', id: 'h2', name: 'house h2' } },
          { publisher: { __typename: 'Self', email: 'b2@example.test' } },
        ],
      },
    },
    {
      name: '__typename several times',
      query: '{ works { ... on Work { __typename kind: __typename } ... on Book { kind: __typename } } }',
      data: {
        works: [
          { __typename: 'Book', kind: 'Book' },
          { __typename: 'Journal', kind: 'Journal' },
          { __typename: 'Book', kind: 'Book' },
        ],
      },
    },
    {
      name: 'the same field in fragments that nest',
      query: '{ works { sku ... on Item { sku } ... on Work { sku ... on Book { sku ... on Work { sku } } } } }',
      data: { works: [{ sku: 'sb1' }, { sku: 'sj1' }, { sku: 'sb2' }] },
    },
    {
      name: 'two root fields with arguments',
      query: '{ a: similar(id: "b1") { id by { name } } b: similar(id: "j1") { id } }',
      data: { a: [{ id: 'b2', by: { name: 'Ben' } }], b: [] },
    },
    {
      name: 'a root of the subgraph that knows least',
      query: '{ opinion(id: 2) { body of { __typename id sku } } }',
      data: { opinion: { body: 'dull', of: { __typename: 'Journal', id: 'j1', sku: 'sj1' } } },
    },
    {
      name: 'a fragment with a condition that is false',
      query:
        'query ($on: Boolean = false) { works { id ... on Book @include(if: $on) { title } ... on Journal { title } } }',
      data: { works: [{ id: 'b1' }, { id: 'j1', title: 'Journal one' }, { id: 'b2' }] },
    },
    {
      name: 'a fragment with a condition that is true',
      query:
        'query ($on: Boolean = true) { works { id ... on Book @include(if: $on) { title } ... on Journal @skip(if: $on) { title } } }',
      data: { works: [{ id: 'b1', title: 'Book one' }, { id: 'j1' }, { id: 'b2', title: 'Book two' }] },
    },
    {
      name: 'conditions inside conditions',
      query: `query ($on: Boolean = true) {
        works { id ... on Book @include(if: $on) { title ... on Book @skip(if: $on) { pages } } }
      }`,
      data: { works: [{ id: 'b1', title: 'Book one' }, { id: 'j1' }, { id: 'b2', title: 'Book two' }] },
    },
  ],
};

const circular: FederationSuite = {
  id: 'circular-reference-interface',
  about: 'An interface whose implementation refers to the interface.',
  subgraphs: () => [
    {
      name: 'a',
      sdl: `${link('2.3', '@key')}
        type Query { item: Item }
        interface Item { samePrice: [Item] }
        type Book implements Item @key(fields: "id") { id: ID! samePrice: [Item] }`,
      resolvers: {
        Query: { item: () => ({ __typename: 'Book', id: 'b1' }) },
        Book: { samePrice: ({ id }: { id: string }) => [{ __typename: 'Book', id: id === 'b1' ? 'b2' : 'b1' }] },
      },
    },
    {
      name: 'b',
      sdl: `${link('2.3', '@key')}
        type Book @key(fields: "id") { id: ID! price: Float }`,
      resolvers: { Book: { price: ({ id }: { id: string }) => (id === 'b1' ? 1.5 : 2.25) } },
    },
  ],
  cases: [
    {
      name: 'once round',
      query: '{ item { samePrice { ... on Book { id price } } } }',
      data: { item: { samePrice: [{ id: 'b2', price: 2.25 }] } },
    },
    {
      name: 'three times round',
      query:
        '{ item { __typename samePrice { __typename ... on Book { price samePrice { ... on Book { id price samePrice { __typename ... on Book { id price } } } } } } } }',
      data: {
        item: {
          __typename: 'Book',
          samePrice: [
            {
              __typename: 'Book',
              price: 2.25,
              samePrice: [{ id: 'b1', price: 1.5, samePrice: [{ __typename: 'Book', id: 'b2', price: 2.25 }] }],
            },
          ],
        },
      },
    },
  ],
};

const accounts = [{ id: 'a1', username: 'ann' }];
const chats = [{ id: 'c1', text: 'hello', account: 'a1' }];

const nodes: FederationSuite = {
  id: 'node',
  about: 'A shared root field that every subgraph resolves for the types that it knows.',
  subgraphs: () => [
    {
      name: 'a',
      sdl: `${link('2.3', '@key', '@shareable', '@external')}
        type Query { node(id: ID!): Node @shareable account(id: ID!): Account }
        interface Node { id: ID! }
        type Account implements Node @key(fields: "id") { id: ID! username: String! }
        type Chat implements Node @key(fields: "id") { id: ID! account: Account! }`,
      resolvers: {
        Query: {
          node: (_: unknown, { id }: { id: string }) =>
            id.startsWith('a') ? { __typename: 'Account', ...accounts[0] } : { __typename: 'Chat', id },
          account: () => accounts[0],
        },
        Account: { __resolveReference: byKey(accounts, 'id') },
        Chat: { __resolveReference: ({ id }: { id: string }) => ({ id }), account: () => accounts[0] },
      },
    },
    {
      name: 'b',
      sdl: `${link('2.3', '@key', '@shareable', '@external')}
        type Query { node(id: ID!): Node @shareable chat(id: ID!): Chat }
        interface Node { id: ID! }
        type Account implements Node @key(fields: "id") { id: ID! chats: [Chat!]! }
        type Chat implements Node @key(fields: "id") { id: ID! text: String! }`,
      resolvers: {
        Query: {
          node: (_: unknown, { id }: { id: string }) =>
            id.startsWith('c') ? { __typename: 'Chat', ...chats[0] } : { __typename: 'Account', id },
          chat: () => chats[0],
        },
        Chat: { __resolveReference: byKey(chats, 'id') },
        Account: { __resolveReference: ({ id }: { id: string }) => ({ id }), chats: () => chats },
      },
    },
  ],
  cases: [
    {
      name: 'the type',
      query: '{ account: node(id: "a1") { __typename id } chat: node(id: "c1") { __typename id } }',
      data: { account: { __typename: 'Account', id: 'a1' }, chat: { __typename: 'Chat', id: 'c1' } },
    },
    {
      name: 'fields of both implementations',
      query:
        '{ account: node(id: "a1") { ... on Account { username chats { text } } } chat: node(id: "c1") { ... on Chat { text account { username } } } }',
      data: {
        account: { username: 'ann', chats: [{ text: 'hello' }] },
        chat: { text: 'hello', account: { username: 'ann' } },
      },
    },
    { name: 'the other type', query: '{ node(id: "a1") { id ... on Chat { text } } }', data: { node: { id: 'a1' } } },
    {
      name: 'from the entity’s own root',
      query:
        '{ chat(id: "c1") { id text account { id chats { id } } } account(id: "a1") { chats { account { username } } } }',
      data: {
        chat: { id: 'c1', text: 'hello', account: { id: 'a1', chats: [{ id: 'c1' }] } },
        account: { chats: [{ account: { username: 'ann' } }] },
      },
    },
  ],
};

const unreachable: FederationSuite = {
  id: 'node-with-external-ids',
  about:
    'An interface’s field that no subgraph can give for all implementations: an error, and never a value that is not the owner’s.',
  subgraphs: () => [
    {
      name: 'a',
      sdl: `${link('2.3', '@key', '@shareable', '@external')}
        type Query { node(id: ID!): Node @shareable account(id: ID!): Account }
        interface Node { id: ID! }
        type Account implements Node @key(fields: "id") { id: ID! username: String! }
        type Chat implements Node @key(fields: "id") { id: ID! @external account: Account! }`,
      resolvers: {
        Query: {
          node: (_: unknown, { id }: { id: string }) =>
            id === 'a1' ? { __typename: 'Account', ...accounts[0] } : { __typename: 'Chat', id: 'never' },
          account: () => accounts[0],
        },
        Account: { __resolveReference: byKey(accounts, 'id') },
        Chat: { __resolveReference: byKey(chats, 'id'), account: () => accounts[0] },
      },
    },
    {
      name: 'b',
      sdl: `${link('2.3', '@key', '@shareable', '@external')}
        type Query { node(id: ID!): Node @shareable chat(id: ID!): Chat }
        interface Node { id: ID! }
        type Account implements Node @key(fields: "id") { id: ID! @external chats: [Chat!]! }
        type Chat implements Node @key(fields: "id") { id: ID! text: String! }`,
      resolvers: {
        Query: {
          node: (_: unknown, { id }: { id: string }) =>
            id === 'c1' ? { __typename: 'Chat', ...chats[0] } : { __typename: 'Account', id: 'never' },
          chat: () => chats[0],
        },
        Chat: { __resolveReference: byKey(chats, 'id') },
        Account: { __resolveReference: byKey(accounts, 'id'), chats: () => chats },
      },
    },
  ],
  cases: [
    { name: 'the field of the interface', query: '{ node(id: "a1") { id } }', data: null, errors: true },
    { name: 'and beside a fragment', query: '{ node(id: "a1") { id ... on Chat { id } } }', data: null, errors: true },
    {
      name: 'the type alone',
      query: '{ account: node(id: "a1") { __typename } chat: node(id: "c1") { __typename } }',
      data: { account: { __typename: 'Account' }, chat: { __typename: 'Chat' } },
    },
    {
      name: 'each implementation from its owner',
      query:
        '{ account: node(id: "a1") { ... on Account { id username } } chat: node(id: "c1") { ... on Chat { id text } } }',
      data: { account: { id: 'a1', username: 'ann' }, chat: { id: 'c1', text: 'hello' } },
    },
    {
      name: 'a fragment that does not match',
      query:
        '{ account: node(id: "a1") { ... on Chat { id } } chat: node(id: "c1") { __typename ... on Account { id } } }',
      data: { account: {}, chat: { __typename: 'Chat' } },
    },
    {
      name: 'from the owners’ own roots, across and back',
      query:
        '{ chat(id: "c1") { id text account { id username } } account(id: "a1") { id chats { id account { chats { text } } } } }',
      data: {
        chat: { id: 'c1', text: 'hello', account: { id: 'a1', username: 'ann' } },
        account: { id: 'a1', chats: [{ id: 'c1', account: { chats: [{ text: 'hello' }] } }] },
      },
    },
  ],
};

export const abstractTypes: readonly FederationSuite[] = [interfaces, circular, nodes, unreachable];
