import { byKey, link, type FederationSuite } from '../suite.js';

const products = [
  { id: '1', pid: 'p1', category: { id: 'c1', tag: 't1', name: 'Category 1', mainProduct: '2' }, price: 100 },
  { id: '2', pid: 'p2', category: { id: 'c2', tag: 't2', name: 'Category 2', mainProduct: '1' }, price: 200 },
];
const productOf = (id: string) => products.find((product) => product.id === id);

/** Ids of a list in a key, in their order. */
const idsOf = (list: readonly { readonly id: string }[]): string => list.map(({ id }) => id).join('+');

const listsInKeys: FederationSuite = {
  id: 'complex-entity-call',
  about: 'Keys that hold lists of entities, and keys over three levels.',
  subgraphs: () => [
    {
      name: 'products',
      sdl: `${link('2.3', '@key', '@shareable')}
        type Query { top: ProductList! }
        type ProductList @key(fields: "products { id }") { products: [Product!]! }
        type Product @key(fields: "id") { id: ID! category: Category @shareable }
        type Category @key(fields: "id") { id: ID! tag: String @shareable }`,
      resolvers: {
        Query: { top: () => ({ products }) },
        Product: { __resolveReference: byKey(products, 'id') },
      },
    },
    {
      name: 'links',
      sdl: `${link('2.3', '@key', '@shareable')}
        type Product @key(fields: "id") @key(fields: "id pid") { id: ID! @shareable pid: String! @shareable }`,
      resolvers: { Product: { __resolveReference: byKey(products, 'id') } },
    },
    {
      name: 'lists',
      sdl: `${link('2.3', '@key', '@shareable')}
        type ProductList @key(fields: "products { id pid }") { products: [Product!]! @shareable first: Product @shareable selected: Product @shareable }
        type Product @key(fields: "id pid") { id: ID! pid: String! @shareable }`,
      resolvers: {
        ProductList: {
          __resolveReference: ({ products: given }: { products: { id: string; pid: string }[] }) =>
            given.every(({ pid }) => pid.startsWith('p')) ? { products: given } : null,
          first: ({ products: given }: { products: { id: string }[] }) => productOf(given[0]?.id ?? ''),
          selected: ({ products: given }: { products: { id: string }[] }) => productOf(given[1]?.id ?? ''),
        },
        Product: { __resolveReference: byKey(products, 'id', 'pid') },
      },
    },
    {
      name: 'prices',
      sdl: `${link('2.3', '@key', '@shareable')}
        type ProductList @key(fields: "products { id pid category { id tag } } selected { id }") {
          products: [Product!]! @shareable
          selected: Product @shareable
          total: Int!
          key: String!
        }
        type Product @key(fields: "id pid category { id tag }") { id: ID! pid: String! @shareable price: Int! category: Category @shareable }
        type Category @key(fields: "id tag") { id: ID! tag: String main: Product! }`,
      resolvers: {
        ProductList: {
          __resolveReference: (list: { products: { id: string }[]; selected: { id: string } }) => list,
          total: ({ products: given }: { products: { id: string }[] }) =>
            given.reduce((sum, { id }) => sum + (productOf(id)?.price ?? 0), 0),
          key: ({ products: given, selected }: { products: { id: string }[]; selected: { id: string } }) =>
            `${idsOf(given)} ${selected.id}`,
        },
        Product: { __resolveReference: byKey(products, 'id', 'pid', 'category.id', 'category.tag') },
        Category: {
          __resolveReference: ({ id }: { id: string }) => products.find(({ category }) => category.id === id)?.category,
          main: ({ mainProduct }: { mainProduct: string }) => productOf(mainProduct),
        },
      },
    },
  ],
  cases: [
    {
      name: 'the list of the key, completed',
      query: '{ top { products { id pid } } }',
      data: {
        top: {
          products: [
            { id: '1', pid: 'p1' },
            { id: '2', pid: 'p2' },
          ],
        },
      },
    },
    {
      name: 'a field behind a key with a list, of which a part comes from elsewhere',
      query: '{ top { first { id } } }',
      data: { top: { first: { id: '1' } } },
    },
    {
      name: 'a field behind a key with a list of three levels and a second entity',
      query: '{ top { total key } }',
      data: { top: { total: 300, key: '1+2 2' } },
    },
    {
      name: 'everything',
      query: '{ top { products { id pid price category { tag main { id } } } first { price } selected { pid } } }',
      data: {
        top: {
          products: [
            { id: '1', pid: 'p1', price: 100, category: { tag: 't1', main: { id: '2' } } },
            { id: '2', pid: 'p2', price: 200, category: { tag: 't2', main: { id: '1' } } },
          ],
          first: { price: 100 },
          selected: { pid: 'p2' },
        },
      },
    },
  ],
};

const beings = [
  { __typename: 'Cat', id: 'x', name: 'Tom' },
  { __typename: 'Dog', id: 'x', name: 'Rex' },
  { __typename: 'Cat', id: 'y', name: 'Kit' },
];

const sameIds: FederationSuite = {
  id: 'same-ids-of-different-types',
  about: 'Entities of different types with the same id are different entities; the same entity in many places is one.',
  subgraphs: () => [
    {
      name: 'zoo',
      sdl: `${link('2.3', '@key')}
        type Query { animals: [Animal!]! pairs: [[Cat!]!]! }
        union Animal = Cat | Dog
        type Cat @key(fields: "id") { id: ID! }
        type Dog @key(fields: "id") { id: ID! }`,
      resolvers: {
        Query: {
          animals: () => [...beings, ...beings],
          pairs: () => [
            [beings[0], beings[2]],
            [beings[2], beings[0]],
            [beings[0], beings[0]],
          ],
        },
      },
    },
    {
      name: 'names',
      sdl: `${link('2.3', '@key')}
        type Cat @key(fields: "id") { id: ID! name: String! kin: [Cat!]! }
        type Dog @key(fields: "id") { id: ID! name: String! }`,
      resolvers: {
        Cat: {
          __resolveReference: byKey(
            beings.filter(({ __typename }) => __typename === 'Cat'),
            'id',
          ),
          kin: () => [beings[2], beings[0]],
        },
        Dog: {
          __resolveReference: byKey(
            beings.filter(({ __typename }) => __typename === 'Dog'),
            'id',
          ),
        },
      },
    },
  ],
  cases: [
    {
      name: 'in one list',
      query: '{ animals { ... on Cat { name } ... on Dog { name } } }',
      data: { animals: ['Tom', 'Rex', 'Kit', 'Tom', 'Rex', 'Kit'].map((name) => ({ name })) },
    },
    {
      name: 'the same field under different names for each type',
      query: '{ animals { __typename ... on Cat { c: name id } ... on Dog { d: name id } } }',
      data: {
        animals: [...beings, ...beings].map(({ __typename, id, name }) => ({
          __typename,
          [__typename === 'Cat' ? 'c' : 'd']: name,
          id,
        })),
      },
    },
    {
      name: 'in lists of lists, in other orders',
      query: '{ pairs { name } }',
      data: {
        pairs: [
          ['Tom', 'Kit'],
          ['Kit', 'Tom'],
          ['Tom', 'Tom'],
        ].map((pair) => pair.map((name) => ({ name }))),
      },
    },
    {
      name: 'an entity inside itself, with other fields at each level',
      query: '{ pairs { id kin { name kin { id } } } }',
      data: {
        pairs: [
          ['x', 'y'],
          ['y', 'x'],
          ['x', 'x'],
        ].map((pair) =>
          pair.map((id) => ({
            id,
            kin: ['Kit', 'Tom'].map((name) => ({ name, kin: [{ id: 'y' }, { id: 'x' }] })),
          })),
        ),
      },
    },
  ],
};

const COUNT = 1200;
const many = Array.from({ length: COUNT }, (_, index) => ({ id: `m${index}`, owner: `o${index % 7}`, weight: index }));

const crowd: FederationSuite = {
  id: 'many-entities',
  about: 'Long lists keep their order, and who is in them a hundred times is asked for once.',
  subgraphs: () => [
    {
      name: 'items',
      sdl: `${link('2.3', '@key')}
        type Query { items: [Item!]! }
        type Item @key(fields: "id") { id: ID! owner: Owner! }
        type Owner @key(fields: "id", resolvable: false) { id: ID! }`,
      resolvers: {
        Query: { items: () => many },
        Item: { __resolveReference: byKey(many, 'id'), owner: ({ owner }: { owner: string }) => ({ id: owner }) },
      },
    },
    {
      name: 'owners',
      sdl: `${link('2.3', '@key')}
        type Item @key(fields: "id") { id: ID! weight: Int! }
        type Owner @key(fields: "id") { id: ID! name: String! }`,
      resolvers: {
        Item: { weight: ({ id }: { id: string }) => Number(id.slice(1)) },
        Owner: { name: ({ id }: { id: string }) => `owner ${id}` },
      },
    },
  ],
  cases: [
    {
      name: 'each with what is its own',
      query: '{ items { id weight } }',
      data: { items: many.map(({ id, weight }) => ({ id, weight })) },
      fetches: 2,
    },
    {
      name: 'few owners of many',
      query: '{ items { owner { name } } }',
      data: { items: many.map(({ owner }) => ({ owner: { name: `owner ${owner}` } })) },
      fetches: 2,
    },
    {
      name: 'both at once',
      query: '{ items { weight owner { name } } }',
      data: { items: many.map(({ owner, weight }) => ({ weight, owner: { name: `owner ${owner}` } })) },
    },
  ],
};

const staff = [
  { __typename: 'Doctor', id: 's1', name: 'Ann', speciality: 'heart', shift: 1 },
  { __typename: 'Nurse', id: 's2', name: 'Ben', grade: 4, shift: 2 },
];

const entityInterfaces: FederationSuite = {
  id: 'entity-interface',
  about: 'An interface with a key: subgraphs complete its implementations one by one.',
  subgraphs: () => [
    {
      name: 'staff',
      sdl: `${link('2.3', '@key')}
        type Query { staff: [Member!]! chief: Doctor }
        interface Member @key(fields: "id") { id: ID! name: String! }
        type Doctor implements Member @key(fields: "id") { id: ID! name: String! speciality: String }
        type Nurse implements Member @key(fields: "id") { id: ID! name: String! grade: Int }`,
      resolvers: {
        Query: { staff: () => staff, chief: () => staff[0] },
        Member: { __resolveReference: byKey(staff, 'id') },
        Doctor: { __resolveReference: byKey(staff, 'id') },
        Nurse: { __resolveReference: byKey(staff, 'id') },
      },
    },
    {
      name: 'shifts',
      sdl: `${link('2.3', '@key', '@interfaceObject')}
        type Query { onDuty: [Member!]! }
        type Member @key(fields: "id") @interfaceObject { id: ID! shift: Int! relief: Member }`,
      resolvers: {
        Query: { onDuty: () => staff.map(({ id }) => ({ id })) },
        Member: {
          __resolveReference: byKey(staff, 'id'),
          shift: ({ id }: { id: string }) => staff.find((member) => member.id === id)?.shift,
          relief: ({ id }: { id: string }) => (id === 's1' ? { id: 's2' } : null),
        },
      },
    },
    {
      name: 'wards',
      sdl: `${link('2.3', '@key')}
        type Query { wards: [Ward!]! }
        type Ward { title: String! lead: Doctor nurses: [Nurse!]! }
        type Doctor @key(fields: "id") { id: ID! ward: Ward }
        type Nurse @key(fields: "id", resolvable: false) { id: ID! }`,
      resolvers: {
        Query: { wards: () => [{ title: 'North', lead: { id: 's1' }, nurses: [{ id: 's2' }] }] },
        Doctor: { ward: () => ({ title: 'North', lead: null, nurses: [] }) },
      },
    },
  ],
  cases: [
    {
      name: 'all three',
      query: '{ staff { name shift relief { name shift } ... on Doctor { ward { title } } } }',
      data: {
        staff: [
          { name: 'Ann', shift: 1, relief: { name: 'Ben', shift: 2 }, ward: { title: 'North' } },
          { name: 'Ben', shift: 2, relief: null },
        ],
      },
    },
    {
      name: 'from the interface object to implementations, and to a third subgraph',
      query: '{ onDuty { shift name ... on Doctor { speciality ward { title } } ... on Nurse { grade } } }',
      data: {
        onDuty: [
          { shift: 1, name: 'Ann', speciality: 'heart', ward: { title: 'North' } },
          { shift: 2, name: 'Ben', grade: 4 },
        ],
      },
    },
    {
      name: 'from the third subgraph to the interface object',
      query: '{ wards { lead { name shift relief { __typename name } } nurses { shift grade } } }',
      data: {
        wards: [
          {
            lead: { name: 'Ann', shift: 1, relief: { __typename: 'Nurse', name: 'Ben' } },
            nurses: [{ shift: 2, grade: 4 }],
          },
        ],
      },
    },
    {
      name: 'conditions on fields of the interface object',
      query: 'query ($on: Boolean!) { chief { name shift @include(if: $on) relief @skip(if: $on) { name } } }',
      variables: { on: true },
      data: { chief: { name: 'Ann', shift: 1 } },
    },
  ],
};

export const groups: readonly FederationSuite[] = [listsInKeys, sameIds, crowd, entityInterfaces];
