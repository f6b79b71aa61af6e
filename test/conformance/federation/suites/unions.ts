import { byKey, link, type FederationSuite } from '../suite.js';

const pictures = [
  { __typename: 'Photo', id: 'm1', url: 'p' },
  { __typename: 'Clip', id: 'm2', url: 'c' },
];
const shared = { __typename: 'Common', label: 'common' };
const onlyA = { __typename: 'OnlyA', a: 'a' };
const onlyB = { __typename: 'OnlyB', b: 'b' };

const sameKeys: FederationSuite = {
  id: 'same-response-keys',
  about: 'Members of a union have fields of one name with different types.',
  subgraphs: () => [
    {
      name: 'ids',
      sdl: `${link('2.3', '@key', '@shareable')}
        type Query { users: [User] accounts: [Account] }
        union Account = User | Admin
        type User @key(fields: "id") { id: ID! peers: [Account!]! }
        type Admin { id: ID! name: String note: String peers: [Account] }`,
      resolvers: {
        Query: {
          users: () => [{ id: 'u1' }],
          accounts: () => [
            { __typename: 'User', id: 'u1' },
            {
              __typename: 'Admin',
              id: 'a1',
              name: 'Admin',
              note: 'n',
              peers: [
                { __typename: 'User', id: 'u1' },
                { __typename: 'Admin', id: 'a2', name: 'Other', peers: [] },
              ],
            },
          ],
        },
        User: {
          peers: () => [
            { __typename: 'User', id: 'u1' },
            { __typename: 'Admin', id: 'a3', name: 'Third' },
          ],
        },
      },
    },
    {
      name: 'names',
      sdl: `${link('2.3', '@key', '@shareable')}
        type User @key(fields: "id") { id: ID! name: String! note: Int! }`,
      resolvers: { User: { name: ({ id }: { id: string }) => `name ${id}`, note: () => 7 } },
    },
  ],
  cases: [
    {
      name: 'nullable here and non-null there',
      query: '{ accounts { ... on User { id name } ... on Admin { id other: name } } }',
      data: {
        accounts: [
          { id: 'u1', name: 'name u1' },
          { id: 'a1', other: 'Admin' },
        ],
      },
    },
    {
      name: 'a text here and a number there, under names of their own',
      query: '{ accounts { ... on User { n: note } ... on Admin { m: note } } }',
      data: { accounts: [{ n: 7 }, { m: 'n' }] },
    },
    {
      name: 'one response key of two types is refused, as GraphQL does',
      query: '{ accounts { ... on User { note } ... on Admin { note } } }',
      errors: true,
    },
    {
      name: 'lists of the union inside it',
      query:
        '{ accounts { ... on User { p: peers { ... on User { name } ... on Admin { other: name } } } ... on Admin { q: peers { ... on User { name } ... on Admin { other: name } } } } }',
      data: {
        accounts: [{ p: [{ name: 'name u1' }, { other: 'Third' }] }, { q: [{ name: 'name u1' }, { other: 'Other' }] }],
      },
    },
    {
      name: 'beside the same entity from a plain list',
      query: '{ users { id name } accounts { ... on User { id name } ... on Admin { id } } }',
      data: { users: [{ id: 'u1', name: 'name u1' }], accounts: [{ id: 'u1', name: 'name u1' }, { id: 'a1' }] },
    },
  ],
};

const intersection: FederationSuite = {
  id: 'union-intersection',
  about: 'A union of which each subgraph knows other members.',
  subgraphs: () => [
    {
      name: 'a',
      sdl: `${link('2.3', '@key', '@shareable')}
        type Query { media: Media @shareable shelf: Shelf @shareable photo: Media song: Media aMedia: [Media] }
        union Media = Photo | Song
        type Photo { title: String! @shareable }
        type Song { title: String! @shareable aOnly: String! }
        type Shelf @shareable { media: Media }`,
      resolvers: {
        Query: {
          media: () => ({ __typename: 'Photo', title: 'photo' }),
          photo: () => ({ __typename: 'Photo', title: 'photo' }),
          song: () => ({ __typename: 'Song', title: 'song', aOnly: 'a' }),
          aMedia: () => [
            { __typename: 'Photo', title: 'photo' },
            { __typename: 'Song', title: 'song', aOnly: 'a' },
          ],
          shelf: () => ({ media: { __typename: 'Photo', title: 'photo' } }),
        },
      },
    },
    {
      name: 'b',
      sdl: `${link('2.3', '@key', '@shareable')}
        type Query { media: Media @shareable shelf: Shelf @shareable clip: Media }
        union Media = Photo | Clip
        type Photo { title: String! @shareable }
        type Clip { title: String! @shareable bOnly: String! }
        type Shelf @shareable { media: Media }`,
      resolvers: {
        Query: {
          media: () => ({ __typename: 'Photo', title: 'photo' }),
          clip: () => ({ __typename: 'Clip', title: 'clip', bOnly: 'b' }),
          shelf: () => ({ media: { __typename: 'Photo', title: 'photo' } }),
        },
      },
    },
  ],
  cases: [
    {
      name: 'the shared member',
      query: '{ media { ... on Photo { title } } }',
      data: { media: { title: 'photo' } },
      fetches: 1,
    },
    {
      name: 'all members, of which no subgraph knows all',
      query: '{ media { __typename ... on Photo { title } ... on Song { title aOnly } ... on Clip { title bOnly } } }',
      data: { media: { __typename: 'Photo', title: 'photo' } },
    },
    {
      name: 'a member that only one knows',
      query: '{ song { ... on Song { title aOnly } } }',
      data: { song: { title: 'song', aOnly: 'a' } },
      fetches: 1,
    },
    {
      name: 'a member that it cannot have',
      query: '{ song { __typename ... on Clip { title } } }',
      data: { song: { __typename: 'Song' } },
    },
    { name: 'only a member that it cannot have', query: '{ clip { ... on Song { title } } }', data: { clip: {} } },
    {
      name: 'in a list',
      query: '{ aMedia { ... on Photo { t: title } ... on Song { s: title } ... on Clip { c: title } } }',
      data: { aMedia: [{ t: 'photo' }, { s: 'song' }] },
    },
    {
      name: 'inside an object that both have',
      query: '{ shelf { media { __typename ... on Photo { title } ... on Clip { bOnly } ... on Song { aOnly } } } }',
      data: { shelf: { media: { __typename: 'Photo', title: 'photo' } } },
    },
    {
      name: 'from both subgraphs at once',
      query:
        '{ song { ...T } clip { ...T } photo { ...T } } fragment T on Media { __typename ... on Song { title } ... on Clip { title } ... on Photo { title } }',
      data: {
        song: { __typename: 'Song', title: 'song' },
        clip: { __typename: 'Clip', title: 'clip' },
        photo: { __typename: 'Photo', title: 'photo' },
      },
    },
  ],
};

const partialUnion: FederationSuite = {
  id: 'partial-union',
  about:
    'Below a field that several subgraphs can resolve, only the members of a union that all of them know are asked for; below one that only one can resolve, all of that one.',
  subgraphs: () => [
    {
      name: 'a',
      sdl: `${link('2.3', '@key', '@shareable')}
        type Query { rootA: Box }
        type Box @key(fields: "id") { id: ID! wrap: Wrap @shareable }
        type Wrap @shareable { acts: [Act!]! }
        union Act = Common | OnlyA
        type Common @shareable { label: String }
        type OnlyA { a: String }`,
      resolvers: {
        Query: { rootA: () => ({ id: 'x' }) },
        Box: { wrap: () => ({ acts: [shared, onlyA] }) },
      },
    },
    {
      name: 'b',
      sdl: `${link('2.3', '@key', '@shareable')}
        type Query { rootB: Box }
        type Box @key(fields: "id") { id: ID! wrap: Wrap @shareable bWrap: Wrap count: Int! }
        type Wrap @shareable { acts: [Act!]! }
        union Act = Common | OnlyB
        type Common @shareable { label: String }
        type OnlyB { b: String }`,
      resolvers: {
        Query: { rootB: () => ({ id: 'x' }) },
        Box: { wrap: () => ({ acts: [shared, onlyB] }), bWrap: () => ({ acts: [shared, onlyB] }), count: () => 2 },
      },
    },
  ],
  cases: [
    {
      name: 'what only the subgraph that was entered knows is null',
      query: '{ rootA { wrap { acts { __typename ... on Common { label } ... on OnlyA { a } ... on OnlyB { b } } } } }',
      data: {
        rootA: {
          wrap: {
            acts: [
              { __typename: 'Common', label: 'common' },
              { __typename: 'OnlyA', a: null },
            ],
          },
        },
      },
      errors: 'any',
    },
    {
      name: 'and of the other',
      query: '{ rootB { wrap { acts { __typename ... on Common { label } ... on OnlyA { a } ... on OnlyB { b } } } } }',
      data: {
        rootB: {
          wrap: {
            acts: [
              { __typename: 'Common', label: 'common' },
              { __typename: 'OnlyB', b: null },
            ],
          },
        },
      },
      errors: 'any',
    },
    {
      name: 'only a member that it does not know',
      query: '{ rootA { wrap { acts { __typename ... on OnlyB { b } } } } }',
      data: { rootA: { wrap: { acts: [{ __typename: 'Common' }, { __typename: 'OnlyA' }] } } },
    },
    {
      name: 'a field that only the other has',
      query:
        '{ rootA { bWrap { acts { __typename ... on Common { label } ... on OnlyA { a } ... on OnlyB { b } } } } }',
      data: {
        rootA: {
          bWrap: {
            acts: [
              { __typename: 'Common', label: 'common' },
              { __typename: 'OnlyB', b: 'b' },
            ],
          },
        },
      },
    },
    {
      name: 'beside a field of the other',
      query: '{ rootA { count wrap { acts { ... on OnlyA { a } } } } }',
      data: { rootA: { count: 2, wrap: { acts: [{}, { a: null }] } } },
      errors: 'any',
    },
  ],
};

const fullUnion: FederationSuite = {
  id: 'partial-union-of-values',
  about: 'A union in a value type that one subgraph knows whole and another in part, where only the first is entered.',
  subgraphs: () => [
    {
      name: 'whole',
      sdl: `${link('2.3', '@shareable')}
        type Query { answer: Answer }
        type Answer @shareable { acts: [Act!]! message: String }
        union Act = One | Two | Three
        type One @shareable { id: ID! value: Int }
        type Two { id: ID! name: String! }
        type Three { id: ID! label: String! }`,
      resolvers: {
        Query: {
          answer: () => ({
            message: 'm',
            acts: [
              { __typename: 'One', id: '1', value: 1 },
              { __typename: 'Two', id: '2', name: 'two' },
              { __typename: 'Three', id: '3', label: 'three' },
            ],
          }),
        },
      },
    },
    {
      name: 'part',
      sdl: `${link('2.3', '@shareable')}
        type Query { other: Answer }
        type Answer @shareable { acts: [Act!]! message: String }
        union Act = One
        type One @shareable { id: ID! value: Int }`,
      resolvers: { Query: { other: () => ({ message: 'o', acts: [{ __typename: 'One', id: '9', value: 9 }] }) } },
    },
  ],
  cases: [
    {
      name: 'all members',
      query:
        '{ answer { message acts { __typename ... on One { id value } ... on Two { id name } ... on Three { id label } } } }',
      data: {
        answer: {
          message: 'm',
          acts: [
            { __typename: 'One', id: '1', value: 1 },
            { __typename: 'Two', id: '2', name: 'two' },
            { __typename: 'Three', id: '3', label: 'three' },
          ],
        },
      },
    },
    {
      name: 'only those that the other subgraph does not know',
      query: '{ answer { acts { ... on Two { name } ... on Three { label } } } }',
      data: { answer: { acts: [{}, { name: 'two' }, { label: 'three' }] } },
    },
    {
      name: 'from the one that knows a part',
      query: '{ other { acts { __typename ... on One { value } ... on Two { name } } } answer { message } }',
      data: { other: { acts: [{ __typename: 'One', value: 9 }] }, answer: { message: 'm' } },
    },
  ],
};

const distributed: FederationSuite = {
  id: 'union-interface-distributed',
  about: 'An interface whose implementations are spread over subgraphs, with a union over them.',
  subgraphs: () => [
    {
      name: 'a',
      sdl: `${link('2.3', '@key', '@shareable')}
        type Query { pictures: [Picture!]! node(id: ID!): Node @shareable ab: AB }
        union Picture = Photo | Clip
        union AB = Photo | Clip
        interface Node { id: ID! }
        type Photo implements Node @key(fields: "id") { id: ID! }
        type Clip @key(fields: "id") { id: ID! warmth: String! }`,
      resolvers: {
        Query: {
          pictures: () => pictures,
          node: (_: unknown, { id }: { id: string }) => (id === 'm1' ? { __typename: 'Photo', id } : null),
          ab: () => pictures[1],
        },
        Clip: {
          warmth: ({ id }: { id: string }) => `warm ${id}`,
          __resolveReference: ({ id }: { id: string }) => ({ id }),
        },
        Photo: { __resolveReference: ({ id }: { id: string }) => ({ id }) },
      },
    },
    {
      name: 'b',
      sdl: `${link('2.3', '@key', '@shareable')}
        type Query { node(id: ID!): Node @shareable clipNode: Node }
        interface Node { id: ID! }
        type Photo implements Node @key(fields: "id") { id: ID! url: String! }
        type Clip implements Node @key(fields: "id") { id: ID! url: String! seconds: Int! }`,
      resolvers: {
        Query: {
          node: (_: unknown, { id }: { id: string }) => pictures.find((picture) => picture.id === id),
          clipNode: () => pictures[1],
        },
        Photo: { __resolveReference: byKey(pictures, 'id') },
        Clip: { __resolveReference: byKey(pictures, 'id'), seconds: () => 30 },
      },
    },
  ],
  cases: [
    {
      name: 'the members, completed elsewhere',
      query: '{ pictures { __typename ... on Photo { url } ... on Clip { url seconds warmth } } }',
      data: {
        pictures: [
          { __typename: 'Photo', url: 'p' },
          { __typename: 'Clip', url: 'c', seconds: 30, warmth: 'warm m2' },
        ],
      },
    },
    {
      name: 'an interface as the condition in a union',
      query: '{ pictures { ... on Node { id } } }',
      data: { pictures: [{ id: 'm1' }, { id: 'm2' }] },
    },
    {
      name: 'an interface inside a member',
      query: '{ pictures { ... on Clip { ... on Node { id } seconds } } }',
      data: { pictures: [{}, { id: 'm2', seconds: 30 }] },
    },
    {
      name: 'through the interface to a field of an implementation elsewhere',
      query: '{ clipNode { id ... on Clip { warmth seconds } } }',
      data: { clipNode: { id: 'm2', warmth: 'warm m2', seconds: 30 } },
    },
    {
      name: 'a fragment that cannot match',
      query: '{ clipNode { ... on Photo { url } } }',
      data: { clipNode: {} },
    },
    {
      name: 'a union in a union by fragments',
      query: '{ ab { ... on Picture { ... on Clip { seconds } ... on Photo { url } } } }',
      data: { ab: { seconds: 30 } },
    },
  ],
};

export const unions: readonly FederationSuite[] = [sameKeys, intersection, partialUnion, fullUnion, distributed];
