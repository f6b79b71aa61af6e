import { byKey, byKeyWithGiven, link, type FederationSuite } from '../suite.js';

const devices = [
  { __typename: 'Oven', id: '1', warranty: 2 },
  { __typename: 'Toaster', id: '2', warranty: 3 },
];
const admins = [
  { id: 'u1', __typename: 'Admin', isMain: false, name: 'Ann' },
  { id: 'u2', __typename: 'Admin', isMain: true, name: 'Ben' },
];

const typenames: FederationSuite = {
  id: 'typename',
  about: '__typename everywhere, under its own and other names.',
  subgraphs: () => [
    {
      name: 'a',
      sdl: `${link('2.3', '@key', '@shareable', '@interfaceObject')}
        type Query { union: Device interface: Node users: [User!]! }
        union Device = Oven | Toaster
        interface Node { id: ID! }
        type Oven implements Node @key(fields: "id") { id: ID! }
        type Toaster implements Node @key(fields: "id") { id: ID! }
        type User @key(fields: "id") @interfaceObject { id: ID! name: String }`,
      resolvers: {
        Query: {
          union: () => devices[0],
          interface: () => devices[1],
          users: () => admins.map(({ id, name }) => ({ id, name })),
        },
        Oven: { __resolveReference: byKey(devices, 'id') },
        Toaster: { __resolveReference: byKey(devices, 'id') },
        User: { __resolveReference: byKey(admins, 'id') },
      },
    },
    {
      name: 'b',
      sdl: `${link('2.3', '@key', '@shareable')}
        interface User @key(fields: "id") { id: ID! }
        type Admin implements User @key(fields: "id") { id: ID! isMain: Boolean! }
        type Oven @key(fields: "id") { id: ID! warranty: Int }
        type Toaster @key(fields: "id") { id: ID! warranty: Int }`,
      resolvers: {
        User: { __resolveReference: byKey(admins, 'id') },
        Admin: { __resolveReference: byKey(admins, 'id') },
        Oven: { __resolveReference: byKey(devices, 'id') },
        Toaster: { __resolveReference: byKey(devices, 'id') },
      },
    },
  ],
  cases: [
    {
      name: 'of a union',
      query: '{ union { __typename kind: __typename } }',
      data: { union: { __typename: 'Oven', kind: 'Oven' } },
      fetches: 1,
    },
    {
      name: 'of an interface',
      query: '{ interface { id __typename a: __typename b: __typename } }',
      data: { interface: { id: '2', __typename: 'Toaster', a: 'Toaster', b: 'Toaster' } },
    },
    {
      name: 'inside fragments',
      query: '{ union { __typename ... on Oven { kind: __typename warranty } ... on Toaster { other: __typename } } }',
      data: { union: { __typename: 'Oven', kind: 'Oven', warranty: 2 } },
    },
    {
      name: 'beside a field from elsewhere',
      query: '{ interface { ... on Toaster { __typename warranty } } }',
      data: { interface: { __typename: 'Toaster', warranty: 3 } },
    },
    {
      name: 'of an interface object, alone',
      query: '{ users { __typename } }',
      data: { users: [{ __typename: 'Admin' }, { __typename: 'Admin' }] },
    },
    {
      name: 'of an interface object, with a field of the implementation',
      query: '{ users { id __typename ... on Admin { isMain } } }',
      data: {
        users: [
          { id: 'u1', __typename: 'Admin', isMain: false },
          { id: 'u2', __typename: 'Admin', isMain: true },
        ],
      },
    },
    {
      name: 'none where none is asked for',
      query: '{ union { ... on Oven { warranty } } users { name } }',
      data: { union: { warranty: 2 }, users: [{ name: 'Ann' }, { name: 'Ben' }] },
    },
    {
      name: 'of the root, twice',
      query: '{ __typename root: __typename }',
      data: { __typename: 'Query', root: 'Query' },
      fetches: 0,
    },
    {
      name: 'of the root, beside fields',
      query: '{ __typename union { __typename } }',
      data: { __typename: 'Query', union: { __typename: 'Oven' } },
    },
    {
      name: 'an alias that looks like it',
      query: '{ users { typename: name } }',
      data: { users: [{ typename: 'Ann' }, { typename: 'Ben' }] },
    },
  ],
};

const things = [
  { id: 't1', label: 'one', size: 1 },
  { id: 't2', label: 'two', size: 2 },
];

const hostile: FederationSuite = {
  id: 'hostile-names',
  about: 'Response keys and fields with the names of what JavaScript objects are made of.',
  subgraphs: () => [
    {
      name: 'a',
      sdl: `${link('2.3', '@key')}
        type Query { things: [Thing!]! constructor: Thing toString: String hasOwnProperty(length: Int): Int }
        type Thing @key(fields: "id") { id: ID! label: String! constructor: String valueOf: Int prototype: Thing }`,
      resolvers: {
        Query: {
          things: () => things,
          constructor: () => things[0],
          toString: () => 'text',
          hasOwnProperty: (_: unknown, args: { length?: number }) => args.length,
        },
        Thing: {
          __resolveReference: byKey(things, 'id'),
          constructor: () => 'made',
          valueOf: () => 7,
          prototype: () => things[1],
        },
      },
    },
    {
      name: 'b',
      sdl: `${link('2.3', '@key', '@requires', '@external')}
        type Thing @key(fields: "id") {
          id: ID! size: Int!
          constructor: String @external
          then: String @requires(fields: "constructor")
        }`,
      resolvers: {
        Thing: {
          __resolveReference: byKeyWithGiven(
            things.map(({ id, size }) => ({ id, size })),
            'id',
          ),
          then: (thing: { constructor: unknown }) => `then ${String(thing.constructor)}`,
        },
      },
    },
  ],
  cases: [
    {
      name: '__proto__ as an alias',
      query: '{ things { __proto__: label } }',
      data: { things: [JSON.parse('{"__proto__":"one"}') as unknown, JSON.parse('{"__proto__":"two"}') as unknown] },
    },
    {
      name: '__proto__ as the alias of an object with fields from elsewhere',
      query: '{ __proto__: things { id size } }',
      data: JSON.parse('{"__proto__":[{"id":"t1","size":1},{"id":"t2","size":2}]}') as unknown,
    },
    {
      name: 'constructor as an alias',
      query: '{ constructor: things { constructor: size } }',
      data: { constructor: [{ constructor: 1 }, { constructor: 2 }] },
    },
    {
      name: 'fields with such names',
      query: '{ constructor { constructor valueOf prototype { label } size } toString }',
      data: {
        constructor: { constructor: 'made', valueOf: 7, prototype: { label: 'two' }, size: 1 },
        toString: 'text',
      },
    },
    {
      name: 'a required field with such a name',
      query: '{ things { then } }',
      data: { things: [{ then: 'then made' }, { then: 'then made' }] },
    },
    {
      name: 'variables with such names',
      query:
        'query ($constructor: Int, $__proto__: Int) { a: hasOwnProperty(length: $constructor) b: hasOwnProperty(length: $__proto__) }',
      variables: JSON.parse('{"constructor":4,"__proto__":5}') as Record<string, unknown>,
      data: { a: 4, b: 5 },
    },
    {
      name: 'a variable with such a name that is not given',
      query:
        'query ($constructor: Int, $toString: Int) { a: hasOwnProperty(length: $constructor) b: hasOwnProperty(length: $toString) }',
      data: { a: null, b: null },
    },
    {
      name: 'fragments with such names',
      query:
        '{ things { ...constructor } } fragment constructor on Thing { ...toString } fragment toString on Thing { hasOwnProperty: size }',
      data: { things: [{ hasOwnProperty: 1 }, { hasOwnProperty: 2 }] },
    },
    {
      name: 'an alias that executors use themselves',
      query: '{ things { __typename_: label representations: size _entities: id } }',
      data: {
        things: [
          { __typename_: 'one', representations: 1, _entities: 't1' },
          { __typename_: 'two', representations: 2, _entities: 't2' },
        ],
      },
    },
    {
      name: '_entities as the alias of a root',
      query: '{ _entities: things { size } }',
      data: { _entities: [{ size: 1 }, { size: 2 }] },
    },
  ],
};

const federationLike: FederationSuite = {
  id: 'federation-like-names',
  about: 'Types and fields that are named as federation names its own.',
  subgraphs: () => [
    {
      name: 'join-sub.graph',
      sdl: `${link('2.3', '@key')}
        type Query { entity: Entity link: Link service: Service join: [Key!]! }
        type Entity @key(fields: "key") { key: ID! requires: String provides: String }
        type Link @key(fields: "url") { url: String! import: [String] }
        type Service { sdl: String representations(representations: [Int]): [Int] }
        type Key @key(fields: "fields { key }") { fields: Fields! graph: String }
        type Fields { key: ID! }
        enum Purpose { SECURITY EXECUTION }`,
      resolvers: {
        Query: {
          entity: () => ({ key: 'e', requires: 'r', provides: 'p' }),
          link: () => ({ url: 'u', import: ['a', null] }),
          service: () => ({ sdl: 'sdl' }),
          join: () => [{ fields: { key: 'k1' }, graph: 'g' }],
        },
        Service: {
          representations: (_: unknown, { representations }: { representations: number[] }) => representations,
        },
      },
    },
    {
      name: 'Join_Sub_Graph',
      sdl: `extend schema @link(url: "https://specs.apollo.dev/federation/v2.3")
        type Entity @federation__key(fields: "key") { key: ID! external: String @federation__shareable override(from: String): String }
        type Link @federation__key(fields: "url") { url: String! purpose: Purpose }
        enum Purpose { SECURITY EXECUTION }
        type Key @federation__key(fields: "fields { key }") { fields: Fields! @federation__shareable typename: String }
        type Fields @federation__shareable { key: ID! }`,
      resolvers: {
        Entity: { external: () => 'x', override: (_: unknown, { from }: { from?: string }) => from ?? 'nowhere' },
        Link: { purpose: () => 'SECURITY' },
        Key: { typename: ({ fields }: { fields: { key: string } }) => `Key ${fields.key}` },
      },
    },
  ],
  cases: [
    {
      name: 'types',
      query: '{ entity { key requires provides external override(from: "a") } link { url import purpose } }',
      data: {
        entity: { key: 'e', requires: 'r', provides: 'p', external: 'x', override: 'a' },
        link: { url: 'u', import: ['a', null], purpose: 'SECURITY' },
      },
    },
    {
      name: 'keys',
      query: '{ join { typename fields { key } graph } }',
      data: { join: [{ typename: 'Key k1', fields: { key: 'k1' }, graph: 'g' }] },
    },
    {
      name: 'arguments, with a variable of the same name',
      query:
        'query ($representations: [Int]) { service { sdl representations(representations: $representations) } entity { external } }',
      variables: { representations: [1, null] },
      data: { service: { sdl: 'sdl', representations: [1, null] }, entity: { external: 'x' } },
    },
  ],
};

const aliases: FederationSuite = {
  id: 'aliases',
  about: 'Aliases in fragments, on entities and on what joins them.',
  subgraphs: () => [
    {
      name: 'a',
      sdl: `${link('2.3', '@key')}
        type Query { things: [Thing!]! either: [Either!]! }
        union Either = Thing | Other
        type Thing @key(fields: "id") { id: ID! label(upper: Boolean = false): String! }
        type Other @key(fields: "id") { id: ID! label: Int! }`,
      resolvers: {
        Query: {
          things: () => things,
          either: () => [
            { __typename: 'Thing', ...things[0] },
            { __typename: 'Other', id: 'o1', label: 5 },
          ],
        },
        Thing: {
          __resolveReference: byKey(things, 'id'),
          label: ({ label }: { label: string }, { upper }: { upper: boolean }) => (upper ? label.toUpperCase() : label),
        },
      },
    },
    {
      name: 'b',
      sdl: `${link('2.3', '@key')}
        type Thing @key(fields: "id") { id: ID! size(times: Int! = 1): Int! twin: Thing }
        type Other @key(fields: "id") { id: ID! size: Float! }`,
      resolvers: {
        Thing: {
          __resolveReference: byKey(things, 'id'),
          size: ({ size }: { size: number }, { times }: { times: number }) => size * times,
          twin: ({ id }: { id: string }) => ({ id: id === 't1' ? 't2' : 't1', size: id === 't1' ? 2 : 1 }),
        },
        Other: { size: () => 0.5 },
      },
    },
  ],
  cases: [
    {
      name: 'one entity field with several arguments',
      query: '{ things { a: size b: size(times: 2) c: size(times: 3) } }',
      data: {
        things: [
          { a: 1, b: 2, c: 3 },
          { a: 2, b: 4, c: 6 },
        ],
      },
      fetches: 2,
    },
    {
      name: 'in fragments of a union, each with names of its own',
      query: '{ either { ... on Thing { n: size } ... on Other { m: size } } }',
      data: { either: [{ n: 1 }, { m: 0.5 }] },
    },
    {
      name: 'the name of another field, in a fragment',
      query: '{ either { ... on Thing { size: label } ... on Other { size: id } } }',
      errors: true,
    },
    {
      name: 'a name and what it names in two fragments',
      query: '{ things { ...A ...B } } fragment A on Thing { x: size } fragment B on Thing { size: label x: size }',
      data: {
        things: [
          { x: 1, size: 'one' },
          { x: 2, size: 'two' },
        ],
      },
    },
    {
      name: 'an entity under two names, with fields from both subgraphs',
      query: '{ things { l: twin { label s: size } r: twin { up: label(upper: true) } id: label } }',
      data: {
        things: [
          { l: { label: 'two', s: 2 }, r: { up: 'TWO' }, id: 'one' },
          { l: { label: 'one', s: 1 }, r: { up: 'ONE' }, id: 'two' },
        ],
      },
    },
    {
      name: 'the name of the type field',
      query: '{ either { kind: __typename ... on Thing { id: size } ... on Other { key: id } } }',
      data: {
        either: [
          { kind: 'Thing', id: 1 },
          { kind: 'Other', key: 'o1' },
        ],
      },
    },
  ],
};

export const names: readonly FederationSuite[] = [typenames, hostile, federationLike, aliases];
