import { byKey, byKeyWithGiven, link, type FederationSuite } from '../suite.js';

const scans = [
  { id: 's1', width: 10, height: 20, depth: 2, zone: 'EU' },
  { id: 's2', width: 5, height: 5, depth: 16, zone: null },
];
const ids = scans.map(({ id }) => ({ id }));

/** Fails where what a field requires did not come with the reference. */
function needed<T>(value: T | undefined, name: string): T {
  if (value === undefined) throw new Error(`${name} is required and did not come`);
  return value;
}

const simpleRequires: FederationSuite = {
  id: 'simple-requires',
  about: 'A field gets the fields of others that it requires.',
  subgraphs: () => [
    {
      name: 'store',
      sdl: `${link('2.3', '@key')}
        type Query { scans: [Scan!]! scan(id: ID!): Scan }
        type Scan @key(fields: "id") { id: ID! width: Int! height: Int! zone: String }`,
      resolvers: {
        Query: {
          scans: () => scans,
          scan: (_: unknown, { id }: { id: string }) => scans.find((scan) => scan.id === id),
        },
        Scan: { __resolveReference: byKey(scans, 'id') },
      },
    },
    {
      name: 'metrics',
      sdl: `${link('2.3', '@key', '@requires', '@external')}
        type Query { newest: Scan }
        type Scan @key(fields: "id") {
          id: ID!
          width: Int! @external
          height: Int! @external
          zone: String @external
          area: Int! @requires(fields: "width height")
          half: Int! @requires(fields: "width")
          zoned: Boolean! @requires(fields: "zone")
          plain: String!
        }`,
      resolvers: {
        Query: { newest: () => ({ id: 's1' }) },
        Scan: {
          __resolveReference: byKeyWithGiven(ids, 'id'),
          area: ({ width, height }: { width?: number; height?: number }) =>
            needed(width, 'width') * needed(height, 'height'),
          half: ({ width }: { width?: number }) => Math.floor(needed(width, 'width') / 2),
          zoned: ({ zone }: { zone?: string | null }) => needed(zone, 'zone') !== null,
          plain: ({ id }: { id: string }) => `plain ${id}`,
        },
      },
    },
  ],
  cases: [
    { name: 'two fields', query: '{ scans { area } }', data: { scans: [{ area: 200 }, { area: 25 }] }, fetches: 2 },
    {
      name: 'the same required field for two',
      query: '{ scans { half area plain } }',
      data: {
        scans: [
          { half: 5, area: 200, plain: 'plain s1' },
          { half: 2, area: 25, plain: 'plain s2' },
        ],
      },
      fetches: 2,
    },
    {
      name: 'a required field that is null is sent as null',
      query: '{ scans { zoned } }',
      data: { scans: [{ zoned: true }, { zoned: false }] },
    },
    {
      name: 'from the subgraph itself, away and back',
      query: '{ newest { area plain } }',
      data: { newest: { area: 200, plain: 'plain s1' } },
    },
    {
      name: 'a field that requires nothing does not fetch what others require',
      query: '{ newest { plain } }',
      data: { newest: { plain: 'plain s1' } },
      fetches: 1,
    },
    {
      name: 'what is required is asked for under other names too',
      query: '{ scans { width: height height: width area } }',
      data: {
        scans: [
          { width: 20, height: 10, area: 200 },
          { width: 5, height: 5, area: 25 },
        ],
      },
    },
    {
      name: 'a required field has the alias of the one that requires it',
      query: '{ scan(id: "s1") { width: area area: width } }',
      data: { scan: { width: 200, area: 10 } },
    },
  ],
};

const requiresRequires: FederationSuite = {
  id: 'requires-requires',
  about: 'What is required requires something itself.',
  subgraphs: () => [
    {
      name: 'a',
      sdl: `${link('2.3', '@key')}
        type Query { scan: Scan scans: [Scan!]! }
        type Scan @key(fields: "id") { id: ID! width: Int! }`,
      resolvers: {
        Query: { scan: () => scans[0], scans: () => scans },
        Scan: { __resolveReference: byKey(scans, 'id') },
      },
    },
    {
      name: 'b',
      sdl: `${link('2.3', '@key', '@requires', '@external')}
        type Scan @key(fields: "id") { id: ID! width: Int! @external wide: Boolean! @requires(fields: "width") }`,
      resolvers: {
        Scan: {
          __resolveReference: byKeyWithGiven(ids, 'id'),
          wide: ({ width }: { width?: number }) => needed(width, 'width') > 7,
        },
      },
    },
    {
      name: 'c',
      sdl: `${link('2.3', '@key', '@requires', '@external')}
        type Scan @key(fields: "id") { id: ID! wide: Boolean! @external fits: Boolean! @requires(fields: "wide") }`,
      resolvers: {
        Scan: {
          __resolveReference: byKeyWithGiven(ids, 'id'),
          fits: ({ wide }: { wide?: boolean }) => !needed(wide, 'wide'),
        },
      },
    },
    {
      name: 'd',
      sdl: `${link('2.3', '@key', '@requires', '@external')}
        type Scan @key(fields: "id") {
          id: ID!
          width: Int! @external
          wide: Boolean! @external
          fits: Boolean! @external
          advice: String! @requires(fields: "fits wide")
          label: String! @requires(fields: "width fits")
        }`,
      resolvers: {
        Scan: {
          __resolveReference: byKeyWithGiven(ids, 'id'),
          advice: ({ fits, wide }: { fits?: boolean; wide?: boolean }) =>
            `${needed(fits, 'fits')}/${needed(wide, 'wide')}`,
          label: ({ fits, width }: { fits?: boolean; width?: number }) =>
            `${needed(fits, 'fits')}:${needed(width, 'width')}`,
        },
      },
    },
  ],
  cases: [
    { name: 'one step', query: '{ scan { wide } }', data: { scan: { wide: true } } },
    { name: 'two steps', query: '{ scan { fits } }', data: { scan: { fits: false } } },
    {
      name: 'three steps',
      query: '{ scans { advice } }',
      data: { scans: [{ advice: 'false/true' }, { advice: 'true/false' }] },
    },
    { name: 'steps of different length in one', query: '{ scan { label } }', data: { scan: { label: 'false:10' } } },
    {
      name: 'all steps are shown too',
      query: '{ scan { id wide fits advice label } }',
      data: { scan: { id: 's1', wide: true, fits: false, advice: 'false/true', label: 'false:10' } },
    },
  ],
};

const posts = [
  { id: 'p1', author: 'a1' },
  { id: 'p2', author: 'a2' },
];
const writers = [
  { id: 'a1', years: 1 },
  { id: 'a2', years: 9 },
];

const circularRequires: FederationSuite = {
  id: 'requires-circular',
  about: 'Two subgraphs require fields of each other.',
  subgraphs: () => [
    {
      name: 'feed',
      sdl: `${link('2.3', '@key', '@requires', '@external')}
        type Query { feed: [Post!]! }
        type Post @key(fields: "id") {
          id: ID! novice: Boolean! @external expert: Boolean! @requires(fields: "novice")
        }
        type Writer @key(fields: "id") { id: ID! years: Int! }`,
      resolvers: {
        Query: { feed: () => posts.map(({ id }) => ({ id })) },
        Post: {
          __resolveReference: byKeyWithGiven(
            posts.map(({ id }) => ({ id })),
            'id',
          ),
          expert: ({ novice }: { novice?: boolean }) => !needed(novice, 'novice'),
        },
        Writer: { __resolveReference: byKey(writers, 'id') },
      },
    },
    {
      name: 'people',
      sdl: `${link('2.3', '@key', '@requires', '@external')}
        type Post @key(fields: "id") {
          id: ID! writer: Writer! expert: Boolean! @external
          novice: Boolean! @requires(fields: "writer { years }")
          praise: String! @requires(fields: "expert")
        }
        type Writer @key(fields: "id") { id: ID! years: Int! @external }`,
      resolvers: {
        Post: {
          __resolveReference: byKeyWithGiven(posts, 'id'),
          writer: ({ author, writer }: { author: string; writer?: object }) => writer ?? { id: author },
          novice: ({ writer }: { writer?: { years?: number } }) => needed(writer?.years, 'years') < 5,
          praise: ({ expert }: { expert?: boolean }) => (needed(expert, 'expert') ? 'wise' : 'keen'),
        },
      },
    },
  ],
  cases: [
    { name: 'across', query: '{ feed { novice } }', data: { feed: [{ novice: true }, { novice: false }] } },
    { name: 'across and back', query: '{ feed { expert } }', data: { feed: [{ expert: false }, { expert: true }] } },
    {
      name: 'across, back, and across again',
      query: '{ feed { praise } }',
      data: { feed: [{ praise: 'keen' }, { praise: 'wise' }] },
    },
    {
      name: 'all at once',
      query: '{ feed { id praise expert novice writer { id years } } }',
      data: {
        feed: [
          { id: 'p1', praise: 'keen', expert: false, novice: true, writer: { id: 'a1', years: 1 } },
          { id: 'p2', praise: 'wise', expert: true, novice: false, writer: { id: 'a2', years: 9 } },
        ],
      },
    },
  ],
};

const nullRequires: FederationSuite = {
  id: 'requires-that-fails',
  about: 'Where what is required cannot be had, the field that requires it is null, with an error that says where.',
  subgraphs: () => [
    {
      name: 'a',
      sdl: `${link('2.3', '@key')}
        type Query { scans: [Scan!]! }
        type Scan @key(fields: "id") { id: ID! }`,
      resolvers: { Query: { scans: () => ids } },
    },
    {
      name: 'b',
      sdl: `${link('2.3', '@key')}
        type Scan @key(fields: "id") { id: ID! dose: Int }`,
      resolvers: {
        Scan: {
          dose: ({ id }: { id: string }) => {
            if (id === 's2') throw new Error('no dose');
            return 4;
          },
        },
      },
    },
    {
      name: 'c',
      sdl: `${link('2.3', '@key', '@requires', '@external')}
        type Scan @key(fields: "id") { id: ID! dose: Int @external risk: String @requires(fields: "dose") other: String }`,
      resolvers: {
        Scan: {
          risk: ({ dose }: { dose?: number | null }) => `risk ${needed(dose, 'dose') ?? 'unknown'}`,
          other: () => 'other',
        },
      },
    },
  ],
  cases: [
    {
      name: 'the error of the required field is told',
      query: '{ scans { id risk } }',
      errors: true,
    },
    {
      name: 'fields that do not require it are there',
      query: '{ scans { id other } }',
      data: {
        scans: [
          { id: 's1', other: 'other' },
          { id: 's2', other: 'other' },
        ],
      },
    },
  ],
};

export const requires: readonly FederationSuite[] = [simpleRequires, requiresRequires, circularRequires, nullRequires];
