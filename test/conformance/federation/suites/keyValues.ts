import { byKey, link, type FederationSuite } from '../suite.js';

const authors = [
  { id: 'a1', name: 'Ann' },
  { id: 'a2', name: 'Ben' },
];
const books = [
  { isbn: 'i1', title: 'One', authorId: 'a1' },
  { isbn: 'i2', title: 'Two', authorId: 'a9' },
  { isbn: 'i3', title: 'Three', authorId: null },
];
const boxes = [
  {
    id: 7,
    tag: 'x',
    weight: 1.5,
    sealed: true,
    kind: 'COLD',
    when: '2020-01-01',
    label: 'quote " and \\ and \n and \u2028 and ☃',
  },
  { id: 8, tag: 'y', weight: 2, sealed: false, kind: 'WARM', when: '2021-01-01', label: 'plain' },
];

const nullKeys: FederationSuite = {
  id: 'null-keys',
  about: 'An entity of which the key is null is not asked for; one that is null stays null.',
  subgraphs: () => [
    {
      name: 'shelf',
      sdl: `${link('2.3', '@key')}
        type Query { shelf: [Slip] }
        type Slip { book: Book }
        type Book @key(fields: "isbn") { isbn: ID! }`,
      resolvers: { Query: { shelf: () => [...books.map(({ isbn }) => ({ book: { isbn } })), { book: null }, null] } },
    },
    {
      name: 'books',
      sdl: `${link('2.3', '@key')}
        type Book @key(fields: "isbn") { isbn: ID! title: String author: Author }
        type Author @key(fields: "id", resolvable: false) { id: ID! }`,
      resolvers: {
        Book: {
          __resolveReference: byKey(books, 'isbn'),
          author: ({ authorId }: { authorId: string | null }) => (authorId === 'a1' ? { id: authorId } : null),
        },
      },
    },
    {
      name: 'authors',
      sdl: `${link('2.3', '@key')}
        type Author @key(fields: "id") { id: ID! name: String }`,
      resolvers: { Author: { __resolveReference: byKey(authors, 'id') } },
    },
  ],
  cases: [
    {
      name: 'null entities on the way to another one',
      query: '{ shelf { book { title author { name } } } }',
      data: {
        shelf: [
          { book: { title: 'One', author: { name: 'Ann' } } },
          { book: { title: 'Two', author: null } },
          { book: { title: 'Three', author: null } },
          { book: null },
          null,
        ],
      },
    },
  ],
};

const nullableKeys: FederationSuite = {
  id: 'nullable-keys',
  about: 'A key that may be null and is: the fields behind it are null, and the rest is there.',
  subgraphs: () => [
    {
      name: 'people',
      sdl: `${link('2.3', '@key')}
        type Query { people: [Person] }
        type Person @key(fields: "badge") { badge: ID name: String! }`,
      resolvers: {
        Query: {
          people: () => [
            { badge: 'g1', name: 'Ann' },
            { badge: null, name: 'Ben' },
          ],
        },
      },
    },
    {
      name: 'doors',
      sdl: `${link('2.3', '@key')}
        type Person @key(fields: "badge") { badge: ID doors: [String!] }`,
      resolvers: {
        Person: {
          __resolveReference: ({ badge }: { badge: string | null }) =>
            badge === null ? null : { badge, doors: [`door of ${badge}`] },
        },
      },
    },
  ],
  cases: [
    {
      name: 'what is behind a null key is null',
      query: '{ people { name doors } }',
      data: {
        people: [
          { name: 'Ann', doors: ['door of g1'] },
          { name: 'Ben', doors: null },
        ],
      },
      errors: 'any',
    },
    {
      name: 'what is before it is not touched',
      query: '{ people { name badge } }',
      data: {
        people: [
          { name: 'Ann', badge: 'g1' },
          { name: 'Ben', badge: null },
        ],
      },
      fetches: 1,
    },
  ],
};

const keysOfEveryKind: FederationSuite = {
  id: 'keys-of-every-kind',
  about: 'Keys that are numbers, booleans, enum values and custom scalars arrive as what they are.',
  subgraphs: () => [
    {
      name: 'boxes',
      sdl: `${link('2.3', '@key', '@shareable')}
        scalar Day
        scalar Any
        enum Kind { COLD WARM }
        type Query { boxes: [Box!]! }
        type Box @key(fields: "id") @key(fields: "weight sealed kind") @key(fields: "when") @key(fields: "label") @key(fields: "any") {
          id: Int! weight: Float! sealed: Boolean! kind: Kind! when: Day! label: String! any: Any!
        }`,
      resolvers: {
        Query: { boxes: () => boxes },
        Box: { any: ({ id, tag }: { id: number; tag: string }) => ({ deep: [id, { tag }] }) },
      },
    },
    {
      name: 'byInt',
      sdl: `${link('2.3', '@key')}
        type Box @key(fields: "id") { id: Int! viaInt: String! }`,
      resolvers: { Box: { viaInt: ({ id }: { id: number }) => `${typeof id} ${id}` } },
    },
    {
      name: 'byMany',
      sdl: `${link('2.3', '@key')}
        enum Kind { COLD WARM }
        type Box @key(fields: "weight sealed kind") { weight: Float! sealed: Boolean! kind: Kind! viaMany: String! }`,
      resolvers: {
        Box: {
          viaMany: ({ kind, sealed, weight }: { weight: number; sealed: boolean; kind: string }) =>
            `${weight} ${sealed} ${kind}`,
        },
      },
    },
    {
      name: 'byScalar',
      sdl: `${link('2.3', '@key')}
        scalar Day
        scalar Any
        type Box @key(fields: "when") { when: Day! viaScalar: String! }`,
      resolvers: { Box: { viaScalar: ({ when }: { when: string }) => `day ${when}` } },
    },
    {
      name: 'byAny',
      sdl: `${link('2.3', '@key')}
        scalar Any
        type Box @key(fields: "any") { any: Any! viaAny: String! }`,
      resolvers: { Box: { viaAny: ({ any }: { any: unknown }) => JSON.stringify(any) } },
    },
    {
      name: 'byText',
      sdl: `${link('2.3', '@key')}
        type Box @key(fields: "label") { label: String! viaText: String! }`,
      resolvers: { Box: { viaText: ({ label }: { label: string }) => label } },
    },
  ],
  cases: [
    {
      name: 'a number',
      query: '{ boxes { viaInt } }',
      data: { boxes: [{ viaInt: 'number 7' }, { viaInt: 'number 8' }] },
    },
    {
      name: 'a float, a boolean and an enum value',
      query: '{ boxes { viaMany } }',
      data: { boxes: [{ viaMany: '1.5 true COLD' }, { viaMany: '2 false WARM' }] },
    },
    {
      name: 'a text with everything that JSON escapes',
      query: '{ boxes { viaText } }',
      data: { boxes: [{ viaText: boxes[0]?.label }, { viaText: 'plain' }] },
    },
    {
      name: 'a custom scalar',
      query: '{ boxes { viaScalar } }',
      data: { boxes: [{ viaScalar: 'day 2020-01-01' }, { viaScalar: 'day 2021-01-01' }] },
    },
    {
      name: 'a custom scalar that is an object',
      query: '{ boxes { viaAny } }',
      data: { boxes: [{ viaAny: '{"deep":[7,{"tag":"x"}]}' }, { viaAny: '{"deep":[8,{"tag":"y"}]}' }] },
    },
    {
      name: 'all of them',
      query: '{ boxes { viaInt viaMany viaScalar viaAny } }',
      data: {
        boxes: [
          {
            viaInt: 'number 7',
            viaMany: '1.5 true COLD',
            viaScalar: 'day 2020-01-01',
            viaAny: '{"deep":[7,{"tag":"x"}]}',
          },
          {
            viaInt: 'number 8',
            viaMany: '2 false WARM',
            viaScalar: 'day 2021-01-01',
            viaAny: '{"deep":[8,{"tag":"y"}]}',
          },
        ],
      },
    },
  ],
};

export const keyValues: readonly FederationSuite[] = [nullKeys, nullableKeys, keysOfEveryKind];
