import { byKey, link, type FederationSuite } from '../suite.js';

const rows = [
  { id: 'r1', n: 1 },
  { id: 'r2', n: 2 },
];

const variables: FederationSuite = {
  id: 'variables',
  about: 'Arguments arrive as they were given, in every subgraph that needs them.',
  subgraphs: () => [
    {
      name: 'a',
      sdl: `${link('2.3', '@key')}
        scalar Json
        enum Mode { UP DOWN }
        input Shape { name: String! tags: [String!] mode: Mode = UP inner: Shape json: Json }
        type Query {
          rows(most: Int): [Row!]!
          echo(json: Json): Json
          shape(shape: Shape, shapes: [Shape!]): Json
          id(id: ID): ID
          float(float: Float): Float
          list(list: [[Int]]): Json
        }
        type Row @key(fields: "id") { id: ID! n: Int! }`,
      resolvers: {
        Query: {
          rows: (_: unknown, { most }: { most?: number | null }) => rows.slice(0, most ?? 99),
          echo: (_: unknown, args: object) => args,
          shape: (_: unknown, args: object) => args,
          id: (_: unknown, { id }: { id?: string }) => id,
          float: (_: unknown, { float }: { float?: number }) => float,
          list: (_: unknown, { list }: { list?: unknown }) => list,
        },
        Row: { __resolveReference: byKey(rows, 'id') },
      },
    },
    {
      name: 'b',
      sdl: `${link('2.3', '@key')}
        enum Mode { UP DOWN }
        type Row @key(fields: "id") { id: ID! times(by: Int! = 10, mode: Mode): Int! text(of: String): String children(most: Int!): [Row!]! }`,
      resolvers: {
        Row: {
          __resolveReference: byKey(rows, 'id'),
          times: ({ n }: { n: number }, { by, mode }: { by: number; mode?: string }) =>
            n * by * (mode === 'DOWN' ? -1 : 1),
          text: (_: unknown, { of }: { of?: string | null }) => (of === null ? 'null' : (of ?? 'absent')),
          children: (_: unknown, { most }: { most: number }) => rows.slice(0, most).map(({ id, n }) => ({ id, n })),
        },
      },
    },
  ],
  cases: [
    {
      name: 'one variable in two subgraphs',
      query: 'query ($n: Int!) { rows(most: $n) { times(by: $n) } }',
      variables: { n: 2 },
      data: { rows: [{ times: 2 }, { times: 4 }] },
    },
    {
      name: 'twice in one',
      query:
        'query ($n: Int!) { rows(most: $n) { a: times(by: $n) b: times(by: $n, mode: DOWN) children(most: $n) { n } } }',
      variables: { n: 1 },
      data: { rows: [{ a: 1, b: -1, children: [{ n: 1 }] }] },
    },
    {
      name: 'default values',
      query: 'query ($n: Int! = 3, $mode: Mode = DOWN) { rows(most: 1) { a: times(by: $n) b: times(mode: $mode) } }',
      data: { rows: [{ a: 3, b: -10 }] },
    },
    {
      name: 'default values that are overruled',
      query: 'query ($n: Int! = 3, $mode: Mode = DOWN) { rows(most: 1) { times(by: $n, mode: $mode) } }',
      variables: { n: 4, mode: 'UP' },
      data: { rows: [{ times: 4 }] },
    },
    {
      name: 'null, absent and empty are three things',
      query:
        'query ($null: String, $absent: String, $empty: String) { rows(most: 1) { a: text(of: $null) b: text(of: $absent) c: text(of: $empty) d: text(of: null) e: text } }',
      variables: { null: null, empty: '' },
      data: { rows: [{ a: 'null', b: 'absent', c: '', d: 'null', e: 'absent' }] },
    },
    {
      name: 'texts with everything that JSON and GraphQL escape',
      query:
        'query ($t: String) { rows(most: 1) { a: text(of: $t) b: text(of: "q\\" b\\\\ n\\n u\\u00e9") c: text(of: """block "quoted" text""") } }',
      variables: { t: 'q" b\\ n\n u\u2028 ☃ \u0000' },
      data: { rows: [{ a: 'q" b\\ n\n u\u2028 ☃ \u0000', b: 'q" b\\ n\n ué', c: 'block "quoted" text' }] },
    },
    {
      name: 'custom scalars, whole',
      query: 'query ($json: Json) { a: echo(json: $json) b: echo(json: { x: [1, "two", null, { y: true }], e: UP }) }',
      variables: { json: { deep: [{ er: null }], '': 0 } },
      data: {
        a: { json: { deep: [{ er: null }], '': 0 } },
        b: { json: { x: [1, 'two', null, { y: true }], e: 'UP' } },
      },
    },
    {
      name: 'variables inside custom scalars',
      query: 'query ($n: Int) { echo(json: { n: $n, list: [$n] }) }',
      variables: { n: 6 },
      data: { echo: { json: { n: 6, list: [6] } } },
    },
    {
      name: 'input objects in input objects',
      query:
        'query ($s: Shape!, $name: String!) { a: shape(shape: $s) b: shape(shapes: [$s, { name: $name, inner: $s }]) }',
      variables: { s: { name: 'x', tags: ['t'] }, name: 'y' },
      data: {
        a: { shape: { name: 'x', tags: ['t'], mode: 'UP' } },
        b: {
          shapes: [
            { name: 'x', tags: ['t'], mode: 'UP' },
            { name: 'y', mode: 'UP', inner: { name: 'x', tags: ['t'], mode: 'UP' } },
          ],
        },
      },
    },
    {
      name: 'one value where a list is wanted',
      query: 'query ($s: [Shape!]) { a: shape(shapes: $s) b: shape(shapes: { name: "z" }) }',
      variables: { s: { name: 'x' } },
      data: { a: { shapes: [{ name: 'x', mode: 'UP' }] }, b: { shapes: [{ name: 'z', mode: 'UP' }] } },
    },
    {
      name: 'lists of lists with nulls',
      query: 'query ($l: [[Int]]) { a: list(list: $l) b: list(list: [[1], null, [null, 2]]) }',
      variables: { l: [[1, null], null, []] },
      data: { a: [[1, null], null, []], b: [[1], null, [null, 2]] },
    },
    {
      name: 'numbers and ids',
      query: 'query ($id: ID, $f: Float) { a: id(id: $id) b: id(id: 7) c: float(float: $f) d: float(float: 2) }',
      variables: { id: 5, f: 1 },
      data: { a: '5', b: '7', c: 1, d: 2 },
    },
    {
      name: 'a variable that is missing is refused',
      query: 'query ($n: Int!) { rows { times(by: $n) } }',
      data: null,
      errors: true,
      fetches: 0,
    },
    {
      name: 'one of the wrong type is refused',
      query: 'query ($n: Int!) { rows { times(by: $n) } }',
      variables: { n: 'x' },
      data: null,
      errors: true,
      fetches: 0,
    },
    {
      name: 'one too many is let be',
      query: 'query ($n: Int!) { rows(most: $n) { n } }',
      variables: { n: 1, m: 2 },
      data: { rows: [{ n: 1 }] },
    },
    {
      name: 'one that is not used is refused',
      query: 'query ($n: Int!) { rows { n } }',
      variables: { n: 1 },
      data: null,
      errors: true,
    },
  ],
};

const directives: FederationSuite = {
  id: 'executable-directives',
  about: 'Directives of operations that the subgraphs share, and their arguments.',
  subgraphs: () => [
    {
      name: 'a',
      sdl: `${link('2.1', '@key', '@composeDirective')}
        extend schema @link(url: "https://specs.example.test/access/v1.0", import: ["@access"]) @composeDirective(name: "@access")
        directive @access(scope: Scope!) on FIELD
        directive @trace(name: String) on FIELD | QUERY | FRAGMENT_SPREAD | INLINE_FRAGMENT
        enum Scope { PUBLIC PRIVATE }
        type Query { a: String }`,
      resolvers: { Query: { a: () => 'a' } },
    },
    {
      name: 'b',
      sdl: `${link('2.1', '@key', '@composeDirective')}
        extend schema @link(url: "https://specs.example.test/access/v1.0", import: ["@access"]) @composeDirective(name: "@access")
        directive @access(scope: Scope! = PUBLIC) on FIELD
        directive @trace(name: String) on FIELD | QUERY | FRAGMENT_SPREAD | INLINE_FRAGMENT
        enum Scope { PUBLIC PRIVATE }
        type Query { b: String }`,
      resolvers: { Query: { b: () => 'b' } },
    },
  ],
  cases: [
    { name: 'a directive on fields of both', query: '{ a @trace(name: "x") b @trace }', data: { a: 'a', b: 'b' } },
    {
      name: 'with a variable',
      query: 'query ($n: String) { a @trace(name: $n) b }',
      variables: { n: 'v' },
      data: { a: 'a', b: 'b' },
    },
    {
      name: 'on the operation and on fragments',
      query: 'query @trace { ... @trace(name: "i") { a } ...F @trace } fragment F on Query { b }',
      data: { a: 'a', b: 'b' },
    },
    {
      name: 'with its argument',
      query: '{ a @access(scope: PRIVATE) b @access(scope: PUBLIC) }',
      data: { a: 'a', b: 'b' },
    },
    { name: 'with the default of one of them', query: '{ a @access b @access }', data: { a: 'a', b: 'b' } },
    { name: 'one that nobody knows is refused', query: '{ a @unknown }', data: null, errors: true },
  ],
};

export const values: readonly FederationSuite[] = [variables, directives];
