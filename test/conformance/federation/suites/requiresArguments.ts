import { byKey, byKeyWithGiven, link, type FederationSuite } from '../suite.js';

const doses = [
  { id: 'd1', amount: 10, weight: 2, group: { base: 5 } },
  { id: 'd2', amount: 20, weight: 3, group: { base: 50 } },
];
const inUnit = (amount: number, unit: string): number => (unit === 'MG' ? amount * 1000 : amount);

function needed<T>(value: T | undefined, name: string): T {
  if (value === undefined) throw new Error(`${name} is required and did not come`);
  return value;
}

const withArguments: FederationSuite = {
  id: 'requires-with-argument',
  about: 'A field is required with arguments, whatever arguments the caller gives it.',
  subgraphs: () => [
    {
      name: 'pharmacy',
      sdl: `${link('2.3', '@key')}
        enum Unit { G MG }
        type Query { doses: [Dose!]! }
        type Dose @key(fields: "id") { id: ID! amount(unit: Unit!): Int! weight: Int! group: Group! }
        type Group { limit(unit: Unit!): Int! }`,
      resolvers: {
        Query: { doses: () => doses },
        Dose: {
          __resolveReference: byKey(doses, 'id'),
          amount: ({ amount }: { amount: number }, { unit }: { unit: string }) => inUnit(amount, unit),
        },
        Group: { limit: ({ base }: { base: number }, { unit }: { unit: string }) => inUnit(base, unit) },
      },
    },
    {
      name: 'safety',
      sdl: `${link('2.3', '@key', '@requires', '@external')}
        enum Unit { G MG }
        type Dose @key(fields: "id") {
          id: ID!
          weight: Int! @external
          amount(unit: Unit!): Int! @external
          group: Group! @external
          perKilo: Int! @requires(fields: "amount(unit: MG) weight")
          tooMuch: Boolean! @requires(fields: "group { limit(unit: MG) } amount(unit: MG)")
        }
        type Group @external { limit(unit: Unit!): Int! }`,
      resolvers: {
        Dose: {
          __resolveReference: byKeyWithGiven(
            doses.map(({ id }) => ({ id })),
            'id',
          ),
          perKilo: ({ amount, weight }: { amount?: number; weight?: number }) =>
            Math.floor(needed(amount, 'amount') / needed(weight, 'weight')),
          tooMuch: ({ amount, group }: { amount?: number; group?: { limit?: number } }) =>
            needed(amount, 'amount') > needed(group?.limit, 'limit'),
        },
      },
    },
  ],
  cases: [
    {
      name: 'the required argument is sent',
      query: '{ doses { perKilo } }',
      data: { doses: [{ perKilo: 5000 }, { perKilo: 6666 }] },
    },
    {
      name: 'the caller asks for the same field with another argument',
      query: '{ doses { amount(unit: G) perKilo } }',
      data: {
        doses: [
          { amount: 10, perKilo: 5000 },
          { amount: 20, perKilo: 6666 },
        ],
      },
    },
    {
      name: 'the other order makes no difference',
      query: '{ doses { perKilo amount(unit: G) } }',
      data: {
        doses: [
          { perKilo: 5000, amount: 10 },
          { perKilo: 6666, amount: 20 },
        ],
      },
    },
    {
      name: 'the caller asks with the same argument',
      query: '{ doses { amount(unit: MG) perKilo } }',
      data: {
        doses: [
          { amount: 10000, perKilo: 5000 },
          { amount: 20000, perKilo: 6666 },
        ],
      },
    },
    {
      name: 'the argument is a variable',
      query: 'query ($unit: Unit!) { doses { amount(unit: $unit) perKilo } }',
      variables: { unit: 'G' },
      data: {
        doses: [
          { amount: 10, perKilo: 5000 },
          { amount: 20, perKilo: 6666 },
        ],
      },
    },
    {
      name: 'the argument is a variable with a default',
      query: 'query ($unit: Unit! = G) { doses { perKilo amount(unit: $unit) } }',
      data: {
        doses: [
          { amount: 10, perKilo: 5000 },
          { amount: 20, perKilo: 6666 },
        ],
      },
    },
    {
      name: 'two aliases with two arguments',
      query: '{ doses { g: amount(unit: G) mg: amount(unit: MG) perKilo } }',
      data: {
        doses: [
          { g: 10, mg: 10000, perKilo: 5000 },
          { g: 20, mg: 20000, perKilo: 6666 },
        ],
      },
    },
    {
      name: 'inside an object that is required',
      query: '{ doses { tooMuch group { limit(unit: G) } } }',
      data: {
        doses: [
          { tooMuch: true, group: { limit: 5 } },
          { tooMuch: false, group: { limit: 50 } },
        ],
      },
    },
    {
      name: 'everything at once',
      query: '{ doses { group { limit(unit: G) } amount(unit: G) tooMuch perKilo weight } }',
      data: {
        doses: [
          { group: { limit: 5 }, amount: 10, tooMuch: true, perKilo: 5000, weight: 2 },
          { group: { limit: 50 }, amount: 20, tooMuch: false, perKilo: 6666, weight: 3 },
        ],
      },
    },
    {
      name: 'in fragments that are merged',
      query: `query ($unit: Unit! = G) { doses { perKilo ...A ...B } }
        fragment A on Dose { amount(unit: $unit) }
        fragment B on Dose { amount(unit: $unit) id }`,
      data: {
        doses: [
          { perKilo: 5000, amount: 10, id: 'd1' },
          { perKilo: 6666, amount: 20, id: 'd2' },
        ],
      },
    },
  ],
};

const conflicts: FederationSuite = {
  id: 'requires-with-argument-conflict',
  about: 'Two fields require the same field with different arguments.',
  subgraphs: () => [
    {
      name: 'pharmacy',
      sdl: `${link('2.3', '@key')}
        enum Unit { G MG }
        type Query { doses: [Dose!]! }
        type Dose @key(fields: "id") { id: ID! amount(unit: Unit!): Int! group: Group! }
        type Group { limit(unit: Unit!): Int! }`,
      resolvers: {
        Query: { doses: () => doses },
        Dose: {
          __resolveReference: byKey(doses, 'id'),
          amount: ({ amount }: { amount: number }, { unit }: { unit: string }) => inUnit(amount, unit),
        },
        Group: { limit: ({ base }: { base: number }, { unit }: { unit: string }) => inUnit(base, unit) },
      },
    },
    {
      name: 'safety',
      sdl: `${link('2.3', '@key', '@requires', '@external')}
        enum Unit { G MG }
        type Dose @key(fields: "id") {
          id: ID!
          amount(unit: Unit!): Int! @external
          group: Group! @external
          inGrams: String! @requires(fields: "amount(unit: G)")
          inMilligrams: String! @requires(fields: "amount(unit: MG)")
          ofGroup: String! @requires(fields: "group { limit(unit: MG) }")
          ofGroupInGrams: String! @requires(fields: "group { limit(unit: G) }")
        }
        type Group @external { limit(unit: Unit!): Int! }`,
      resolvers: {
        Dose: {
          __resolveReference: byKeyWithGiven(
            doses.map(({ id }) => ({ id })),
            'id',
          ),
          inGrams: ({ amount }: { amount?: number }) => `${needed(amount, 'amount')} g`,
          inMilligrams: ({ amount }: { amount?: number }) => `${needed(amount, 'amount')} mg`,
          ofGroup: ({ group }: { group?: { limit?: number } }) => `${needed(group?.limit, 'limit')} mg`,
          ofGroupInGrams: ({ group }: { group?: { limit?: number } }) => `${needed(group?.limit, 'limit')} g`,
        },
      },
    },
  ],
  cases: [
    {
      name: 'both are asked for',
      query: '{ doses { inGrams inMilligrams } }',
      data: {
        doses: [
          { inGrams: '10 g', inMilligrams: '10000 mg' },
          { inGrams: '20 g', inMilligrams: '20000 mg' },
        ],
      },
    },
    {
      name: 'in the other order',
      query: '{ doses { inMilligrams inGrams } }',
      data: {
        doses: [
          { inGrams: '10 g', inMilligrams: '10000 mg' },
          { inGrams: '20 g', inMilligrams: '20000 mg' },
        ],
      },
    },
    {
      name: 'inside an object',
      query: '{ doses { ofGroup ofGroupInGrams } }',
      data: {
        doses: [
          { ofGroup: '5000 mg', ofGroupInGrams: '5 g' },
          { ofGroup: '50000 mg', ofGroupInGrams: '50 g' },
        ],
      },
    },
    {
      name: 'and the caller asks for it with each argument too',
      query: '{ doses { inMilligrams inGrams amount(unit: G) x: amount(unit: MG) } }',
      data: {
        doses: [
          { inGrams: '10 g', inMilligrams: '10000 mg', amount: 10, x: 10000 },
          { inGrams: '20 g', inMilligrams: '20000 mg', amount: 20, x: 20000 },
        ],
      },
    },
    {
      name: 'one of them below an alias',
      query: '{ list: doses { amount: inMilligrams } }',
      data: { list: [{ amount: '10000 mg' }, { amount: '20000 mg' }] },
    },
  ],
};

const notes = [
  { id: 'n1', entry: 'e1', author: 'a1', text: 'x' },
  { id: 'n2', entry: 'e1', author: 'a2', text: 'y' },
  { id: 'n3', entry: 'e1', author: 'a3', text: 'z' },
  { id: 'n4', entry: 'e2', author: 'a1', text: 'z' },
  { id: 'n5', entry: 'e2', author: 'a2', text: 'w' },
];
const chart = [{ id: 'e1' }, { id: 'e2' }];

const nestedLists: FederationSuite = {
  id: 'requires-lists-with-argument',
  about: 'Lists that arguments cut are required, with fields of entities inside them.',
  subgraphs: () => [
    {
      name: 'chart',
      sdl: `${link('2.3', '@key', '@external', '@requires')}
        type Query { chart: [Entry!]! }
        type Entry @key(fields: "id") {
          id: ID!
          notes(limit: Int!): [Note!]! @external
          lastAuthor: ID @requires(fields: "notes(limit: 3) { author }")
          short: Boolean! @requires(fields: "notes(limit: 2) { id }")
        }
        type Note @key(fields: "id") { id: ID! author: ID }`,
      resolvers: {
        Query: { chart: () => chart },
        Entry: {
          __resolveReference: (reference: object) => reference,
          lastAuthor: ({ notes: given }: { notes?: { author: string }[] }) => needed(given, 'notes').at(-1)?.author,
          short: ({ notes: given }: { notes?: unknown[] }) => needed(given, 'notes').length < 2,
        },
        Note: { __resolveReference: byKey(notes, 'id') },
      },
    },
    {
      name: 'notes',
      sdl: `${link('2.3', '@key')}
        type Entry @key(fields: "id") { id: ID! notes(limit: Int!): [Note!]! }
        type Note @key(fields: "id") { id: ID! twins: [Entry!]! }`,
      resolvers: {
        Entry: {
          notes: ({ id }: { id: string }, { limit }: { limit: number }) =>
            notes.filter(({ entry }) => entry === id).slice(0, limit),
        },
        Note: {
          __resolveReference: byKey(notes, 'id'),
          twins: ({ entry, text }: (typeof notes)[number]) =>
            notes.filter((other) => other.text === text && other.entry !== entry).map((other) => ({ id: other.entry })),
        },
      },
    },
    {
      name: 'review',
      sdl: `${link('2.3', '@key', '@external', '@requires')}
        type Entry @key(fields: "id", resolvable: false) { id: ID! notes(limit: Int!): [Note!]! @external }
        type Note @key(fields: "id") {
          id: ID! twins: [Entry!]! @external
          copied: Int! @requires(fields: "twins { notes(limit: 50) { id } }")
        }`,
      resolvers: {
        Note: {
          __resolveReference: (reference: object) => reference,
          copied: ({ twins }: { twins?: { notes?: { id?: string }[] }[] }) =>
            needed(twins, 'twins')
              .flatMap(({ notes: given }) => needed(given, 'notes'))
              .filter(({ id }) => id !== undefined).length,
        },
      },
    },
  ],
  cases: [
    {
      name: 'a list with its argument, and a field of its entities',
      query: '{ chart { id lastAuthor } }',
      data: {
        chart: [
          { id: 'e1', lastAuthor: 'a3' },
          { id: 'e2', lastAuthor: 'a2' },
        ],
      },
    },
    {
      name: 'the caller asks for a shorter list',
      query: '{ chart { lastAuthor notes(limit: 1) { id } } }',
      data: {
        chart: [
          { lastAuthor: 'a3', notes: [{ id: 'n1' }] },
          { lastAuthor: 'a2', notes: [{ id: 'n4' }] },
        ],
      },
    },
    {
      name: 'by a variable',
      query: 'query ($limit: Int = 1) { chart { notes(limit: $limit) { id } lastAuthor } }',
      data: {
        chart: [
          { lastAuthor: 'a3', notes: [{ id: 'n1' }] },
          { lastAuthor: 'a2', notes: [{ id: 'n4' }] },
        ],
      },
    },
    {
      name: 'two fields require it with two lengths',
      query: '{ chart { short lastAuthor } }',
      data: {
        chart: [
          { short: false, lastAuthor: 'a3' },
          { short: false, lastAuthor: 'a2' },
        ],
      },
    },
    {
      name: 'two levels: a list with arguments inside the entities of a list',
      query: '{ chart { notes(limit: 3) { copied } } }',
      data: {
        chart: [{ notes: [{ copied: 0 }, { copied: 0 }, { copied: 2 }] }, { notes: [{ copied: 3 }, { copied: 0 }] }],
      },
    },
    {
      name: 'all of them',
      query: '{ chart { lastAuthor short notes(limit: 1) { id copied twins { id } } } }',
      data: {
        chart: [
          { lastAuthor: 'a3', short: false, notes: [{ id: 'n1', copied: 0, twins: [] }] },
          { lastAuthor: 'a2', short: false, notes: [{ id: 'n4', copied: 3, twins: [{ id: 'e1' }] }] },
        ],
      },
    },
  ],
};

export const requiresArguments: readonly FederationSuite[] = [withArguments, conflicts, nestedLists];
