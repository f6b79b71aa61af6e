import { byKey, byKeyWithGiven, link, type FederationSuite } from '../suite.js';

function needed<T>(value: T | undefined, name: string): T {
  if (value === undefined) throw new Error(`${name} is required and did not come`);
  return value;
}
const lots = [
  {
    id: 'l1',
    dimensions: { size: { w: 1, h: 2 }, unit: 'm' },
    tags: [
      { key: 'a', weight: 1 },
      { key: 'b', weight: 2 },
    ],
    grid: [[{ n: 1 }, null], [{ n: 2 }]],
  },
  { id: 'l2', dimensions: null, tags: [], grid: null },
];
const carts = [
  { id: 'c1', lines: [{ id: 'k1' }, { id: 'k2' }] },
  { id: 'c2', lines: [] },
];
const lines = [
  { id: 'k1', price: 3, count: 2 },
  { id: 'k2', price: 5, count: 1 },
];
const entries = [
  { id: 'e1', body: { __typename: 'Text', words: 12 } },
  { id: 'e2', body: { __typename: 'Image', bytes: 500, size: { __typename: 'Size', w: 4 } } },
  { id: 'e3', body: { __typename: 'Sound', seconds: 9 } },
];
const vehicles = [
  { __typename: 'Car', id: 'v1', doors: 4, maker: { __typename: 'Company', id: 'm1', staff: 10 } },
  { __typename: 'Bike', id: 'v2', gears: 21, maker: { __typename: 'Person', id: 'm2', age: 50 } },
];

const nestedRequires: FederationSuite = {
  id: 'requires-nested',
  about: 'Objects and lists in objects and lists are required.',
  subgraphs: () => [
    {
      name: 'lots',
      sdl: `${link('2.3', '@key')}
        type Query { lots: [Lot!]! }
        type Lot @key(fields: "id") { id: ID! dimensions: Dimensions tags: [Tag!]! grid: [[Cell]] }
        type Dimensions { size: Size! unit: String! }
        type Size { w: Int! h: Int! }
        type Tag { key: String! weight: Int! }
        type Cell { n: Int! }`,
      resolvers: { Query: { lots: () => lots }, Lot: { __resolveReference: byKey(lots, 'id') } },
    },
    {
      name: 'freight',
      sdl: `${link('2.3', '@key', '@requires', '@external')}
        type Lot @key(fields: "id") {
          id: ID!
          dimensions: Dimensions @external
          tags: [Tag!]! @external
          grid: [[Cell]] @external
          volume: String! @requires(fields: "dimensions { size { w h } unit }")
          load: Int! @requires(fields: "tags { weight }")
          shape: String! @requires(fields: "grid { n }")
        }
        type Dimensions @external { size: Size! unit: String! }
        type Size @external { w: Int! h: Int! }
        type Tag @external { weight: Int! }
        type Cell @external { n: Int! }`,
      resolvers: {
        Lot: {
          __resolveReference: (reference: object) => reference,
          volume: ({ dimensions }: { dimensions?: (typeof lots)[number]['dimensions'] }) => {
            const given = needed(dimensions, 'dimensions');
            return given === null ? 'none' : `${given.size.w * given.size.h} ${given.unit}`;
          },
          load: ({ tags }: { tags?: { weight: number }[] }) =>
            needed(tags, 'tags').reduce((sum, { weight }) => sum + weight, 0),
          shape: ({ grid }: { grid?: unknown }) => JSON.stringify(needed(grid, 'grid')),
        },
      },
    },
  ],
  cases: [
    {
      name: 'objects in objects, and null instead',
      query: '{ lots { volume } }',
      data: { lots: [{ volume: '2 m' }, { volume: 'none' }] },
    },
    { name: 'lists, and empty ones', query: '{ lots { load } }', data: { lots: [{ load: 3 }, { load: 0 }] } },
    {
      name: 'lists of lists with holes',
      query: '{ lots { shape } }',
      data: { lots: [{ shape: '[[{"n":1},null],[{"n":2}]]' }, { shape: 'null' }] },
    },
    {
      name: 'a part of what is required is asked for',
      query: '{ lots { volume load dimensions { unit } tags { key } } }',
      data: {
        lots: [
          { volume: '2 m', load: 3, dimensions: { unit: 'm' }, tags: [{ key: 'a' }, { key: 'b' }] },
          { volume: 'none', load: 0, dimensions: null, tags: [] },
        ],
      },
    },
  ],
};

const requiresOfEntities: FederationSuite = {
  id: 'requires-through-entities',
  about: 'What is required lies in other entities, of other subgraphs.',
  subgraphs: () => [
    {
      name: 'carts',
      sdl: `${link('2.3', '@key')}
        type Query { carts: [Cart!]! }
        type Cart @key(fields: "id") { id: ID! lines: [Line!]! }
        type Line @key(fields: "id") { id: ID! }`,
      resolvers: { Query: { carts: () => carts }, Cart: { __resolveReference: byKey(carts, 'id') } },
    },
    {
      name: 'prices',
      sdl: `${link('2.3', '@key')}
        type Line @key(fields: "id") { id: ID! price: Int! }`,
      resolvers: { Line: { __resolveReference: byKey(lines, 'id') } },
    },
    {
      name: 'counts',
      sdl: `${link('2.3', '@key', '@requires', '@external')}
        type Line @key(fields: "id") { id: ID! price: Int! @external count: Int! total: Int! @requires(fields: "price") }`,
      resolvers: {
        Line: {
          __resolveReference: byKeyWithGiven(
            lines.map(({ id, count }) => ({ id, count })),
            'id',
          ),
          total: ({ price, count }: { price?: number; count: number }) => needed(price, 'price') * count,
        },
      },
    },
    {
      name: 'bills',
      sdl: `${link('2.3', '@key', '@requires', '@external')}
        type Cart @key(fields: "id") {
          id: ID! lines: [Line!]! @external
          due: Int! @requires(fields: "lines { total }")
          pieces: Int! @requires(fields: "lines { count }")
        }
        type Line @key(fields: "id", resolvable: false) { id: ID! total: Int! @external count: Int! @external }`,
      resolvers: {
        Cart: {
          __resolveReference: (reference: object) => reference,
          due: ({ lines: given }: { lines?: { total?: number }[] }) =>
            needed(given, 'lines').reduce((sum, { total }) => sum + needed(total, 'total'), 0),
          pieces: ({ lines: given }: { lines?: { count?: number }[] }) =>
            needed(given, 'lines').reduce((sum, { count }) => sum + needed(count, 'count'), 0),
        },
      },
    },
  ],
  cases: [
    {
      name: 'a field of another subgraph’s entities',
      query: '{ carts { pieces } }',
      data: { carts: [{ pieces: 3 }, { pieces: 0 }] },
    },
    { name: 'that requires something itself', query: '{ carts { due } }', data: { carts: [{ due: 11 }, { due: 0 }] } },
    {
      name: 'beside the same entities asked for',
      query: '{ carts { id due pieces lines { id price } } }',
      data: {
        carts: [
          {
            id: 'c1',
            due: 11,
            pieces: 3,
            lines: [
              { id: 'k1', price: 3 },
              { id: 'k2', price: 5 },
            ],
          },
          { id: 'c2', due: 0, pieces: 0, lines: [] },
        ],
      },
    },
    {
      name: 'and asked for under another name with other fields',
      query: '{ carts { due lines { total: count } } }',
      data: {
        carts: [
          { due: 11, lines: [{ total: 2 }, { total: 1 }] },
          { due: 0, lines: [] },
        ],
      },
    },
  ],
};

const requiresFragments: FederationSuite = {
  id: 'requires-with-fragments',
  about: 'Fields of the members of a union or of the implementations of an interface are required.',
  subgraphs: () => [
    {
      name: 'entries',
      sdl: `${link('2.3', '@key')}
        type Query { entries: [Entry!]! }
        type Entry @key(fields: "id") { id: ID! body: Body! item: Item! }
        union Body = Text | Image | Sound
        interface Item { title: String! }
        type Text implements Item { words: Int! title: String! }
        type Image implements Item { bytes: Int! size: Size title: String! }
        type Sound implements Item { seconds: Int! title: String! }
        type Size { w: Int! }`,
      resolvers: {
        Query: { entries: () => entries },
        Entry: { __resolveReference: byKey(entries, 'id'), item: ({ body }: (typeof entries)[number]) => body },
        Text: { title: () => 'text' },
        Image: { title: () => 'image' },
        Sound: { title: () => 'sound' },
      },
    },
    {
      name: 'weights',
      sdl: `${link('2.3', '@key', '@requires', '@external', '@shareable')}
        type Entry @key(fields: "id") {
          id: ID!
          body: Body! @external
          item: Item! @external
          weight: String! @requires(fields: "body { ... on Text { words } ... on Image { bytes size { w } } }")
          kind: String! @requires(fields: "body { __typename }")
          both: String! @requires(fields: "item { title ... on Sound { seconds } }")
        }
        union Body = Text | Image | Sound
        interface Item { title: String! }
        type Text implements Item { words: Int! @external title: String! @external }
        type Image implements Item { bytes: Int! @external size: Size @external title: String! @external }
        type Sound implements Item { seconds: Int! @external title: String! @external }
        type Size { w: Int! @external }`,
      resolvers: {
        Entry: {
          __resolveReference: (reference: object) => reference,
          weight: ({ body }: { body?: { words?: number; bytes?: number; size?: { w: number } } }) => {
            const { bytes, size, words } = needed(body, 'body');
            return `${words ?? '-'}/${bytes ?? '-'}/${size?.w ?? '-'}`;
          },
          kind: ({ body }: { body?: { __typename?: string } }) => needed(body?.__typename, '__typename'),
          both: ({ item }: { item?: { title?: string; seconds?: number } }) =>
            `${needed(item?.title, 'title')}/${item?.seconds ?? '-'}`,
        },
      },
    },
  ],
  cases: [
    {
      name: 'members of a union',
      query: '{ entries { weight } }',
      data: { entries: [{ weight: '12/-/-' }, { weight: '-/500/4' }, { weight: '-/-/-' }] },
    },
    {
      name: 'a field of an interface and one of an implementation',
      query: '{ entries { both } }',
      data: { entries: [{ both: 'text/-' }, { both: 'image/-' }, { both: 'sound/9' }] },
    },
    {
      name: 'beside other fragments on the same field',
      query: '{ entries { weight body { __typename ... on Sound { seconds } ... on Text { n: words } } } }',
      data: {
        entries: [
          { weight: '12/-/-', body: { __typename: 'Text', n: 12 } },
          { weight: '-/500/4', body: { __typename: 'Image' } },
          { weight: '-/-/-', body: { __typename: 'Sound', seconds: 9 } },
        ],
      },
    },
    {
      name: 'both requirements in one fetch',
      query: '{ entries { id weight both } }',
      data: {
        entries: [
          { id: 'e1', weight: '12/-/-', both: 'text/-' },
          { id: 'e2', weight: '-/500/4', both: 'image/-' },
          { id: 'e3', weight: '-/-/-', both: 'sound/9' },
        ],
      },
      fetches: 2,
    },
  ],
};

const requiresInterface: FederationSuite = {
  id: 'requires-interface',
  about: 'Entities that implement an interface require fields, of interfaces too.',
  subgraphs: () => [
    {
      name: 'fleet',
      sdl: `${link('2.3', '@key')}
        type Query { fleet: [Vehicle!]! car: Car }
        interface Vehicle { id: ID! maker: Maker! }
        interface Maker { id: ID! }
        type Company implements Maker @key(fields: "id") { id: ID! staff: Int! }
        type Person implements Maker @key(fields: "id") { id: ID! age: Int! }
        type Car implements Vehicle @key(fields: "id") { id: ID! doors: Int! maker: Maker! }
        type Bike implements Vehicle @key(fields: "id") { id: ID! gears: Int! maker: Maker! }`,
      resolvers: {
        Query: { fleet: () => vehicles, car: () => vehicles[0] },
        Car: { __resolveReference: byKey(vehicles, 'id') },
        Bike: { __resolveReference: byKey(vehicles, 'id') },
      },
    },
    {
      name: 'ratings',
      sdl: `${link('2.3', '@key', '@requires', '@external')}
        interface Vehicle { id: ID! rating: String! }
        interface Maker { id: ID! }
        type Company implements Maker @key(fields: "id") { id: ID! staff: Int! @external }
        type Person implements Maker @key(fields: "id") { id: ID! age: Int! @external }
        type Car implements Vehicle @key(fields: "id") {
          id: ID! doors: Int! @external rating: String! @requires(fields: "doors")
          trust: String! @requires(fields: "maker { id ... on Company { staff } ... on Person { age } }")
          maker: Maker! @external
        }
        type Bike implements Vehicle @key(fields: "id") {
          id: ID! gears: Int! @external rating: String! @requires(fields: "gears")
          trust: String! @requires(fields: "maker { ... on Person { id age } }")
          maker: Maker! @external
        }`,
      resolvers: {
        Car: {
          __resolveReference: (reference: object) => reference,
          rating: ({ doors }: { doors?: number }) => `doors ${needed(doors, 'doors')}`,
          trust: ({ maker }: { maker?: { id?: string; staff?: number; age?: number } }) =>
            `${needed(maker, 'maker').id} ${maker?.staff ?? maker?.age ?? '-'}`,
        },
        Bike: {
          __resolveReference: (reference: object) => reference,
          rating: ({ gears }: { gears?: number }) => `gears ${needed(gears, 'gears')}`,
          trust: ({ maker }: { maker?: { id?: string; age?: number } }) =>
            `${needed(maker, 'maker').id} ${maker?.age ?? '-'}`,
        },
      },
    },
  ],
  cases: [
    {
      name: 'each implementation requires its own',
      query: '{ fleet { id rating } }',
      data: {
        fleet: [
          { id: 'v1', rating: 'doors 4' },
          { id: 'v2', rating: 'gears 21' },
        ],
      },
    },
    {
      name: 'only one of them',
      query: '{ fleet { ... on Bike { rating } } }',
      data: { fleet: [{}, { rating: 'gears 21' }] },
    },
    {
      name: 'fields of an interface that is required',
      query: '{ fleet { ... on Car { trust } ... on Bike { trust } } }',
      data: { fleet: [{ trust: 'm1 10' }, { trust: 'm2 50' }] },
    },
    {
      name: 'beside the same interface asked for',
      query: '{ car { trust maker { __typename id } rating } }',
      data: { car: { trust: 'm1 10', maker: { __typename: 'Company', id: 'm1' }, rating: 'doors 4' } },
    },
    {
      name: 'fragments of both with the same response key',
      query: '{ fleet { ... on Car { x: rating } ... on Bike { x: trust } } }',
      data: { fleet: [{ x: 'doors 4' }, { x: 'm2 50' }] },
    },
  ],
};

export const requiresObjects: readonly FederationSuite[] = [
  nestedRequires,
  requiresOfEntities,
  requiresFragments,
  requiresInterface,
];
