import { byKey, byKeyWithGiven, link, type FederationSuite } from '../suite.js';

const posts = [
  { id: 'p1', created: 'new p1', likes: 1 },
  { id: 'p2', created: 'new p2', likes: 2 },
];

const simpleOverride: FederationSuite = {
  id: 'simple-override',
  about: 'A field that moved is taken from its new subgraph only.',
  subgraphs: () => [
    {
      name: 'old',
      sdl: `${link('2.3', '@key')}
        type Query { oldFeed: [Post!]! }
        type Post @key(fields: "id") { id: ID! created: String! likes: Int! }`,
      resolvers: {
        Query: { oldFeed: () => posts.map((post) => ({ ...post, created: 'old' })) },
        Post: {
          __resolveReference: ({ id }: { id: string }) => ({
            id,
            created: 'old',
            likes: posts.find((post) => post.id === id)?.likes,
          }),
        },
      },
    },
    {
      name: 'new',
      sdl: `${link('2.3', '@key', '@override')}
        type Query { newFeed: [Post!]! }
        type Post @key(fields: "id") { id: ID! created: String! @override(from: "old") }`,
      resolvers: { Query: { newFeed: () => posts }, Post: { __resolveReference: byKey(posts, 'id') } },
    },
  ],
  cases: [
    {
      name: 'from the old subgraph’s root',
      query: '{ oldFeed { id created likes } }',
      data: {
        oldFeed: [
          { id: 'p1', created: 'new p1', likes: 1 },
          { id: 'p2', created: 'new p2', likes: 2 },
        ],
      },
    },
    {
      name: 'from the new subgraph’s root',
      query: '{ newFeed { created likes } }',
      data: {
        newFeed: [
          { created: 'new p1', likes: 1 },
          { created: 'new p2', likes: 2 },
        ],
      },
    },
  ],
};

const unavailable: FederationSuite = {
  id: 'unavailable-override',
  about: 'A field that moved from a subgraph that is not there, and from one that never had it.',
  subgraphs: () => [
    {
      name: 'a',
      sdl: `${link('2.3', '@key', '@override')}
        type Query { feed: [Post!]! }
        type Post @key(fields: "id") { id: ID! created: String! @override(from: "gone") }`,
      resolvers: { Query: { feed: () => posts }, Post: { __resolveReference: byKey(posts, 'id') } },
    },
    {
      name: 'b',
      sdl: `${link('2.3', '@key', '@shareable')}
        type Query { likes: [Post!]! }
        type Post @key(fields: "id") { id: ID! likes: Int! }`,
      resolvers: {
        Query: { likes: () => posts.map(({ id, likes }) => ({ id, likes })) },
        Post: { __resolveReference: byKey(posts, 'id') },
      },
    },
  ],
  cases: [
    {
      name: 'its new place serves it',
      query: '{ feed { id created } }',
      data: {
        feed: [
          { id: 'p1', created: 'new p1' },
          { id: 'p2', created: 'new p2' },
        ],
      },
      fetches: 1,
    },
    {
      name: 'across',
      query: '{ likes { created likes } }',
      data: {
        likes: [
          { created: 'new p1', likes: 1 },
          { created: 'new p2', likes: 2 },
        ],
      },
    },
  ],
};

const users = [
  { id: 'u1', name: 'Ann' },
  { id: 'u2', name: 'Ben' },
];

const overrideWithRequires: FederationSuite = {
  id: 'override-with-requires',
  about: 'A field moved to a subgraph where it requires others; another requires it.',
  subgraphs: () => [
    {
      name: 'names',
      sdl: `${link('2.3', '@key')}
        type Query { users: [User!]! }
        type User @key(fields: "id") { id: ID! name: String! }`,
      resolvers: { Query: { users: () => users }, User: { __resolveReference: byKey(users, 'id') } },
    },
    {
      name: 'old',
      sdl: `${link('2.3', '@key', '@requires', '@external')}
        type Query { usersOld: [User!]! }
        type User @key(fields: "id") {
          id: ID! name: String! @external
          greeting: String!
          old: String! @requires(fields: "name")
        }`,
      resolvers: {
        Query: { usersOld: () => users.map(({ id }) => ({ id })) },
        User: {
          __resolveReference: byKeyWithGiven(
            users.map(({ id }) => ({ id })),
            'id',
          ),
          greeting: () => 'old',
          old: ({ name }: { name?: string }) => `old ${name ?? '?'}`,
        },
      },
    },
    {
      name: 'new',
      sdl: `${link('2.3', '@key', '@requires', '@external', '@override')}
        type Query { usersNew: [User!]! }
        type User @key(fields: "id") {
          id: ID! name: String! @external
          greeting: String! @override(from: "old") @requires(fields: "name")
        }`,
      resolvers: {
        Query: { usersNew: () => users.map(({ id }) => ({ id })) },
        User: {
          __resolveReference: byKeyWithGiven(
            users.map(({ id }) => ({ id })),
            'id',
          ),
          greeting: ({ name }: { name?: string }) => `new ${name ?? '?'}`,
        },
      },
    },
    {
      name: 'shout',
      sdl: `${link('2.3', '@key', '@requires', '@external')}
        type User @key(fields: "id") { id: ID! greeting: String! @external shout: String! @requires(fields: "greeting") }`,
      resolvers: {
        User: {
          __resolveReference: byKeyWithGiven(
            users.map(({ id }) => ({ id })),
            'id',
          ),
          shout: ({ greeting }: { greeting?: string }) => `${greeting ?? '?'}!`,
        },
      },
    },
  ],
  cases: [
    {
      name: 'from a third root',
      query: '{ users { greeting } }',
      data: { users: [{ greeting: 'new Ann' }, { greeting: 'new Ben' }] },
    },
    {
      name: 'from the old root',
      query: '{ usersOld { greeting old } }',
      data: {
        usersOld: [
          { greeting: 'new Ann', old: 'old Ann' },
          { greeting: 'new Ben', old: 'old Ben' },
        ],
      },
    },
    {
      name: 'from the new root',
      query: '{ usersNew { id greeting } }',
      data: {
        usersNew: [
          { id: 'u1', greeting: 'new Ann' },
          { id: 'u2', greeting: 'new Ben' },
        ],
      },
    },
    {
      name: 'required by another',
      query: '{ usersOld { shout } }',
      data: { usersOld: [{ shout: 'new Ann!' }, { shout: 'new Ben!' }] },
    },
  ],
};

const entries = [
  { __typename: 'Note', id: 'e1', at: 'new e1' },
  { __typename: 'Image', id: 'e2', at: 'new e2' },
];

const overrideBehindInterface: FederationSuite = {
  id: 'override-type-interface',
  about: 'A field of an implementation moved; the interface is asked.',
  subgraphs: () => [
    {
      name: 'a',
      sdl: `${link('2.3', '@key', '@override')}
        type Query { notes: [Note!]! }
        interface Entry { id: ID! at: String! }
        type Note implements Entry @key(fields: "id") { id: ID! at: String! @override(from: "b") }`,
      resolvers: { Query: { notes: () => [entries[0]] }, Note: { __resolveReference: byKey(entries, 'id') } },
    },
    {
      name: 'b',
      sdl: `${link('2.3', '@key')}
        type Query { feed: [Entry!]! other: [Note!]! }
        interface Entry { id: ID! at: String! }
        type Note implements Entry @key(fields: "id") { id: ID! at: String! }
        type Image implements Entry @key(fields: "id") { id: ID! at: String! }`,
      resolvers: {
        Query: {
          feed: () => entries.map((entry) => ({ ...entry, at: `old ${entry.id}` })),
          other: () => [{ id: 'e1', at: 'old e1' }],
        },
      },
    },
  ],
  cases: [
    {
      name: 'by the interface',
      query: '{ feed { id at } }',
      data: {
        feed: [
          { id: 'e1', at: 'new e1' },
          { id: 'e2', at: 'old e2' },
        ],
      },
    },
    {
      name: 'by the types',
      query: '{ feed { ... on Image { at } ... on Note { at } } }',
      data: { feed: [{ at: 'new e1' }, { at: 'old e2' }] },
    },
    {
      name: 'only the implementation that did not move',
      query: '{ feed { ... on Image { at } } }',
      data: { feed: [{}, { at: 'old e2' }] },
      fetches: 1,
    },
    {
      name: 'by the type itself',
      query: '{ other { at } notes { at } }',
      data: { other: [{ at: 'new e1' }], notes: [{ at: 'new e1' }] },
    },
  ],
};

const progressive: FederationSuite = {
  id: 'progressive-override',
  about:
    'A field on its way: with nobody choosing the label it stays, with 100 percent it has moved, with 0 it has not.',
  subgraphs: () => [
    {
      name: 'old',
      sdl: `${link('2.7', '@key')}
        type Query { posts: [Post!]! }
        type Post @key(fields: "id") { id: ID! none: String! all: String! labelled: String! }`,
      resolvers: {
        Query: { posts: () => posts.map(({ id }) => ({ id, none: 'old', all: 'old', labelled: 'old' })) },
        Post: { __resolveReference: ({ id }: { id: string }) => ({ id, none: 'old', all: 'old', labelled: 'old' }) },
      },
    },
    {
      name: 'new',
      sdl: `${link('2.7', '@key', '@override')}
        type Query { newPosts: [Post!]! }
        type Post @key(fields: "id") {
          id: ID!
          none: String! @override(from: "old", label: "percent(0)")
          all: String! @override(from: "old", label: "percent(100)")
          labelled: String! @override(from: "old", label: "move-it")
        }`,
      resolvers: {
        Query: { newPosts: () => posts.map(({ id }) => ({ id, none: 'new', all: 'new', labelled: 'new' })) },
        Post: { __resolveReference: ({ id }: { id: string }) => ({ id, none: 'new', all: 'new', labelled: 'new' }) },
      },
    },
  ],
  cases: [
    {
      name: 'no percent: the old subgraph',
      query: '{ posts { none } newPosts { none } }',
      data: { posts: [{ none: 'old' }, { none: 'old' }], newPosts: [{ none: 'old' }, { none: 'old' }] },
    },
    {
      name: 'all percent: the new subgraph',
      query: '{ posts { all } newPosts { all } }',
      data: { posts: [{ all: 'new' }, { all: 'new' }], newPosts: [{ all: 'new' }, { all: 'new' }] },
    },
    {
      name: 'a label that nobody set: the old subgraph',
      query: '{ posts { labelled } newPosts { labelled } }',
      data: { posts: [{ labelled: 'old' }, { labelled: 'old' }], newPosts: [{ labelled: 'old' }, { labelled: 'old' }] },
    },
  ],
};

export const overrides: readonly FederationSuite[] = [
  simpleOverride,
  unavailable,
  overrideWithRequires,
  overrideBehindInterface,
  progressive,
];
