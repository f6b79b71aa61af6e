import { describe, expect, it } from '@jest/globals';
import { startFederation } from '../../../support/federation.js';

const people = [
  { id: '1', name: 'Ada', friends: ['2', '3'] },
  { id: '2', name: 'Bob', friends: ['1'] },
  { id: '3', name: 'Cyd', friends: [] },
];
const person = ({ id }: { id: string }) => people.find((one) => one.id === id) ?? null;

const federation = () =>
  startFederation({
    people: {
      typeDefs: `
        type Query { me: Person people: [Person!]! person(id: ID!): Person }
        type Person @key(fields: "id") { id: ID! name: String! friends(first: Int): [Person!]! }
      `,
      resolvers: {
        Query: { me: () => people[0], people: () => people, person: (_: unknown, key: { id: string }) => person(key) },
        Person: {
          __resolveReference: person,
          friends: ({ friends }: { friends: string[] }, { first }: { first?: number }) =>
            friends.slice(0, first ?? undefined).map((id) => person({ id })),
        },
      },
    },
    notes: {
      typeDefs: `
        type Person @key(fields: "id") { id: ID! notes(about: String): [Note!]! }
        type Note { text: String! author: Person! }
      `,
      resolvers: {
        Person: {
          notes: ({ id }: { id: string }, { about }: { about?: string }) => [
            { text: `${about ?? 'all'} of ${id}`, author: { __typename: 'Person', id: '1' } },
          ],
        },
      },
    },
  });

describe('an operation over two subgraphs', () => {
  it('joins what they know', async () => {
    const { ask, fetches } = federation();
    expect(await ask('{ me { name notes { text author { name } } } }')).toEqual({
      data: { me: { name: 'Ada', notes: [{ text: 'all of 1', author: { name: 'Ada' } }] } },
    });
    expect(fetches.map(({ subgraph }) => subgraph)).toEqual(['people', 'notes', 'people']);
  });

  it('asks about each entity once', async () => {
    const { ask, fetches } = federation();
    await ask('{ people { notes { author { name } } friends { notes { text } } } }');
    for (const { variables } of fetches) {
      for (const list of Object.values(variables)) {
        expect(new Set((list as unknown[]).map((item) => JSON.stringify(item))).size).toBe((list as unknown[]).length);
      }
    }
  });

  it('answers aliases, arguments, fragments and variables', async () => {
    const { ask } = federation();
    const query = `query All($representations: String, $n: Int = 1, $yes: Boolean!) {
      first: person(id: "1") { ...P a: notes(about: $representations) { text } b: notes(about: "x") { text } }
      second: person(id: "2") { ...P @include(if: $yes) id: name __typename }
      none: person(id: "9") { id }
      __typename
    }
    fragment P on Person { called: name friends(first: $n) { id name } }`;
    expect(await ask(query, { variables: { representations: 'r', yes: true } })).toEqual({
      data: {
        first: {
          called: 'Ada',
          friends: [{ id: '2', name: 'Bob' }],
          a: [{ text: 'r of 1' }],
          b: [{ text: 'x of 1' }],
        },
        second: { called: 'Bob', friends: [{ id: '1', name: 'Ada' }], id: 'Bob', __typename: 'Person' },
        none: null,
        __typename: 'Query',
      },
    });
  });

  it('answers introspection beside data', async () => {
    const { ask } = federation();
    expect(await ask('{ me { id } __type(name: "Note") { fields { name } } __schema { queryType { name } } }')).toEqual(
      {
        data: {
          me: { id: '1' },
          __type: { fields: [{ name: 'text' }, { name: 'author' }] },
          __schema: { queryType: { name: 'Query' } },
        },
      },
    );
  });
});
