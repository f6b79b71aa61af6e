import { byKey, byKeyWithGiven, link, type FederationSuite } from '../suite.js';

const devices = [
  { __typename: 'Scanner', id: 'd1', maker: 'Alba', tesla: 3 },
  { __typename: 'Pump', id: 'd2', maker: 'Bora', rate: 7 },
];
const services = [
  { id: 'd1', due: '2030', hours: 10 },
  { id: 'd2', due: '2031', hours: 20 },
];

const interfaceObject: FederationSuite = {
  id: 'interface-object',
  about: 'A subgraph adds fields to all implementations of an interface without knowing any.',
  subgraphs: () => [
    {
      name: 'devices',
      sdl: `${link('2.3', '@key')}
        type Query { devices: [Device!]! scanner: Scanner anything: Anything }
        union Anything = Scanner | Pump
        interface Device @key(fields: "id") { id: ID! maker: String! }
        type Scanner implements Device @key(fields: "id") { id: ID! maker: String! tesla: Int! }
        type Pump implements Device @key(fields: "id") { id: ID! maker: String! rate: Int! }`,
      resolvers: {
        Query: { devices: () => devices, scanner: () => devices[0], anything: () => devices[1] },
        Device: { __resolveReference: byKey(devices, 'id') },
        Scanner: { __resolveReference: byKey(devices, 'id') },
        Pump: { __resolveReference: byKey(devices, 'id') },
      },
    },
    {
      name: 'upkeep',
      sdl: `${link('2.3', '@key', '@interfaceObject')}
        type Query { late: [Device!]! one(id: ID!): Device }
        type Device @key(fields: "id") @interfaceObject { id: ID! due: String! hours: Int! }`,
      resolvers: {
        Query: {
          late: () => services,
          one: (_: unknown, { id }: { id: string }) => services.find((service) => service.id === id) ?? null,
        },
        Device: { __resolveReference: byKey(services, 'id') },
      },
    },
    {
      name: 'places',
      sdl: `${link('2.3', '@key', '@interfaceObject')}
        type Device @key(fields: "id") @interfaceObject { id: ID! place: Place! }
        type Place { room: String! sibling: Device }`,
      resolvers: {
        Device: {
          place: ({ id }: { id: string }) => ({ room: `room ${id}`, sibling: { id: id === 'd1' ? 'd2' : 'd1' } }),
        },
      },
    },
  ],
  cases: [
    {
      name: 'its field on every implementation',
      query: '{ devices { id maker due } }',
      data: {
        devices: [
          { id: 'd1', maker: 'Alba', due: '2030' },
          { id: 'd2', maker: 'Bora', due: '2031' },
        ],
      },
    },
    {
      name: 'its field on one implementation',
      query: '{ scanner { due tesla } }',
      data: { scanner: { due: '2030', tesla: 3 } },
    },
    {
      name: 'its own root needs nobody else',
      query: '{ late { id hours } }',
      data: {
        late: [
          { id: 'd1', hours: 10 },
          { id: 'd2', hours: 20 },
        ],
      },
      fetches: 1,
    },
    {
      name: '__typename is asked of the one that knows',
      query: '{ late { __typename id } }',
      data: {
        late: [
          { __typename: 'Scanner', id: 'd1' },
          { __typename: 'Pump', id: 'd2' },
        ],
      },
    },
    {
      name: '__typename under another name',
      query: '{ late { kind: __typename hours } }',
      data: {
        late: [
          { kind: 'Scanner', hours: 10 },
          { kind: 'Pump', hours: 20 },
        ],
      },
    },
    {
      name: 'a field of the interface from the other subgraph',
      query: '{ late { maker } }',
      data: { late: [{ maker: 'Alba' }, { maker: 'Bora' }] },
    },
    {
      name: 'fields of implementations',
      query: '{ late { due ... on Scanner { tesla } ... on Pump { rate maker } } }',
      data: {
        late: [
          { due: '2030', tesla: 3 },
          { due: '2031', rate: 7, maker: 'Bora' },
        ],
      },
    },
    {
      name: 'its own field, only on one implementation',
      query: '{ late { ... on Scanner { due hours } } }',
      data: { late: [{ due: '2030', hours: 10 }, {}] },
    },
    {
      name: 'from one interface object to another',
      query: '{ late { due place { room } } }',
      data: {
        late: [
          { due: '2030', place: { room: 'room d1' } },
          { due: '2031', place: { room: 'room d2' } },
        ],
      },
    },
    {
      name: 'from a value that it gives to the implementations',
      query: '{ one(id: "d1") { place { sibling { __typename id ... on Pump { rate } due } } } }',
      data: { one: { place: { sibling: { __typename: 'Pump', id: 'd2', rate: 7, due: '2031' } } } },
    },
    { name: 'an absent one', query: '{ one(id: "d9") { maker due } }', data: { one: null }, fetches: 1 },
    {
      name: 'on a member of a union',
      query: '{ anything { ... on Pump { due place { room } } ... on Scanner { hours } } }',
      data: { anything: { due: '2031', place: { room: 'room d2' } } },
    },
    {
      name: 'a fragment on the interface itself',
      query: '{ devices { ... on Device { due } ... on Scanner { tesla } } }',
      data: { devices: [{ due: '2030', tesla: 3 }, { due: '2031' }] },
    },
    {
      name: 'the interface object’s fields under the names of others',
      query: '{ devices { maker: due due: maker __typename } }',
      data: {
        devices: [
          { maker: '2030', due: 'Alba', __typename: 'Scanner' },
          { maker: '2031', due: 'Bora', __typename: 'Pump' },
        ],
      },
    },
  ],
};

const requiresOnInterfaceObject: FederationSuite = {
  id: 'interface-object-with-requires',
  about: 'A field of an interface object requires fields of the interface.',
  subgraphs: () => [
    {
      name: 'devices',
      sdl: `${link('2.3', '@key')}
        type Query { devices: [Device!]! other: [Device!]! }
        interface Device @key(fields: "id") { id: ID! maker: String! }
        type Scanner implements Device @key(fields: "id") { id: ID! maker: String! tesla: Int! }
        type Pump implements Device @key(fields: "id") { id: ID! maker: String! rate: Int! }`,
      resolvers: {
        Query: { devices: () => devices, other: () => [...devices].reverse() },
        Device: { __resolveReference: byKey(devices, 'id') },
        Scanner: { __resolveReference: byKey(devices, 'id') },
        Pump: { __resolveReference: byKey(devices, 'id') },
      },
    },
    {
      name: 'labels',
      sdl: `${link('2.3', '@key', '@interfaceObject', '@requires', '@external', '@shareable')}
        type Query { labelled: [Device!]! }
        type Device @key(fields: "id") @interfaceObject {
          id: ID! maker: String! @external label: String! @requires(fields: "maker") short: String!
        }`,
      resolvers: {
        Query: { labelled: () => services.map(({ id }) => ({ id })) },
        Device: {
          __resolveReference: byKeyWithGiven(
            services.map(({ id }) => ({ id })),
            'id',
          ),
          label: ({ id, maker }: { id: string; maker?: string }) => {
            if (maker === undefined) throw new Error('maker is required');
            return `${maker}-${id}`;
          },
          short: ({ id }: { id: string }) => `short ${id}`,
        },
      },
    },
  ],
  cases: [
    {
      name: 'on the interface',
      query: '{ devices { label } }',
      data: { devices: [{ label: 'Alba-d1' }, { label: 'Bora-d2' }] },
    },
    {
      name: 'without what requires',
      query: '{ devices { id short } }',
      data: {
        devices: [
          { id: 'd1', short: 'short d1' },
          { id: 'd2', short: 'short d2' },
        ],
      },
    },
    {
      name: 'on one implementation',
      query: '{ devices { id ... on Pump { label } } }',
      data: { devices: [{ id: 'd1' }, { id: 'd2', label: 'Bora-d2' }] },
    },
    {
      name: 'from its own root, away and back',
      query: '{ labelled { id label } }',
      data: {
        labelled: [
          { id: 'd1', label: 'Alba-d1' },
          { id: 'd2', label: 'Bora-d2' },
        ],
      },
    },
    {
      name: 'from its own root, with the type',
      query: '{ labelled { __typename label ... on Scanner { tesla } } }',
      data: {
        labelled: [
          { __typename: 'Scanner', label: 'Alba-d1', tesla: 3 },
          { __typename: 'Pump', label: 'Bora-d2' },
        ],
      },
    },
    {
      name: 'two lists in other orders',
      query: '{ devices { label } other { label ... on Pump { rate } } }',
      data: {
        devices: [{ label: 'Alba-d1' }, { label: 'Bora-d2' }],
        other: [{ label: 'Bora-d2', rate: 7 }, { label: 'Alba-d1' }],
      },
    },
    {
      name: 'beside the required field under another name',
      query: '{ labelled { maker: label label: maker } }',
      data: {
        labelled: [
          { maker: 'Alba-d1', label: 'Alba' },
          { maker: 'Bora-d2', label: 'Bora' },
        ],
      },
    },
  ],
};

const nonResolvable: FederationSuite = {
  id: 'non-resolvable-interface-object',
  about: 'An interface object that nobody can resolve to an implementation: an error where one is needed.',
  subgraphs: () => [
    {
      name: 'a',
      sdl: `${link('2.3', '@key', '@shareable')}
        type Query { item: Item node: Node }
        interface Item @key(fields: "id") { id: ID! }
        type Glove implements Item @key(fields: "id") { id: ID! }
        interface Node { id: ID! field: String }`,
      resolvers: {
        Query: { item: () => ({ __typename: 'Glove', id: 'g1' }), node: () => ({ __typename: 'Glove', id: 'n1' }) },
        Item: { __resolveReference: ({ id }: { id: string }) => ({ __typename: 'Glove', id }) },
      },
    },
    {
      name: 'b',
      sdl: `${link('2.3', '@key', '@interfaceObject', '@shareable')}
        type Query { b: Node }
        type Node @interfaceObject @key(fields: "id", resolvable: false) { id: ID! field: String @shareable }
        type Item @interfaceObject @key(fields: "id") { id: ID! name: String! }`,
      resolvers: {
        Query: { b: () => ({ id: 'n1', field: 'foo' }) },
        Item: {
          __resolveReference: (): never => {
            throw new Error('nobody may ask');
          },
        },
      },
    },
  ],
  cases: [
    { name: 'its own fields', query: '{ b { id field } }', data: { b: { id: 'n1', field: 'foo' } }, fetches: 1 },
    {
      name: 'through an interface that nobody implements',
      query: '{ node { id } }',
      data: { node: null },
      errors: true,
    },
    { name: 'and another field of it', query: '{ node { field } }', errors: true },
    { name: 'and nothing but its type', query: '{ node { __typename } }', data: { node: null }, errors: true },
    { name: 'only the interface’s own field', query: '{ item { id } }', data: { item: { id: 'g1' } }, fetches: 1 },
    { name: 'a field whose subgraph fails', query: '{ item { id name } }', data: { item: null }, errors: true },
    {
      name: 'a fragment on the implementation',
      query: '{ item { ... on Glove { id } } }',
      data: { item: { id: 'g1' } },
    },
  ],
};

const indirect: FederationSuite = {
  id: 'interface-object-indirect',
  about: 'An interface object is reached through entities of a subgraph that knows no implementation.',
  subgraphs: () => [
    {
      name: 'devices',
      sdl: `${link('2.3', '@key')}
        type Query { device(id: ID!): Device }
        interface Device @key(fields: "id") { id: ID! title: String! }
        type Scanner implements Device @key(fields: "id") { id: ID! title: String! tesla: Int! }
        type Pump implements Device @key(fields: "id") { id: ID! title: String! rate: Int! }`,
      resolvers: {
        Query: { device: (_: unknown, { id }: { id: string }) => devices.find((device) => device.id === id) },
        Device: { __resolveReference: byKey(devices, 'id') },
        Scanner: { __resolveReference: byKey(devices, 'id'), title: ({ id }: { id: string }) => `title ${id}` },
        Pump: { __resolveReference: byKey(devices, 'id'), title: ({ id }: { id: string }) => `title ${id}` },
      },
    },
    {
      name: 'owners',
      sdl: `${link('2.3', '@key', '@interfaceObject')}
        type Query { owner: Owner }
        type Owner @key(fields: "id") { id: ID! name: String! }
        type Device @key(fields: "id") @interfaceObject { id: ID! owner: Owner! }`,
      resolvers: {
        Query: { owner: () => ({ id: 'o1', name: 'Ola' }) },
        Owner: { __resolveReference: ({ id }: { id: string }) => ({ id, name: `name ${id}` }) },
        Device: { owner: ({ id }: { id: string }) => ({ id: `o-${id}`, name: `owner of ${id}` }) },
      },
    },
    {
      name: 'bookings',
      sdl: `${link('2.3', '@key', '@interfaceObject')}
        type Query { bookings: [Booking!]! }
        type Booking @key(fields: "id") { id: ID! device: Device }
        type Device @key(fields: "id") @interfaceObject { id: ID! }`,
      resolvers: {
        Query: {
          bookings: () => [
            { id: 'k1', device: { id: 'd1' } },
            { id: 'k2', device: null },
            { id: 'k3', device: { id: 'd2' } },
          ],
        },
      },
    },
  ],
  cases: [
    {
      name: 'to an implementation',
      query: '{ bookings { id device { id ... on Scanner { tesla } } } }',
      data: {
        bookings: [
          { id: 'k1', device: { id: 'd1', tesla: 3 } },
          { id: 'k2', device: null },
          { id: 'k3', device: { id: 'd2' } },
        ],
      },
    },
    {
      name: 'to a field of the interface and to a field of another interface object',
      query: '{ bookings { device { title owner { name } } } }',
      data: {
        bookings: [
          { device: { title: 'title d1', owner: { name: 'owner of d1' } } },
          { device: null },
          { device: { title: 'title d2', owner: { name: 'owner of d2' } } },
        ],
      },
    },
    {
      name: 'beside the same interface from the one that knows it',
      query: `{
        device(id: "d2") { id title ... on Pump { rate owner { name } } }
        owner { id name }
        bookings { device { __typename ... on Pump { rate } } }
      }`,
      data: {
        device: { id: 'd2', title: 'title d2', rate: 7, owner: { name: 'owner of d2' } },
        owner: { id: 'o1', name: 'Ola' },
        bookings: [
          { device: { __typename: 'Scanner' } },
          { device: null },
          { device: { __typename: 'Pump', rate: 7 } },
        ],
      },
    },
  ],
};

export const interfaceObjects: readonly FederationSuite[] = [
  interfaceObject,
  requiresOnInterfaceObject,
  nonResolvable,
  indirect,
];
