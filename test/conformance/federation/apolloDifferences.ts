/** What plain @apollo/gateway 2.14.4 does otherwise than a suite says, and why. */
export interface Difference {
  readonly suite: string;
  /** Names of cases; absent: it does not start at all. */
  readonly cases?: readonly string[];
  readonly reason: string;
}

export const apolloDifferences: readonly Difference[] = [
  {
    suite: 'simple-entity-call',
    cases: ['the key under another name is not overwritten'],
    reason: 'Wrong data without an error: an alias that is the name of a key is overwritten by the key.',
  },
  {
    suite: 'aliases',
    cases: ['an entity under two names, with fields from both subgraphs'],
    reason: 'Wrong data without an error: an alias that is the name of a key is overwritten by the key.',
  },
  {
    suite: 'requires-through-entities',
    cases: ['and asked for under another name with other fields'],
    reason: 'Wrong data without an error: an alias that is the name of a required field is overwritten by it.',
  },
  {
    suite: 'requires-with-argument',
    cases: [
      'the caller asks for the same field with another argument',
      'the other order makes no difference',
      'the argument is a variable',
      'the argument is a variable with a default',
      'inside an object that is required',
      'everything at once',
      'in fragments that are merged',
    ],
    reason:
      'Wrong data without an error: a required field is not renamed where the caller asks for it with other arguments (apollographql/federation#2996).',
  },
  {
    suite: 'requires-with-argument-conflict',
    cases: [
      'both are asked for',
      'in the other order',
      'inside an object',
      'and the caller asks for it with each argument too',
    ],
    reason:
      'Wrong data without an error: two requirements of one field with other arguments share one value (apollographql/federation#2276).',
  },
  {
    suite: 'requires-lists-with-argument',
    cases: ['the caller asks for a shorter list', 'by a variable', 'all of them'],
    reason: 'Wrong data without an error: as above, with lists.',
  },
  {
    suite: 'requires-nested',
    cases: ['lists of lists with holes'],
    reason: 'Wrong data without an error: lists of lists in representations become lists of null.',
  },
  {
    suite: 'requires-circular',
    cases: ['across, back, and across again', 'all at once'],
    reason: 'A plan that asks for a field before what it requires was fetched.',
  },
  {
    suite: 'keys-mash-up',
    cases: [
      'a required field is fetched with one key, and brought back with another',
      'neither keys nor what is required is asked for',
      'a part of the composite key is asked for',
    ],
    reason: 'A plan that sends a representation without the key of the subgraph that gets it.',
  },
  {
    suite: 'root-in-values',
    cases: ['from a value back to the root, and on to the other subgraph'],
    reason: 'A root type that a subgraph names otherwise is taken for another type, and its values become null.',
  },
  {
    suite: 'nullability',
    cases: [
      'a null that is allowed',
      'an entity that its subgraph does not know is null at the nullable field, and says so',
      'and takes the nearest nullable parent where the field may not be null',
      'an entry of a list only takes itself',
      'a list of non-null entries goes as a whole',
      'a non-null list takes all data',
      'through a non-null parent',
    ],
    reason:
      'Null without an error: an entity that a subgraph does not know is noted in extensions.valueCompletion at most.',
  },
  {
    suite: 'enum-intersection',
    cases: ['a value that callers may not know is null, with an error', 'where it may not be null it takes its parent'],
    reason: 'Null without an error: values that do not fit the schema are noted in extensions.valueCompletion only.',
  },
  {
    suite: 'simple-inaccessible',
    cases: ['a value of an enum that is inaccessible is null'],
    reason: 'Null without an error: as above.',
  },
  {
    suite: 'broken-subgraph',
    cases: [
      'entities: nothing',
      'entities: an object where a text is promised',
      'entities: a text where a number is promised',
    ],
    reason: 'Null without an error: answers that are none, and values that do not fit.',
  },
  {
    suite: 'broken-subgraph',
    cases: ['entities: errors that are no list', 'a root field'],
    reason: 'Data that is there is dropped; the error of a failed fetch has no path.',
  },
  {
    suite: 'progressive-override',
    cases: ['all percent: the new subgraph'],
    reason: 'Progressive overrides are not known: the field never moves.',
  },
  {
    suite: 'executable-directives',
    cases: ['with its argument', 'with the default of one of them'],
    reason: 'Directives of operations that @composeDirective composes are not in the schema of callers.',
  },
  { suite: 'from-context', reason: 'It refuses supergraphs with @context.' },
];
