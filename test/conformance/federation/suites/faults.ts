import { byKey, link, type FederationSuite, type RawAnswer } from '../suite.js';

const people = [
  { id: 'p1', name: 'Ann' },
  { id: 'p2', name: 'Ben' },
];

const json = (status: number, body: unknown): RawAnswer => ({
  status,
  contentType: 'application/json',
  body: JSON.stringify(body),
});

/** What the broken subgraph answers, by the field that it is asked for. */
const broken: Readonly<Record<string, RawAnswer>> = {
  down: { status: 503, contentType: 'text/plain', body: 'upstream connect error' },
  html: { status: 200, contentType: 'text/html', body: '<html>hello</html>' },
  empty: { status: 200, contentType: 'application/json', body: '' },
  cut: { status: 200, contentType: 'application/json', body: '{"data":{"_entities":[{"cut":' },
  nothing: json(200, {}),
  noData: json(200, { errors: [{ message: 'all wrong' }] }),
  nullData: json(200, { data: null, errors: [{ message: 'all wrong', path: ['_entities'] }] }),
  tooFew: json(200, { data: { _entities: [{ tooFew: 'x' }] } }),
  notAList: json(200, { data: { _entities: { notAList: 'x' } } }),
  wrongType: json(200, { data: { _entities: [{ wrongType: { a: 1 } }, { wrongType: 'fine' }] } }),
  foreignErrors: json(200, { data: { _entities: [{ foreignErrors: 'x' }, { foreignErrors: null }] }, errors: 'text' }),
  refused: json(401, { errors: [{ message: 'not you', extensions: { code: 'UNAUTHENTICATED' } }] }),
  withStatus: json(500, { data: { _entities: [{ withStatus: 'x' }, { withStatus: 'y' }] } }),
};

const fields = Object.keys(broken);

const unanswered: FederationSuite = {
  id: 'broken-subgraph',
  about: 'Whatever a subgraph answers, the rest of the answer is there, and an error says what is not.',
  subgraphs: () => [
    {
      name: 'whole',
      sdl: `${link('2.3', '@key')}
        type Query { people: [Person!]! }
        type Person @key(fields: "id") { id: ID! name: String! }`,
      resolvers: { Query: { people: () => people }, Person: { __resolveReference: byKey(people, 'id') } },
    },
    {
      name: 'broken',
      sdl: `${link('2.3', '@key')}
        type Query { root: String strict: String! }
        type Person @key(fields: "id") { id: ID! ${fields.map((field) => `${field}: String`).join(' ')} hard: String! int: Int }`,
      resolvers: {},
      intercept: ({ query }) => {
        const field = fields.find((name) => new RegExp(`\\b${name}\\b`).test(query));
        if (field !== undefined) return broken[field];
        if (/\bint\b/.test(query)) return json(200, { data: { _entities: [{ int: 'no number' }, { int: 3 }] } });
        return { status: 502, contentType: 'text/plain', body: 'bad gateway' };
      },
    },
  ],
  cases: [
    ...['down', 'html', 'empty', 'cut', 'nothing', 'noData', 'nullData', 'notAList', 'refused'].map((field) => ({
      name: `entities: ${field}`,
      query: `{ people { name ${field} } }`,
      data: { people: people.map(({ name }) => ({ name, [field]: null })) },
      errors: true,
    })),
    {
      name: 'entities: fewer than asked for, so that nobody knows which is whose',
      query: '{ people { name tooFew } }',
      data: { people: people.map(({ name }) => ({ name, tooFew: null })) },
      errors: true,
    },
    {
      name: 'entities: an object where a text is promised',
      query: '{ people { name wrongType } }',
      data: {
        people: [
          { name: 'Ann', wrongType: null },
          { name: 'Ben', wrongType: 'fine' },
        ],
      },
      errors: [['people', 0, 'wrongType']],
    },
    {
      name: 'entities: a text where a number is promised',
      query: '{ people { name int } }',
      data: {
        people: [
          { name: 'Ann', int: null },
          { name: 'Ben', int: 3 },
        ],
      },
      errors: [['people', 0, 'int']],
    },
    {
      name: 'entities: errors that are no list',
      query: '{ people { name foreignErrors } }',
      data: {
        people: [
          { name: 'Ann', foreignErrors: 'x' },
          { name: 'Ben', foreignErrors: null },
        ],
      },
      errors: 'any',
    },
    {
      name: 'entities: data with a status that says otherwise',
      query: '{ people { name withStatus } }',
      errors: 'any',
    },
    { name: 'entities: a non-null field', query: '{ people { name hard } }', data: null, errors: true },
    {
      name: 'a root field',
      query: '{ root people { name } }',
      data: { root: null, people: people.map(({ name }) => ({ name })) },
      errors: [['root']],
    },
    { name: 'a non-null root field', query: '{ strict people { name } }', data: null, errors: true },
    { name: 'the whole one is not disturbed', query: '{ people { id name } }', data: { people }, fetches: 1 },
  ],
};

const reported: FederationSuite = {
  id: 'reported-errors',
  about:
    'Errors that subgraphs report arrive at the path where the caller asked, under the names that the caller gave.',
  subgraphs: () => [
    {
      name: 'a',
      sdl: `${link('2.3', '@key')}
        type Query { people: [Person] person: Person boom: String list: [String] }
        type Person @key(fields: "id") { id: ID! own: String friends: [Person!] }`,
      resolvers: {
        Query: {
          people: () => [people[0], null, people[1]],
          person: () => people[0],
          boom: () => {
            throw new Error('boom');
          },
          list: () => ['x', Promise.reject(new Error('second')), 'z'],
        },
        Person: {
          own: () => {
            throw new Error('own');
          },
          friends: () => people,
        },
      },
    },
    {
      name: 'b',
      sdl: `${link('2.3', '@key')}
        type Person @key(fields: "id") { id: ID! far: String deep: Deep some: String }
        type Deep { list: [Item!] }
        type Item { value: String! maybe: String }`,
      resolvers: {
        Person: {
          far: () => {
            throw new Error('far');
          },
          some: ({ id }: { id: string }) => {
            if (id === 'p2') throw new Error('some');
            return 'fine';
          },
          deep: () => ({
            list: [
              { value: 'v', maybe: 'm' },
              { value: 'w', maybe: new Error('maybe') },
            ],
          }),
        },
      },
    },
  ],
  cases: [
    { name: 'at the root', query: '{ boom }', data: { boom: null }, errors: [['boom']] },
    { name: 'under another name', query: '{ x: boom }', data: { x: null }, errors: [['x']] },
    { name: 'at an index', query: '{ list }', data: { list: ['x', null, 'z'] }, errors: [['list', 1]] },
    {
      name: 'inside an object',
      query: '{ person { id o: own } }',
      data: { person: { id: 'p1', o: null } },
      errors: [['person', 'o']],
    },
    {
      name: 'of entities, at the index of the caller and not of the fetch',
      query: '{ people { some } }',
      data: { people: [{ some: 'fine' }, null, { some: null }] },
      errors: [['people', 2, 'some']],
    },
    {
      name: 'of one entity that is asked for in several places',
      query: '{ p: person { f: far friends { some } } people { far } }',
      data: {
        p: { f: null, friends: [{ some: 'fine' }, { some: null }] },
        people: [{ far: null }, null, { far: null }],
      },
      errors: true,
    },
    {
      name: 'deep inside what an entity has',
      query: '{ x: people { y: deep { z: list { value w: maybe } } } }',
      data: {
        x: [
          {
            y: {
              z: [
                { value: 'v', w: 'm' },
                { value: 'w', w: null },
              ],
            },
          },
          null,
          {
            y: {
              z: [
                { value: 'v', w: 'm' },
                { value: 'w', w: null },
              ],
            },
          },
        ],
      },
      errors: [
        ['x', 0, 'y', 'z', 1, 'w'],
        ['x', 2, 'y', 'z', 1, 'w'],
      ],
    },
    {
      name: 'of both subgraphs at once',
      query: '{ person { own far } }',
      data: { person: { own: null, far: null } },
      errors: [
        ['person', 'own'],
        ['person', 'far'],
      ],
    },
  ],
};

const described: FederationSuite = {
  id: 'introspection',
  about: 'Introspection shows the schema of the callers, alone and beside data, and asks no subgraph.',
  subgraphs: () => [
    {
      name: 'a',
      sdl: `${link('2.3', '@key', '@tag')}
        "All there is."
        type Query { "Every person." people(most: Int = 3): [Person!]! old: String @deprecated(reason: "gone") }
        type Person @key(fields: "id") { id: ID! name: String! @tag(name: "x") kind: Kind }
        enum Kind { A "The other." B }`,
      resolvers: { Query: { people: () => people } },
    },
    {
      name: 'b',
      sdl: `${link('2.3', '@key')}
        type Person @key(fields: "id") { id: ID! age: Int }
        input Filter { name: String = "x" }
        type Mutation { set(filter: Filter): Person }`,
      resolvers: { Person: { age: () => 4 } },
    },
  ],
  cases: [
    {
      name: 'the roots and the directives that callers may use, and no type of federation’s',
      query: `{
        __schema { directives { name } queryType { name } mutationType { name } subscriptionType { name } }
        a: __type(name: "_Entity") { name } b: __type(name: "join__FieldSet") { name } c: __type(name: "link__Purpose") { name }
        d: __type(name: "Filter") { inputFields { name defaultValue } }
      }`,
      data: {
        __schema: {
          directives: ['include', 'skip', 'deprecated', 'specifiedBy', 'oneOf'].map((name) => ({ name })),
          queryType: { name: 'Query' },
          mutationType: { name: 'Mutation' },
          subscriptionType: null,
        },
        a: null,
        b: null,
        c: null,
        d: { inputFields: [{ name: 'name', defaultValue: '"x"' }] },
      },
      fetches: 0,
    },
    {
      name: 'a type',
      query: '{ __type(name: "Query") { description fields { name description args { name defaultValue } } } }',
      data: {
        __type: {
          description: 'All there is.',
          fields: [{ name: 'people', description: 'Every person.', args: [{ name: 'most', defaultValue: '3' }] }],
        },
      },
      fetches: 0,
    },
    {
      name: 'with what is deprecated, by a variable',
      query: 'query ($d: Boolean) { __type(name: "Query") { fields(includeDeprecated: $d) { name isDeprecated } } }',
      variables: { d: true },
      data: {
        __type: {
          fields: [
            { name: 'people', isDeprecated: false },
            { name: 'old', isDeprecated: true },
          ],
        },
      },
      fetches: 0,
    },
    {
      name: 'beside data',
      query: '{ t: __type(name: "Kind") { kind enumValues { name description } } people { name age } __typename }',
      data: {
        t: {
          kind: 'ENUM',
          enumValues: [
            { name: 'A', description: null },
            { name: 'B', description: 'The other.' },
          ],
        },
        people: [
          { name: 'Ann', age: 4 },
          { name: 'Ben', age: 4 },
        ],
        __typename: 'Query',
      },
    },
    {
      name: 'with fragments and conditions',
      query:
        'query ($on: Boolean!) { ...F people { name } __schema @skip(if: $on) { types { name } } } fragment F on Query { __type(name: "Person") { name n: name } }',
      variables: { on: true },
      data: { __type: { name: 'Person', n: 'Person' }, people: [{ name: 'Ann' }, { name: 'Ben' }] },
    },
    {
      name: 'a type that is not there',
      query: '{ __type(name: "join__Graph") { name } }',
      data: { __type: null },
      fetches: 0,
    },
  ],
};

export const faults: readonly FederationSuite[] = [unanswered, reported, described];
