import { byKey, link, type FederationSuite } from '../suite.js';

const wards = [
  { id: 'w1', title: 'North', beds: 4 },
  { id: 'w2', title: 'South', beds: 6 },
];
const staff = [
  { id: 's1', name: 'Ann', ward: 'w1' },
  { id: 's2', name: 'Ben', ward: 'w2' },
];
const wardOf = (id: string) => wards.find((ward) => ward.id === id);

function never(field: string): () => never {
  return () => {
    throw new Error(`${field} is provided elsewhere`);
  };
}

const simpleProvides: FederationSuite = {
  id: 'simple-provides',
  about: 'A field that is provided on one path is taken there, and from its owner on all others.',
  subgraphs: () => [
    {
      name: 'staff',
      sdl: `${link('2.3', '@key', '@provides', '@external')}
        type Query { staff: [Nurse!]! @provides(fields: "ward { title }") others: [Nurse!]! }
        type Nurse @key(fields: "id") { id: ID! name: String! ward: Ward! }
        type Ward @key(fields: "id") { id: ID! title: String! @external }`,
      resolvers: {
        Query: { staff: () => staff, others: () => staff },
        Nurse: { ward: ({ ward }: { ward: string }) => ({ id: ward, title: `provided ${wardOf(ward)?.title ?? ''}` }) },
      },
    },
    {
      name: 'wards',
      sdl: `${link('2.3', '@key', '@shareable')}
        type Query { ward(id: ID!): Ward }
        type Ward @key(fields: "id") { id: ID! title: String! @shareable beds: Int! }`,
      resolvers: {
        Query: { ward: (_: unknown, { id }: { id: string }) => wardOf(id) },
        Ward: { __resolveReference: byKey(wards, 'id') },
      },
    },
  ],
  cases: [
    {
      name: 'on the path that provides it, no second fetch',
      query: '{ staff { name ward { title } } }',
      data: {
        staff: [
          { name: 'Ann', ward: { title: 'provided North' } },
          { name: 'Ben', ward: { title: 'provided South' } },
        ],
      },
      fetches: 1,
    },
    {
      name: 'on another path, from its owner',
      query: '{ others { ward { title } } }',
      data: { others: [{ ward: { title: 'North' } }, { ward: { title: 'South' } }] },
      fetches: 2,
    },
    {
      name: 'both paths in one query',
      query: '{ staff { ward { title } } others { ward { title } } }',
      data: {
        staff: [{ ward: { title: 'provided North' } }, { ward: { title: 'provided South' } }],
        others: [{ ward: { title: 'North' } }, { ward: { title: 'South' } }],
      },
    },
    {
      name: 'with a field that is not provided',
      query: '{ staff { ward { id beds } } }',
      data: { staff: [{ ward: { id: 'w1', beds: 4 } }, { ward: { id: 'w2', beds: 6 } }] },
      fetches: 2,
    },
    {
      name: 'from the owner’s own root field',
      query: '{ ward(id: "w1") { title } }',
      data: { ward: { title: 'North' } },
      fetches: 1,
    },
  ],
};

const providesOnlyRequested: FederationSuite = {
  id: 'provides-only-requested-fields',
  about: 'Fields that are provided are not fetched from their owner again when something else is fetched there.',
  subgraphs: () => [
    {
      name: 'owner',
      sdl: `${link('2.3', '@key', '@shareable')}
        type Ward @key(fields: "id") { id: ID! title: String! @shareable note: String! @shareable beds: Int! }`,
      resolvers: { Ward: { __resolveReference: byKey(wards, 'id'), title: never('title'), note: never('note') } },
    },
    {
      name: 'lists',
      sdl: `${link('2.3', '@key', '@provides', '@external')}
        type Query { ward: Ward @provides(fields: "title note") wards: [Ward!]! @provides(fields: "title note") }
        type Ward @key(fields: "id") { id: ID! title: String! @external note: String! @external }`,
      resolvers: {
        Query: {
          ward: () => ({ ...wards[0], note: 'note 1' }),
          wards: () => wards.map((ward) => ({ ...ward, note: `note of ${ward.id}` })),
        },
      },
    },
  ],
  cases: [
    {
      name: 'only provided fields',
      query: '{ ward { title note } }',
      data: { ward: { title: 'North', note: 'note 1' } },
      fetches: 1,
    },
    {
      name: 'a provided field and one of the owner',
      query: '{ ward { title beds } }',
      data: { ward: { title: 'North', beds: 4 } },
      fetches: 2,
    },
    {
      name: 'in a list',
      query: '{ wards { beds note title } }',
      data: {
        wards: [
          { beds: 4, note: 'note of w1', title: 'North' },
          { beds: 6, note: 'note of w2', title: 'South' },
        ],
      },
      fetches: 2,
    },
    { name: 'only the owner’s field', query: '{ wards { beds } }', data: { wards: [{ beds: 4 }, { beds: 6 }] } },
  ],
};

const categories = [
  { id: 'c1', name: 'Care' },
  { id: 'c2', name: 'Surgery' },
];
const products = [
  { id: 'p1', categories: [{ id: 'c1', sub: ['c2'] }] },
  { id: 'p2', categories: [{ id: 'c2', sub: [] }] },
];

const nestedProvides: FederationSuite = {
  id: 'nested-provides',
  about: 'What is provided lies several objects deep.',
  subgraphs: () => [
    {
      name: 'all',
      sdl: `${link('2.3', '@key', '@provides', '@external', '@shareable')}
        type Query { tools: [Tool!]! @provides(fields: "categories { name subcategories { name } }") }
        type Tool @key(fields: "id") { id: ID! categories: [Category!]! @external }
        type Category @key(fields: "id") { id: ID! name: String! @external subcategories: [Category!]! @external }`,
      resolvers: {
        Query: {
          tools: () =>
            products.map(({ id, categories: own }) => ({
              id,
              categories: own.map((category) => ({
                id: category.id,
                name: `provided ${category.id}`,
                subcategories: category.sub.map((sub) => ({ id: sub, name: `provided ${sub}` })),
              })),
            })),
        },
      },
    },
    {
      name: 'categories',
      sdl: `${link('2.3', '@key', '@shareable')}
        type Tool @key(fields: "id") { id: ID! categories: [Category!]! @shareable }
        type Category @key(fields: "id") { id: ID! name: String! @shareable }`,
      resolvers: {
        Tool: { __resolveReference: byKey(products, 'id') },
        Category: {
          __resolveReference: byKey(categories, 'id'),
          name: ({ id }: { id: string }) => categories.find((category) => category.id === id)?.name,
        },
      },
    },
    {
      name: 'tree',
      sdl: `${link('2.3', '@key', '@shareable')}
        type Category @key(fields: "id") { id: ID! subcategories: [Category!]! @shareable }`,
      resolvers: {
        Category: { subcategories: ({ id }: { id: string }) => (id === 'c1' ? [{ id: 'c2' }] : []) },
      },
    },
  ],
  cases: [
    {
      name: 'two levels',
      query: '{ tools { id categories { id name subcategories { id name } } } }',
      data: {
        tools: [
          {
            id: 'p1',
            categories: [{ id: 'c1', name: 'provided c1', subcategories: [{ id: 'c2', name: 'provided c2' }] }],
          },
          { id: 'p2', categories: [{ id: 'c2', name: 'provided c2', subcategories: [] }] },
        ],
      },
      // One would do; a planner that does not look so deep asks the owners too.
      fetches: 3,
    },
    {
      name: 'deeper than what is provided, from the owners',
      query: '{ tools { categories { subcategories { subcategories { id } name } } } }',
      data: {
        tools: [
          { categories: [{ subcategories: [{ subcategories: [], name: 'provided c2' }] }] },
          { categories: [{ subcategories: [] }] },
        ],
      },
    },
  ],
};

const media = [
  { __typename: 'Book', id: 'b1', title: 'provided b1', pages: 3 },
  { __typename: 'Film', id: 'f1', title: 'provided f1', minutes: 90 },
];
const owned = [
  { __typename: 'Book', id: 'b1', title: 'Book one', pages: 3 },
  { __typename: 'Film', id: 'f1', title: 'Film one', minutes: 90 },
];

const providesOnInterface: FederationSuite = {
  id: 'provides-on-interface',
  about: 'Fields of the implementations of an interface are provided.',
  subgraphs: () => [
    {
      name: 'picks',
      sdl: `${link('2.3', '@key', '@provides', '@external', '@shareable')}
        type Query {
          pick: [Media!]! @provides(fields: "... on Book { pages creators { name } }")
          plain: [Media!]!
        }
        interface Media { id: ID! }
        type Book implements Media @key(fields: "id") { id: ID! pages: Int! @external creators: [Creator!]! @external }
        type Film implements Media @key(fields: "id") { id: ID! }
        type Creator @key(fields: "id") { id: ID! name: String! @external }`,
      resolvers: {
        Query: {
          pick: () => media.map((entry) => ({ ...entry, pages: 300, creators: [{ id: 'a', name: 'provided A' }] })),
          plain: () => media.map(({ __typename, id }) => ({ __typename, id })),
        },
      },
    },
    {
      name: 'library',
      sdl: `${link('2.3', '@key', '@shareable')}
        interface Media { id: ID! }
        type Book implements Media @key(fields: "id") { id: ID! pages: Int! @shareable creators: [Creator!]! @shareable }
        type Film implements Media @key(fields: "id") { id: ID! minutes: Int! @shareable }
        type Creator @key(fields: "id") { id: ID! name: String! @shareable }`,
      resolvers: {
        Book: { __resolveReference: byKey(owned, 'id'), creators: () => [{ id: 'a', name: 'A' }] },
        Film: { __resolveReference: byKey(owned, 'id') },
      },
    },
  ],
  cases: [
    {
      name: 'of one implementation',
      query: '{ pick { id ... on Book { pages creators { name } } } }',
      data: { pick: [{ id: 'b1', pages: 300, creators: [{ name: 'provided A' }] }, { id: 'f1' }] },
      fetches: 1,
    },
    {
      name: 'another implementation is fetched from its owner',
      query: '{ pick { ... on Book { pages } ... on Film { minutes } } }',
      data: { pick: [{ pages: 300 }, { minutes: 90 }] },
      fetches: 2,
    },
    {
      name: 'on a path that provides nothing',
      query: '{ plain { ... on Book { pages creators { name } } ... on Film { minutes } } }',
      data: { plain: [{ pages: 3, creators: [{ name: 'A' }] }, { minutes: 90 }] },
    },
  ],
};

const providesOnUnion: FederationSuite = {
  id: 'provides-on-union',
  about: 'Fields of the members of a union are provided.',
  subgraphs: () => [
    {
      name: 'picks',
      sdl: `${link('2.3', '@key', '@provides', '@external', '@shareable')}
        type Query { pick: [Media!]! @provides(fields: "... on Book { title }") plain: [Media!]! @shareable }
        union Media = Book | Film
        type Book @key(fields: "id") { id: ID! title: String! @external }
        type Film @key(fields: "id") { id: ID! }`,
      resolvers: { Query: { pick: () => media, plain: () => media.map(({ __typename, id }) => ({ __typename, id })) } },
    },
    {
      name: 'library',
      sdl: `${link('2.3', '@key', '@shareable')}
        type Query { plain: [Media!]! @shareable }
        union Media = Book | Film
        type Book @key(fields: "id") { id: ID! title: String! @shareable pages: Int! }
        type Film @key(fields: "id") { id: ID! title: String! @shareable minutes: Int! }`,
      resolvers: {
        Query: { plain: () => owned },
        Book: { __resolveReference: byKey(owned, 'id') },
        Film: { __resolveReference: byKey(owned, 'id') },
      },
    },
  ],
  cases: [
    {
      name: 'of one member',
      query: '{ pick { ... on Book { id title } ... on Film { id } } }',
      data: { pick: [{ id: 'b1', title: 'provided b1' }, { id: 'f1' }] },
      fetches: 1,
    },
    {
      name: 'of another member it comes from the owner',
      query: '{ pick { ... on Book { title } ... on Film { title } } }',
      data: { pick: [{ title: 'provided b1' }, { title: 'Film one' }] },
    },
    {
      name: 'with what only the owner has',
      query: '{ pick { ... on Book { title pages } ... on Film { minutes } } }',
      data: { pick: [{ title: 'provided b1', pages: 3 }, { minutes: 90 }] },
    },
  ],
};

export const provides: readonly FederationSuite[] = [
  simpleProvides,
  providesOnlyRequested,
  nestedProvides,
  providesOnInterface,
  providesOnUnion,
];
