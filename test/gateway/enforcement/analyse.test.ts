import { describe, expect, test } from '@jest/globals';
import { Refusal } from '../../../enclave/refusals.js';
import { analyseClinic, anonymous, decideClinic } from '../support/clinic.js';

/** Every flow of an operation as `policy: producers > receivers (caller)`. */
function flowsOf(operation: string): string[] {
  return analyseClinic(operation).guarded.flatMap(({ requirement }) =>
    requirement.attested.map(
      ({ policy, coordinate, producers, receivers, caller }) =>
        `${coordinate} ${policy}: ${producers.join('+')} > ${receivers.join('+')} (${caller})`,
    ),
  );
}

const coordinatesOf = (operation: string) => analyseClinic(operation).guarded.map(({ coordinate }) => coordinate);

describe('no spelling hides a field', () => {
  const name = 'Person.name';
  const rows: [spelling: string, operation: string, found: string[]][] = [
    ['plain', '{ find { name } }', [name]],
    ['an alias', '{ find { id: name } }', [name]],
    ['an alias like an introspection field', '{ find { __typename: name } }', [name]],
    ['an alias that is a property of every object', '{ find { __proto__: name } }', [name]],
    ['a fragment definition', '{ find { ...F } } fragment F on Person { name }', [name]],
    [
      'a fragment in a fragment',
      '{ find { ...F } } fragment F on Person { ...G } fragment G on Person { name }',
      [name],
    ],
    ['an inline fragment with a type', '{ anything { ... on Person { name } } }', [name]],
    ['an inline fragment without a type', '{ find { ... { name } } }', [name]],
    ['an inline fragment with a directive', '{ find { ... @include(if: true) { name } } }', [name]],
    ['an interface of which one implementation is attested', '{ nodes { label } }', ['Node.label']],
    ['a fragment on the interface inside the type', '{ find { ... on Node { label } } }', ['Node.label']],
    ['@skip that is true for this request only', 'query ($no: Boolean!) { find { name @skip(if: $no) } }', [name]],
    ['deep inside lists', '{ find { friends { friends { name } } } }', [name]],
    ['a field of a scalar type that is attested', '{ find { genome } }', ['Person.genome']],
    [
      'a field of a type that is attested, and the field that returns it',
      '{ find { home { street } } }',
      ['Person.home', 'Home.street'],
    ],
    ['__typename is not a value', '{ find { __typename } nodes { __typename } }', []],
    ['introspection is not guarded', '{ __schema { types { name } } __type(name: "Person") { fields { name } } }', []],
    [
      'fields of types inside an attested type are not attested themselves, their parent is',
      '{ find { home { doors { colour } } } }',
      ['Person.home', 'Home.doors'],
    ],
  ];
  test.each(rows)('%s', (_, operation, found) => expect(coordinatesOf(operation)).toEqual(found));

  test('the other operation of a document is not analysed with this one', () => {
    const source = 'query A { about } query B { find { name } }';
    expect(analyseClinic(source, 'A').guarded).toEqual([]);
    expect(analyseClinic(source, 'B').guarded).toHaveLength(1);
  });

  test('a node in a fragment that is spread twice is found once and stands for both', () => {
    const source = '{ a: find { ...F } b: find { ...F } } fragment F on Person { name }';
    expect(coordinatesOf(source)).toEqual([name]);
  });

  test('an interface field demands what the strictest implementation demands', () => {
    expect(decideClinic('{ nodes { label id } }', { caller: anonymous })).toEqual(['Node.label UNAUTHENTICATED']);
    expect(decideClinic('{ nodes { ... on Bed { label free } } }', { caller: anonymous })).toEqual([]);
  });

  test('an alias that is reserved for the gateway is refused', () => {
    expect(() => analyseClinic('{ find { cloister__typename: name } }')).toThrow(Refusal);
  });
});

describe('flows', () => {
  const toCaller = (coordinate: string) => `${coordinate} record: records >  (receives)`;
  const rows: [why: string, operation: string, flows: string[]][] = [
    ['from the producer to the caller', '{ find { name } }', [toCaller('Person.name')]],
    ['a scalar says so itself', '{ find { genome } }', [toCaller('Genome')]],
    [
      'both the field and its type',
      '{ find { home { street } } }',
      [toCaller('Person.home'), toCaller('Home'), toCaller('Home')],
    ],
    [
      'by @requires to the requiring subgraph, unseen by the caller',
      '{ find { result } }',
      ['Person.sample sample: records > lab (none)'],
    ],
    [
      'an argument to the subgraph that resolves the field',
      '{ find(name: "x") { id } }',
      ['Query.find(name:) record:  > records (sends)'],
    ],
    [
      'an argument from a variable',
      'query ($n: String) { find(name: $n) { id } }',
      ['Query.find(name:) record:  > records (sends)'],
    ],
    [
      'an argument that is null holds nothing, but is there',
      '{ find(name: null) { id } }',
      ['Query.find(name:) record:  > records (sends)'],
    ],
    [
      'an input field that is written out',
      '{ find(by: { name: "x" }) { id } }',
      ['Query.find(by:) record:  > records (sends)'],
    ],
    ['an input field that is not attested', '{ find(by: { word: "x" }) { id } }', []],
    [
      'an input field deep inside',
      '{ find(by: { and: [{ and: { name: "x" } }] }) { id } }',
      ['Query.find(by:) record:  > records (sends)'],
    ],
    [
      'an input field from a variable',
      'query ($n: String) { find(by: { and: [{ name: $n }] }) { id } }',
      ['Query.find(by:) record:  > records (sends)'],
    ],
    [
      'a variable that may hold an attested field',
      'query ($c: Criteria) { find(by: $c) { id } }',
      ['Query.find(by:) record:  > records (sends)'],
    ],
    [
      'a variable inside a list',
      'query ($c: Criteria!) { find(by: { and: [$c] }) { id } }',
      ['Query.find(by:) record:  > records (sends)'],
    ],
    ['a variable that may not', 'query ($f: Int) { find(first: $f) { id } }', []],
    [
      'an input object of a mutation',
      'mutation ($w: Write!) { write(input: $w) { id } }',
      ['Mutation.write(input:) record:  > records (sends)'],
    ],
    [
      'an input object that is written out, with a variable inside',
      'mutation ($n: String!) { write(input: { person: { name: $n } }) { id } }',
      ['Mutation.write(input:) record:  > records (sends)'],
    ],
    [
      'an argument of another subgraph',
      '{ find { report(note: "x") } }',
      ['Person.report(note:) sample:  > lab (sends)'],
    ],
  ];
  test.each(rows)('%s', (_, operation, flows) => expect(flowsOf(operation)).toEqual(flows));

  test('the parties of an operation are those of its flows', () => {
    expect(analyseClinic('{ find { kit } }').parties).toEqual([]);
    expect(analyseClinic('{ find { name } }').parties).toEqual(['records']);
    expect(analyseClinic('{ find { result } }').parties).toEqual(['lab', 'records']);
  });
});
