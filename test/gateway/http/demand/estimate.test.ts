import { describe, expect, test } from '@jest/globals';
import { composeServices } from '@apollo/composition';
import { Kind, parse, type OperationDefinitionNode } from 'graphql';
import { actualCost } from '../../../../gateway/http/demand/actualCost.js';
import { readCostModel, type CostModel } from '../../../../gateway/http/demand/costModel.js';
import { enforceCost } from '../../../../gateway/http/demand/demandControl.js';
import { compileEstimate } from '../../../../gateway/http/demand/estimate.js';

const CATALOGUE = `
  extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@cost", "@listSize", "@shareable", "@inaccessible"])
  type Query {
    leaf: Int
    dearLeaf: Int @cost(weight: 7)
    product: Product
    plain: Plain
    products(first: Int = 10, last: Int): [Product!]! @listSize(slicingArguments: ["first", "last"])
    lenient(first: Int, last: Int): [Plain!] @listSize(slicingArguments: ["first", "last"], assumedSize: 6, requireOneSlicingArgument: false)
    assumed: [Plain] @listSize(assumedSize: 5)
    unknown: [Plain]
    page(first: Int!): Page @listSize(slicingArguments: ["first"], sizedFields: ["nodes"])
    find(filter: Filter, colour: Colour, tag: Tag @cost(weight: 8), plain: Int, filters: [Filter!]): Plain
    node: Node
    thing: Thing
    colour: Colour
  }
  type Mutation { rename(id: ID!): Plain }
  type Page { nodes: [Plain!] others: [Plain!] total: Int }
  type Plain implements Node { id: ID name: String inner: Plain many: [Plain] }
  type Product implements Node @key(fields: "id") @cost(weight: 4) { id: ID! @cost(weight: 2) name: String secret: Plain @inaccessible }
  interface Node { id: ID }
  union Thing = Plain | Product
  input Filter { text: String @cost(weight: 3) colour: Colour and: [Filter!] }
  enum Colour @cost(weight: 5) { RED }
  scalar Tag @cost(weight: 6)
`;
const STOCK = `
  extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@external", "@requires"])
  type Product @key(fields: "id") { id: ID! name: String @external shipping: Int @requires(fields: "name") weights: [Int] box: Box }
  type Box { size: Int }
`;

function compose(...subgraphs: string[]): string {
  const services = subgraphs.map((sdl, index) => ({
    name: `s${index}`,
    url: 'http://localhost:1',
    typeDefs: parse(sdl),
  }));
  const { supergraphSdl, errors } = composeServices(services);
  if (supergraphSdl === undefined) throw new Error(errors.map(({ message }) => message).join('\n'));
  return supergraphSdl;
}

const catalogue = readCostModel(compose(CATALOGUE, STOCK));

function compile(source: string, model: CostModel = catalogue) {
  const document = parse(source);
  const operation = document.definitions.find(
    ({ kind }) => kind === Kind.OPERATION_DEFINITION,
  ) as OperationDefinitionNode;
  return { document, operation, estimate: compileEstimate(document, operation, model) };
}
const estimated = (source: string, variables = {}, model?: CostModel) =>
  compile(source, model).estimate(variables, 10).cost;

describe('an estimate is', () => {
  test.each<[what: string, source: string, cost: number]>([
    ['nothing for a leaf', '{ leaf }', 0],
    ['nothing for __typename and introspection', '{ __typename __schema { types { name fields { name } } } }', 0],
    ['the weight of a leaf that has one', '{ dearLeaf }', 7],
    ['1 for an object', '{ plain { name } }', 1],
    ['the sum of objects inside one another', '{ plain { inner { inner { name } } } }', 3],
    ['the weight of the type', '{ product { name } }', 4],
    ['with the weight of a field', '{ product { id name } }', 6],
    ['the weight of an enum that is answered', '{ colour }', 5],
    ['10 for a mutation, and its fields', 'mutation { rename(id: 1) { name } }', 11],
    ['each alias for itself', '{ a: plain { name } b: plain { name } }', 2],
    ['times what a list is assumed to be', '{ assumed { inner { name } } }', 10],
    ['times the standard length where nothing is said', '{ unknown { name } }', 10],
    ['times the lengths of lists inside one another', '{ unknown { many { name } } }', 110],
    ['times what is asked for', '{ products(first: 3) { name } }', 12],
    ['times the default of the argument', '{ products { id } }', 60],
    ['nothing for nothing asked', '{ products(first: 0) { id } }', 0],
    ['never below nothing', '{ products(first: -5) { id } }', 0],
    ['times the larger of two slicing arguments', '{ lenient(first: 2, last: 9) { name } }', 9],
    ['times what is assumed where neither is given', '{ lenient { name } }', 6],
    ['once for a page, and for its sized field as long as asked', '{ page(first: 4) { nodes { name } } }', 5],
    ['and its other lists as long as any', '{ page(first: 4) { nodes { name } others { name } total } }', 15],
    [
      'sized fields in fragments',
      '{ page(first: 4) { ...F ... on Page { x: nodes { id } } } } fragment F on Page { nodes { name } }',
      9,
    ],
    ['the dearest implementation of an interface', '{ node { id } }', 6],
    ['the dearest member of a union', '{ thing { __typename } }', 4],
    ['the sum of all fragments', '{ node { ... on Plain { inner { name } } ... on Product { id } } }', 7],
    ['nothing for what is skipped', '{ plain @skip(if: true) { name } dearLeaf @include(if: false) }', 0],
    [
      'nothing for skipped fragments',
      '{ ...F @skip(if: true) ... @include(if: false) { dearLeaf } } fragment F on Query { dearLeaf }',
      0,
    ],
    ['the weight of an argument', '{ find(tag: "x") { name } }', 9],
    ['nothing for an argument without a weight', '{ find(plain: 3) { name } }', 1],
    ['nothing for null', '{ find(filter: null, tag: null) { name } }', 1],
    ['the weight of an enum that is sent', '{ find(colour: RED) { name } }', 6],
    ['1 for an input object, and its fields', '{ find(filter: { text: "x" }) { name } }', 5],
    ['of input objects inside one another', '{ find(filter: { and: [{ text: "x" }, { colour: RED }] }) { name } }', 12],
    ['what the gateway fetches to fetch a field', '{ product { shipping } }', 4],
  ])('%s', (_what, source, cost) => {
    expect(estimated(source)).toBe(cost);
  });

  test('made with variables, and their defaults', () => {
    const products = 'query ($n: Int = 2) { products(first: $n) { name } }';
    expect(estimated(products)).toBe(8);
    expect(estimated(products, { n: 5 })).toBe(20);
    expect(estimated(products, { n: null })).toBe(40);
    const find = 'query ($f: Filter, $t: Tag) { find(filter: $f, tag: $t) { name } }';
    expect(estimated(find)).toBe(1);
    expect(estimated(find, { f: { text: 'x', and: [{ colour: 'RED' }] }, t: 'x' })).toBe(1 + 8 + 1 + 3 + 1 + 5);
    expect(estimated(find, { f: { __proto__: { text: 'x' }, unknown: 1 }, t: null })).toBe(2);
    const skipped = 'query ($no: Boolean = true) { plain @skip(if: $no) { name } }';
    expect([estimated(skipped), estimated(skipped, { no: false })]).toEqual([0, 1]);
  });

  test('made once for a document, and then of numbers', () => {
    const { estimate } = compile('query ($n: Int) { products(first: $n) { id } }');
    expect([1, 2, 3].map((n) => estimate({ n }, 10).cost)).toEqual([6, 12, 18]);
    expect(compile('{ unknown { name } }').estimate({}, 3).cost).toBe(3);
  });

  test('finite where fragments spread themselves or name what there is not', () => {
    expect(estimated('{ ...F } fragment F on Query { plain { name } ...F }')).toBe(1);
    expect(estimated('{ ...F } fragment F on Nothing { plain { name } }')).toBe(0);
    expect(estimated('{ nothing(x: 1) { at { all } } }')).toBe(0);
    expect(estimated('subscription { nothing }')).toBe(0);
  });
});

describe('exactly one slicing argument', () => {
  const problems = (source: string) => compile(source).estimate({}, 10).problems;

  test.each([
    ['{ products { id } }'],
    ['{ products(first: 1) { id } }'],
    ['{ products(last: 1) { id } }'],
    ['{ lenient { name } }'],
    ['{ lenient(first: 1, last: 1) { name } }'],
    ['{ page(first: 1) { total } }'],
  ])('is there in %s', (source) => {
    expect(problems(source)).toEqual([]);
  });

  test.each([
    ['{ products(first: 1, last: 1) { id } }'],
    ['{ page { total } }'],
    ['query ($n: Int) { page(first: $n) { total } }'],
  ])('is demanded of %s', (source) => {
    expect(problems(source).join()).toMatch(/needs exactly one of the arguments first/);
  });
});

describe('a limit', () => {
  const demand = { mode: 'enforce', maximumCost: 10, defaultListSize: 10, actualEvery: 0 } as const;

  test('lets pass what costs just as much', () => {
    expect(() => enforceCost({ cost: 10, problems: [] }, demand)).not.toThrow();
  });

  test('refuses what costs more, and what does not say how much it wants', () => {
    const refusal = { code: 'OPERATION_TOO_COMPLEX' };
    expect(() => enforceCost({ cost: 11, problems: [] }, demand)).toThrow(expect.objectContaining(refusal));
    expect(() => enforceCost({ cost: 11, problems: [] }, demand)).toThrow('estimated to cost 11; the limit is 10');
    expect(() => enforceCost({ cost: 1, problems: ['It needs one.'] }, demand)).toThrow(
      expect.objectContaining(refusal),
    );
  });

  test.each(['measure', 'off'] as const)('refuses nothing in the mode %s', (mode) => {
    expect(() => enforceCost({ cost: 1e9, problems: ['x'] }, { ...demand, mode })).not.toThrow();
  });
});

describe('the actual cost', () => {
  const actual = (source: string, data: unknown, variables = {}) => {
    const { document, operation } = compile(source);
    return actualCost(document, operation, catalogue, variables, data);
  };

  test.each<[what: string, source: string, data: unknown, cost: number]>([
    ['of what came', '{ product { id name } }', { product: { id: '1', name: 'x' } }, 6],
    ['of no object', '{ product { id } }', { product: null }, 0],
    ['of as many as came', '{ products(first: 100) { id } }', { products: [{ id: '1' }, { id: '2' }] }, 12],
    ['of an empty list', '{ unknown { name } }', { unknown: [] }, 0],
    ['of lists with nulls', '{ assumed { name } }', { assumed: [null, { name: 'x' }] }, 1],
    ['of lists of weights', '{ product { weights } }', { product: { weights: [1, 2, 3] } }, 4],
    ['under an alias', '{ x: product { y: id } }', { x: { y: '1' } }, 6],
    [
      'of the type that it was',
      '{ node { ... on Plain { inner { name } } ... on Product { id } } }',
      { node: { id: '1' } },
      6,
    ],
    ['of fragments', '{ ...F } fragment F on Query { plain { name } }', { plain: { name: 'x' } }, 1],
    ['of what was not skipped', '{ plain @skip(if: true) { name } }', {}, 0],
    ['of a mutation', 'mutation { rename(id: 1) { name } }', { rename: { name: 'x' } }, 11],
    ['of nothing at all', '{ plain { name } }', null, 0],
    ['and its arguments', '{ find(tag: "x") { name } }', { find: null }, 8],
    ['of names that objects have by nature', '{ constructor: plain { name } }', {}, 0],
  ])('is that %s', (_what, source, data, cost) => {
    expect(actual(source, data)).toBe(cost);
  });

  test('is never more than what was estimated of lists as long as they may be', () => {
    const source = '{ products(first: 2) { id name shipping } assumed { many { name } } }';
    const plain = { many: Array.from({ length: 10 }, () => ({ name: 'x' })) };
    const data = { products: [{ id: 1 }, { id: 2 }], assumed: Array.from({ length: 5 }, () => plain) };
    expect(actual(source, data)).toBeLessThanOrEqual(estimated(source));
  });
});

describe('the directives are found', () => {
  const BASE =
    'type Query { a: Int @COST(weight: 3) b: [Int] @LIST(assumedSize: 2) c: [P] @LIST(assumedSize: 2) } type P { x: Int }';
  const LINK = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import:';

  test.each([
    ['by their names', `${LINK} ["@cost", "@listSize"])`, 'cost', 'listSize'],
    [
      'by other names',
      `${LINK} [{ name: "@cost", as: "@price" }, { name: "@listSize", as: "@length" }])`,
      'price',
      'length',
    ],
    ['by the names of the specification', `${LINK} [])`, 'federation__cost', 'federation__listSize'],
  ])('%s', (_what, link, cost, listSize) => {
    const sdl = `${link} ${BASE.replace('COST', cost).replaceAll('LIST', listSize)}`;
    const model = readCostModel(compose(sdl));
    expect(estimated('{ a c { x } }', {}, model)).toBe(5);
  });

  test('and of two subgraphs the dearer one counts', () => {
    const subgraph = (weight: number) =>
      `${LINK} ["@cost", "@shareable"]) type Query { a: Int @shareable @cost(weight: ${weight}) }`;
    expect(estimated('{ a }', {}, readCostModel(compose(subgraph(2), subgraph(9))))).toBe(9);
  });

  test('where a supergraph has none, nothing has a weight', () => {
    expect(estimated('{ a }', {}, readCostModel(compose('type Query { a: Int b: [P] } type P { x: Int }')))).toBe(0);
  });

  test('a directive that is only called cost is none', () => {
    const sdl = 'directive @cost(weight: Int) on FIELD_DEFINITION type Query { a: Int @cost(weight: 5) }';
    expect(estimated('{ a }', {}, readCostModel(sdl))).toBe(0);
  });

  const LINKED = 'schema @link(url: "https://specs.apollo.dev/cost/v0.1", import: ["@listSize"]) { query: Query }';
  test.each([
    ['a weight that is no number', 'type Query { a: Int @cost(weight: "much") }'],
    ['no weight', 'type Query { a: Int @cost }'],
    ['a list of less than nothing', 'type Query { a: [Int] @listSize(assumedSize: -1) }'],
  ])('%s is refused with the supergraph', (_what, sdl) => {
    expect(() => readCostModel(`${LINKED} ${sdl}`)).toThrow(expect.objectContaining({ code: 'CONFIGURATION_INVALID' }));
  });

  test('a weight may be a string or a fraction, as in IBM’s specification', () => {
    const model = readCostModel(`${LINKED} type Query { a: Int @cost(weight: "2.5") b: Int @cost(weight: 1.5) }`);
    expect(estimated('{ a b }', {}, model)).toBe(4);
  });
});
