import { byKey, link, type FederationSuite } from '../suite.js';

const beds = [
  { id: 'b1', code: 'B-1', note: 'window' },
  { id: 'b2', code: 'B-2', note: null },
];

const nullability: FederationSuite = {
  id: 'nullability',
  about:
    'What an entity’s subgraph does not give becomes null where it may, and takes its parent with it where it may not.',
  subgraphs: () => [
    {
      name: 'beds',
      sdl: `${link('2.3', '@key')}
        type Query { known: Bed unknown: Bed beds: [Bed] strict: [Bed!] strictest: [Bed!]! room: Room }
        type Room { bed: Bed! }
        type Bed @key(fields: "id") { id: ID! }`,
      resolvers: {
        Query: {
          known: () => ({ id: 'b1' }),
          unknown: () => ({ id: 'b9' }),
          beds: () => [{ id: 'b1' }, { id: 'b9' }, { id: 'b2' }],
          strict: () => [{ id: 'b1' }, { id: 'b9' }],
          strictest: () => [{ id: 'b1' }, { id: 'b9' }],
          room: () => ({ bed: { id: 'b9' } }),
        },
      },
    },
    {
      name: 'notes',
      sdl: `${link('2.3', '@key')}
        type Bed @key(fields: "id") { id: ID! note: String code: String! fails: String failsHard: String! }`,
      resolvers: {
        Bed: {
          __resolveReference: byKey(beds, 'id'),
          fails: () => {
            throw new Error('no luck');
          },
          failsHard: () => {
            throw new Error('no luck at all');
          },
        },
      },
    },
  ],
  cases: [
    {
      name: 'a null that is allowed',
      query: '{ beds { note } }',
      data: { beds: [{ note: 'window' }, { note: null }, { note: null }] },
      errors: [['beds', 1, 'note']],
    },
    {
      name: 'an entity that its subgraph does not know is null at the nullable field, and says so',
      query: '{ unknown { id note } }',
      data: { unknown: { id: 'b9', note: null } },
      errors: true,
    },
    {
      name: 'and takes the nearest nullable parent where the field may not be null',
      query: '{ unknown { id code } }',
      data: { unknown: null },
      errors: true,
    },
    {
      name: 'an entry of a list only takes itself',
      query: '{ beds { code } }',
      data: { beds: [{ code: 'B-1' }, null, { code: 'B-2' }] },
      errors: true,
    },
    {
      name: 'a list of non-null entries goes as a whole',
      query: '{ strict { code } }',
      data: { strict: null },
      errors: true,
    },
    { name: 'a non-null list takes all data', query: '{ strictest { code } }', data: null, errors: true },
    { name: 'through a non-null parent', query: '{ room { bed { code } } }', data: { room: null }, errors: true },
    {
      name: 'a field that fails is null, with its error where it is',
      query: '{ known { id fails } }',
      data: { known: { id: 'b1', fails: null } },
      errors: [['known', 'fails']],
    },
    {
      name: 'a non-null field that fails takes its parent, with its error where it was',
      query: '{ known { id failsHard } }',
      data: { known: null },
      errors: true,
    },
    {
      name: 'a failing field leaves its neighbours alone',
      query: '{ known { note fails code } beds { id } }',
      data: { known: { note: 'window', fails: null, code: 'B-1' }, beds: [{ id: 'b1' }, { id: 'b9' }, { id: 'b2' }] },
      errors: [['known', 'fails']],
    },
    {
      name: 'errors of entities in lists name their index',
      query: '{ beds { id fails } }',
      data: {
        beds: [
          { id: 'b1', fails: null },
          { id: 'b9', fails: null },
          { id: 'b2', fails: null },
        ],
      },
      errors: true,
    },
  ],
};

export const nullable: readonly FederationSuite[] = [nullability];
