import { describe, expect, test } from '@jest/globals';
import { readRequirements } from '../../../gateway/enforcement/requirements.js';
import { anonymous, person } from '../support/clinic.js';
import { refusalsWith, requirementsOf } from './support/composed.js';

const withScopes = (...scopes: string[]) => ({ ...person, scopes });

describe('a type that asks for something', () => {
  const requirements = requirementsOf({
    a: `type Query { me: User card: Card rank: Rank mark: Mark cards: [Card!] }
      type User { name: String email: String @requiresScopes(scopes: [["read:email"]]) card: Card }
      type Card @authenticated { number: String }
      scalar Mark @requiresScopes(scopes: [["mark"]])
      enum Rank @policy(policies: [["rank"]]) { HIGH }`,
  });
  const rows: [what: string, source: string, refused: string[]][] = [
    [
      'asks it of every field that returns it, and of its own',
      '{ card { number } }',
      ['Query.card UNAUTHENTICATED', 'Card.number UNAUTHENTICATED'],
    ],
    ['in lists', '{ cards { __typename } }', ['Query.cards UNAUTHENTICATED']],
    ['as a scalar', '{ mark }', ['Query.mark UNAUTHENTICATED']],
    ['as an enum', '{ rank }', ['Query.rank PERMISSION_DENIED']],
    ['of what is beside it, nothing', '{ me { name } }', []],
    ['of one field only', '{ me { name email } }', ['User.email UNAUTHENTICATED']],
  ];
  test.each(rows)('%s', (_, source, refused) => {
    expect(refusalsWith(requirements, source, { caller: anonymous })).toEqual(refused);
  });

  test('of the root asks it of everything', () => {
    const root = requirementsOf({ a: 'type Query @authenticated { a: Int b: Int }' });
    expect(refusalsWith(root, '{ a b }', { caller: anonymous })).toEqual([
      'Query.a UNAUTHENTICATED',
      'Query.b UNAUTHENTICATED',
    ]);
  });
});

/** The examples of apollographql/router docs/source/routing/security/authorization.mdx. */
describe('implementations that differ', () => {
  const requirements = requirementsOf({
    a: `type Query { posts: [Post!] }
      interface Post { id: ID! title: String }
      type PrivateBlog implements Post @authenticated { id: ID! title: String }
      type PublicBlog implements Post { id: ID! title: String }`,
  });
  const rows: [what: string, source: string, refused: string[]][] = [
    [
      'fields of the interface ask for what any of them asks for',
      '{ posts { id title } }',
      ['Query.posts UNAUTHENTICATED', 'Post.id UNAUTHENTICATED', 'Post.title UNAUTHENTICATED'],
    ],
    ['each is asked by its own name', '{ posts { ... on PublicBlog { id title } } }', []],
    [
      'in one operation',
      '{ posts { ... on PublicBlog { id } ... on PrivateBlog { id } } }',
      ['PrivateBlog.id UNAUTHENTICATED'],
    ],
    ['__typename asks for nothing', '{ posts { __typename ... on PublicBlog { id } } }', []],
    ['a fragment on the interface is no way around', '{ posts { ... on Post { id } } }', ['Post.id UNAUTHENTICATED']],
    ['nor one without a type', '{ posts { ... { id } } }', ['Query.posts UNAUTHENTICATED', 'Post.id UNAUTHENTICATED']],
  ];
  test.each(rows)('%s', (_, source, refused) => {
    expect(refusalsWith(requirements, source, { caller: anonymous })).toEqual(refused);
  });

  test('scopes of fields of all implementations are needed together', () => {
    const scopes = requirementsOf({
      a: `type Query { posts: [Post!] }
        interface Post { title: String }
        type A implements Post { title: String @requiresScopes(scopes: [["a"]]) }
        type B implements Post { title: String @requiresScopes(scopes: [["b"]]) }`,
    });
    expect(refusalsWith(scopes, '{ posts { title } }', { caller: withScopes('a') })).toEqual([
      'Post.title SCOPE_MISSING',
    ]);
    expect(refusalsWith(scopes, '{ posts { title } }', { caller: withScopes('a', 'b') })).toEqual([]);
    expect(refusalsWith(scopes, '{ posts { ... on A { title } } }', { caller: withScopes('a') })).toEqual([]);
  });

  test('what an interface asks for itself holds for every implementation', () => {
    // Composers of before 2.9 let it be written there.
    const written = readRequirements(`
      schema @link(url: "https://specs.apollo.dev/authenticated/v0.1", for: SECURITY) { query: Query }
      enum join__Graph { A @join__graph(name: "a", url: "") }
      type Query @join__type(graph: A) { posts: [Post!] }
      interface Post @join__type(graph: A) @authenticated { id: ID! }
      type Blog implements Post @join__type(graph: A) { id: ID! }`);
    expect(refusalsWith(written, '{ posts { ... on Blog { id } } }', { caller: anonymous })).toEqual([
      'Query.posts UNAUTHENTICATED',
      'Blog.id UNAUTHENTICATED',
    ]);
  });
});

describe('what the gateway fetches for itself', () => {
  const requirements = requirementsOf({
    a: `type Query { product: Product }
      type Product @key(fields: "id") { id: ID! @authenticated name: String weight: Int @requiresScopes(scopes: [["weight"]]) }`,
    b: `type Product @key(fields: "id") { id: ID! @authenticated inStock: Boolean weight: Int @external
      shipping: Int @requires(fields: "weight") @requiresScopes(scopes: [["weight"]]) }`,
  });

  test('as a key asks nothing of the caller, who does not see it', () => {
    expect(refusalsWith(requirements, '{ product { name inStock } }', { caller: anonymous })).toEqual([]);
  });

  test('and the caller asks for, too, asks for it', () => {
    expect(refusalsWith(requirements, '{ product { id } }', { caller: anonymous })).toEqual([
      'Product.id UNAUTHENTICATED',
    ]);
  });

  test('for @requires asks for it, because what is made of it is shown', () => {
    expect(refusalsWith(requirements, '{ product { shipping } }', { caller: withScopes() })).toEqual([
      'Product.shipping SCOPE_MISSING',
    ]);
  });
});

describe('@policy', () => {
  const requirements = requirementsOf({
    a: 'type Query { me: String @policy(policies: [["kind:user", "adult"], ["support"]]) open: String }',
  });
  const rows: [what: string, holding: string[] | undefined, refused: string[]][] = [
    ['holds with one whole set', ['support'], []],
    ['holds with the other', ['adult', 'kind:user'], []],
    ['does not with half of one', ['adult'], ['Query.me PERMISSION_DENIED']],
    ['does not where nobody says', undefined, ['Query.me PERMISSION_DENIED']],
  ];
  test.each(rows)('%s', (_, holding, refused) => {
    const holds = holding === undefined ? {} : { holds: (name: string) => holding.includes(name) };
    expect(refusalsWith(requirements, '{ me open }', holds)).toEqual(refused);
  });

  test('asks about each policy once, however many fields name it', () => {
    const asked: string[] = [];
    refusalsWith(requirements, '{ me a: me b: me }', { holds: (name) => asked.push(name) > 0 });
    expect(asked).toEqual(['adult', 'kind:user']);
  });
});
