import { byKey, link, type FederationSuite } from '../suite.js';

const parcels = [
  { upc: 'u1', price: 100, weight: 4, stock: true },
  { upc: 'u2', price: 2000, weight: 9, stock: false },
];
const opinions = [
  { id: 'r1', body: 'good', author: 'a1', upc: 'u1' },
  { id: 'r2', body: 'bad', author: 'a2', upc: 'u2' },
  { id: 'r3', body: 'fair', author: 'a1', upc: 'u2' },
];
const people = [
  { id: 'a1', username: 'ann' },
  { id: 'a2', username: 'ben' },
];

const requiresProvides: FederationSuite = {
  id: 'simple-requires-provides',
  about: 'Requirements and provisions of four subgraphs in one query.',
  subgraphs: () => [
    {
      name: 'accounts',
      sdl: `${link('2.3', '@key', '@shareable')}
        type Query { me: User }
        type User @key(fields: "id") { id: ID! username: String! @shareable email: String! }`,
      resolvers: {
        Query: { me: () => people[0] },
        User: {
          __resolveReference: byKey(people, 'id'),
          email: ({ username }: { username: string }) => `${username}@example.test`,
        },
      },
    },
    {
      name: 'stock',
      sdl: `${link('2.3', '@key', '@requires', '@external')}
        type Parcel @key(fields: "upc") {
          upc: String! inStock: Boolean! price: Int @external weight: Int @external
          postage: Int @requires(fields: "price weight")
          tag: String @requires(fields: "price weight")
        }`,
      resolvers: {
        Parcel: {
          __resolveReference: (reference: { upc: string }) => reference,
          inStock: ({ upc }: { upc: string }) => parcels.find((parcel) => parcel.upc === upc)?.stock,
          postage: ({ price, weight }: { price: number; weight: number }) => (price > 1000 ? 0 : weight * 2),
          tag: ({ upc, price, weight }: { upc: string; price: number; weight: number }) =>
            `#${upc}#${price}#${weight}#`,
        },
      },
    },
    {
      name: 'parcels',
      sdl: `${link('2.3', '@key')}
        type Query { parcels: [Parcel!]! }
        type Parcel @key(fields: "upc") { upc: String! price: Int weight: Int }`,
      resolvers: { Query: { parcels: () => parcels }, Parcel: { __resolveReference: byKey(parcels, 'upc') } },
    },
    {
      name: 'reviews',
      sdl: `${link('2.3', '@key', '@provides', '@external')}
        type Review @key(fields: "id") { id: ID! body: String! author: User @provides(fields: "username") parcel: Parcel }
        type User @key(fields: "id") { id: ID! username: String! @external reviews: [Review!]! }
        type Parcel @key(fields: "upc") { upc: String! reviews: [Review!]! }`,
      resolvers: {
        Review: {
          __resolveReference: byKey(opinions, 'id'),
          author: ({ author }: { author: string }) => people.find(({ id }) => id === author),
          parcel: ({ upc }: { upc: string }) => ({ upc }),
        },
        User: { reviews: ({ id }: { id: string }) => opinions.filter(({ author }) => author === id) },
        Parcel: { reviews: ({ upc }: { upc: string }) => opinions.filter((opinion) => opinion.upc === upc) },
      },
    },
  ],
  cases: [
    { name: 'an own field', query: '{ me { id username } }', data: { me: { id: 'a1', username: 'ann' } }, fetches: 1 },
    {
      name: 'requirements of two fields, beside a field without',
      query: '{ parcels { upc inStock postage tag } }',
      data: {
        parcels: [
          { upc: 'u1', inStock: true, postage: 8, tag: '#u1#100#4#' },
          { upc: 'u2', inStock: false, postage: 0, tag: '#u2#2000#9#' },
        ],
      },
      fetches: 2,
    },
    {
      name: 'a provided field needs no further fetch',
      query: '{ parcels { reviews { body author { username } } } }',
      data: {
        parcels: [
          { reviews: [{ body: 'good', author: { username: 'ann' } }] },
          {
            reviews: [
              { body: 'bad', author: { username: 'ben' } },
              { body: 'fair', author: { username: 'ann' } },
            ],
          },
        ],
      },
      fetches: 2,
    },
    {
      name: 'what is not provided does',
      query: '{ parcels { reviews { author { username email } } } }',
      data: {
        parcels: [
          { reviews: [{ author: { username: 'ann', email: 'ann@example.test' } }] },
          {
            reviews: [
              { author: { username: 'ben', email: 'ben@example.test' } },
              { author: { username: 'ann', email: 'ann@example.test' } },
            ],
          },
        ],
      },
      fetches: 3,
    },
    {
      name: 'from a person over opinions to what is required of parcels',
      query: '{ me { reviews { parcel { postage inStock reviews { id } } } } }',
      data: {
        me: {
          reviews: [
            { parcel: { postage: 8, inStock: true, reviews: [{ id: 'r1' }] } },
            { parcel: { postage: 0, inStock: false, reviews: [{ id: 'r2' }, { id: 'r3' }] } },
          ],
        },
      },
    },
    {
      name: 'all four subgraphs, several times',
      query: `{
        me { username email reviews { body author { username reviews { id } } parcel { upc price postage } } }
        parcels { reviews { author { email } } }
      }`,
      data: {
        me: {
          username: 'ann',
          email: 'ann@example.test',
          reviews: [
            {
              body: 'good',
              author: { username: 'ann', reviews: [{ id: 'r1' }, { id: 'r3' }] },
              parcel: { upc: 'u1', price: 100, postage: 8 },
            },
            {
              body: 'fair',
              author: { username: 'ann', reviews: [{ id: 'r1' }, { id: 'r3' }] },
              parcel: { upc: 'u2', price: 2000, postage: 0 },
            },
          ],
        },
        parcels: [
          { reviews: [{ author: { email: 'ann@example.test' } }] },
          { reviews: [{ author: { email: 'ben@example.test' } }, { author: { email: 'ann@example.test' } }] },
        ],
      },
    },
  ],
};

export const requiresWithProvides: readonly FederationSuite[] = [requiresProvides];
