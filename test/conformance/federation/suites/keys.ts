import { byKey, link, type FederationSuite } from '../suite.js';

const drugs = [
  { id: 'd1', code: 'C1', batch: 'B1', name: 'Aspirin', price: 2, stock: 10 },
  { id: 'd2', code: 'C2', batch: 'B2', name: 'Heparin', price: 9, stock: 0 },
];

const multipleKeys: FederationSuite = {
  id: 'multiple-keys',
  about: 'Subgraphs that share no key are reached through one that knows both.',
  subgraphs: () => [
    {
      name: 'catalog',
      sdl: `${link('2.3', '@key')}
        type Query { drugs: [Drug!]! }
        type Drug @key(fields: "id") { id: ID! name: String! }`,
      resolvers: { Query: { drugs: () => drugs }, Drug: { __resolveReference: byKey(drugs, 'id') } },
    },
    {
      name: 'codes',
      sdl: `${link('2.3', '@key')}
        type Drug @key(fields: "id") @key(fields: "code") { id: ID! code: String! }`,
      resolvers: {
        Drug: {
          __resolveReference: (reference: { id?: string; code?: string }) =>
            drugs.find(({ id, code }) => id === reference.id || code === reference.code) ?? null,
        },
      },
    },
    {
      name: 'batches',
      sdl: `${link('2.3', '@key')}
        type Query { byCode(code: String!): Drug }
        type Drug @key(fields: "code") @key(fields: "batch") { code: String! batch: String! price: Int! }`,
      resolvers: {
        Query: { byCode: (_: unknown, { code }: { code: string }) => drugs.find((drug) => drug.code === code) ?? null },
        Drug: {
          __resolveReference: (reference: { batch?: string; code?: string }) =>
            drugs.find(({ batch, code }) => batch === reference.batch || code === reference.code) ?? null,
        },
      },
    },
    {
      name: 'stock',
      sdl: `${link('2.3', '@key')}
        type Query { inStock: [Drug!]! }
        type Drug @key(fields: "batch") { batch: String! stock: Int! }`,
      resolvers: {
        Query: { inStock: () => drugs.filter(({ stock }) => stock > 0) },
        Drug: { __resolveReference: byKey(drugs, 'batch') },
      },
    },
  ],
  cases: [
    {
      name: 'one hop',
      query: '{ drugs { name code } }',
      data: {
        drugs: [
          { name: 'Aspirin', code: 'C1' },
          { name: 'Heparin', code: 'C2' },
        ],
      },
    },
    {
      name: 'two hops',
      query: '{ drugs { name price } }',
      data: {
        drugs: [
          { name: 'Aspirin', price: 2 },
          { name: 'Heparin', price: 9 },
        ],
      },
    },
    {
      name: 'three hops, and none of the keys is shown',
      query: '{ drugs { stock } }',
      data: { drugs: [{ stock: 10 }, { stock: 0 }] },
    },
    {
      name: 'three hops in the other direction',
      query: '{ inStock { name } }',
      data: { inStock: [{ name: 'Aspirin' }] },
    },
    {
      name: 'from the middle both ways',
      query: '{ byCode(code: "C2") { name stock price id batch } }',
      data: { byCode: { name: 'Heparin', stock: 0, price: 9, id: 'd2', batch: 'B2' } },
    },
    {
      name: 'from the middle, an absent one',
      query: '{ byCode(code: "C9") { name stock } }',
      data: { byCode: null },
      fetches: 1,
    },
  ],
};

const slots = [
  {
    hospital: { id: 'h1', region: 'N' },
    number: 1,
    room: { floor: { level: 3 }, door: 'a' },
    doctor: 'Ann',
    price: 10,
  },
  {
    hospital: { id: 'h1', region: 'N' },
    number: 2,
    room: { floor: { level: 4 }, door: 'b' },
    doctor: 'Ben',
    price: 20,
  },
  {
    hospital: { id: 'h2', region: 'S' },
    number: 1,
    room: { floor: { level: 3 }, door: 'c' },
    doctor: 'Cid',
    price: 30,
  },
];

const compositeKeys: FederationSuite = {
  id: 'composite-keys',
  about: 'Keys of several fields and of fields of objects.',
  subgraphs: () => [
    {
      name: 'slots',
      sdl: `${link('2.3', '@key', '@shareable')}
        type Query { slots: [Slot!]! }
        type Slot @key(fields: "number hospital { id }") @key(fields: "room { floor { level } door }") {
          number: Int! hospital: Hospital! room: Room!
        }
        type Hospital @shareable { id: ID! region: String! }
        type Room @shareable { floor: Floor! door: String! }
        type Floor @shareable { level: Int! }`,
      resolvers: { Query: { slots: () => slots } },
    },
    {
      name: 'doctors',
      sdl: `${link('2.3', '@key', '@shareable')}
        type Slot @key(fields: "hospital { id } number") { number: Int! hospital: Hospital! doctor: String! }
        type Hospital @shareable { id: ID! }`,
      resolvers: { Slot: { __resolveReference: byKey(slots, 'number', 'hospital.id') } },
    },
    {
      name: 'prices',
      sdl: `${link('2.3', '@key', '@shareable')}
        type Slot @key(fields: "room { door floor { level } }") { room: Room! price: Int! }
        type Room @shareable { floor: Floor! door: String! }
        type Floor @shareable { level: Int! }`,
      resolvers: { Slot: { __resolveReference: byKey(slots, 'room.door', 'room.floor.level') } },
    },
  ],
  cases: [
    {
      name: 'a key of two fields, one of them in an object',
      query: '{ slots { doctor } }',
      data: { slots: [{ doctor: 'Ann' }, { doctor: 'Ben' }, { doctor: 'Cid' }] },
    },
    {
      name: 'a key of objects only, two levels deep',
      query: '{ slots { price } }',
      data: { slots: [{ price: 10 }, { price: 20 }, { price: 30 }] },
    },
    {
      name: 'both, with parts of the keys asked for under other names',
      query: '{ slots { n: number h: hospital { region } room { d: door } price doctor } }',
      data: {
        slots: [
          { n: 1, h: { region: 'N' }, room: { d: 'a' }, price: 10, doctor: 'Ann' },
          { n: 2, h: { region: 'N' }, room: { d: 'b' }, price: 20, doctor: 'Ben' },
          { n: 1, h: { region: 'S' }, room: { d: 'c' }, price: 30, doctor: 'Cid' },
        ],
      },
    },
    {
      name: 'a field of the key with the alias of another',
      query: '{ slots { number: price hospital: doctor } }',
      data: {
        slots: [
          { number: 10, hospital: 'Ann' },
          { number: 20, hospital: 'Ben' },
          { number: 30, hospital: 'Cid' },
        ],
      },
    },
  ],
};

const members = {
  m1: { id: 'm1', pid: 'x1', triple: { one: '1', two: '2', three: '3' }, name: 'Mo' },
  m2: { id: 'm2', pid: 'x2', triple: { one: '4', two: '5', three: '6' }, name: 'Nu' },
};

const keysMashup: FederationSuite = {
  id: 'keys-mash-up',
  about: 'Many keys, of which each subgraph resolves another one.',
  subgraphs: () => [
    {
      name: 'people',
      sdl: `${link('2.5', '@key')}
        type Member
          @key(fields: "id")
          @key(fields: "pid", resolvable: false)
          @key(fields: "triple { one two }", resolvable: false)
          @key(fields: "id triple { two three }", resolvable: false) {
          id: ID! pid: ID! triple: Triple! name: String!
        }
        type Triple { one: ID! two: ID! three: ID! }`,
      resolvers: { Member: { __resolveReference: byKey(Object.values(members), 'id') } },
    },
    {
      name: 'teams',
      sdl: `${link('2.5', '@key', '@requires', '@external')}
        type Query { team: Team }
        type Team @key(fields: "id") { id: ID! members: [Member!]! }
        type Member
          @key(fields: "triple { one two }", resolvable: false)
          @key(fields: "id triple { two three }", resolvable: true)
          @key(fields: "pid", resolvable: false)
          @key(fields: "id", resolvable: false) {
          id: ID! pid: ID! triple: Triple! name: String! @external badge: String! @requires(fields: "name")
        }
        type Triple { one: ID! two: ID! three: ID! }`,
      resolvers: {
        Query: { team: () => ({ id: 't1' }) },
        Team: { members: () => [members.m1, members.m2].map(({ id, pid, triple }) => ({ id, pid, triple })) },
        Member: {
          __resolveReference: (reference: {
            id: 'm1' | 'm2';
            triple: { two: string; three: string };
            name?: string;
          }) => {
            const found = members[reference.id];
            if (found.triple.two !== reference.triple.two || found.triple.three !== reference.triple.three) return null;
            return { ...found, name: reference.name };
          },
          badge: ({ name }: { name?: string }) => {
            if (name === undefined) throw new Error('name was required');
            return `badge of ${name}`;
          },
        },
      },
    },
  ],
  cases: [
    {
      name: 'a required field is fetched with one key, and brought back with another',
      query: '{ team { id members { id name badge } } }',
      data: {
        team: {
          id: 't1',
          members: [
            { id: 'm1', name: 'Mo', badge: 'badge of Mo' },
            { id: 'm2', name: 'Nu', badge: 'badge of Nu' },
          ],
        },
      },
    },
    {
      name: 'neither keys nor what is required is asked for',
      query: '{ team { members { badge } } }',
      data: { team: { members: [{ badge: 'badge of Mo' }, { badge: 'badge of Nu' }] } },
    },
    {
      name: 'a part of the composite key is asked for',
      query: '{ team { members { badge triple { one } } } }',
      data: {
        team: {
          members: [
            { badge: 'badge of Mo', triple: { one: '1' } },
            { badge: 'badge of Nu', triple: { one: '4' } },
          ],
        },
      },
    },
  ],
};

const orders = [
  { id: 'o1', item: 'i1' },
  { id: 'o2', item: 'i2' },
];
const items = [
  { id: 'i1', name: 'Gloves' },
  { id: 'i2', name: 'Masks' },
];

const nonResolvableKeys: FederationSuite = {
  id: 'non-resolvable-keys',
  about: 'A subgraph that only refers to an entity is never asked to resolve it.',
  subgraphs: () => [
    {
      name: 'orders',
      sdl: `${link('2.3', '@key')}
        type Query { orders: [Order!]! }
        type Order @key(fields: "id") { id: ID! item: Item! }
        type Item @key(fields: "id", resolvable: false) { id: ID! }`,
      resolvers: {
        Query: { orders: () => orders },
        Order: { item: ({ item }: { item: string }) => ({ id: item }) },
      },
    },
    {
      name: 'items',
      sdl: `${link('2.3', '@key')}
        type Query { items: [Item!]! }
        type Item @key(fields: "id") { id: ID! name: String! }`,
      resolvers: { Query: { items: () => items }, Item: { __resolveReference: byKey(items, 'id') } },
    },
  ],
  cases: [
    {
      name: 'from the reference to the one that resolves',
      query: '{ orders { id item { name } } }',
      data: {
        orders: [
          { id: 'o1', item: { name: 'Gloves' } },
          { id: 'o2', item: { name: 'Masks' } },
        ],
      },
    },
    {
      name: 'the key alone needs no second subgraph',
      query: '{ orders { item { id __typename } } }',
      data: {
        orders: [{ item: { id: 'i1', __typename: 'Item' } }, { item: { id: 'i2', __typename: 'Item' } }],
      },
      fetches: 1,
    },
    {
      name: 'the owner serves its own alone',
      query: '{ items { id name } }',
      data: {
        items: [
          { id: 'i1', name: 'Gloves' },
          { id: 'i2', name: 'Masks' },
        ],
      },
      fetches: 1,
    },
  ],
};

export const keys: readonly FederationSuite[] = [multipleKeys, compositeKeys, keysMashup, nonResolvableKeys];
