import fc from 'fast-check';

/** Two subgraphs with every kind of element, tagged at random, as SDL without the link to federation. */
export interface TaggedSubgraphs {
  readonly sdls: readonly string[];
  readonly include: readonly string[];
  readonly exclude: readonly string[];
}

const TAGS = ['a', 'b', 'c'];

/** Tags of one element, mostly none, as they are written in SDL. */
const tags = fc
  .oneof({ weight: 3, arbitrary: fc.constant([]) }, { weight: 2, arbitrary: fc.subarray(TAGS, { maxLength: 2 }) })
  .map((names) => names.map((name) => ` @tag(name: "${name}")`).join(''));

const OUTPUTS = ['Int', 'E', 'S', 'T0', 'T1', 'T2!', '[I!]', 'U', '[S]'];
const INPUTS = ['Int', 'Int!', 'E', 'In', 'S', 'E = ONE', 'In = {x: 1, e: TWO}', 'Int! = 3'];

const argument = fc
  .record({ name: fc.constantFrom('p', 'q'), type: fc.constantFrom(...INPUTS), tags })
  .map(({ name, type, tags: tagged }) => ({ name, text: `${name}: ${type}${tagged}` }));

const givenArguments = fc
  .uniqueArray(argument, { selector: ({ name }) => name, maxLength: 2 })
  .map((given) => (given.length === 0 ? '' : `(${given.map(({ text }) => text).join(', ')})`));

/** The same name has the same type wherever it is, so that types can share interfaces. */
const field = (name: string): fc.Arbitrary<string> =>
  fc
    .record({ given: givenArguments, type: fc.constantFrom(...OUTPUTS), tags })
    .map(({ given, type, tags: tagged }) => `${name}${given}: ${type}${tagged}`);

const fields = (...names: string[]): fc.Arbitrary<string> =>
  fc
    .tuple(...names.map((name) => fc.option(field(name), { freq: 4 })))
    .map((given) => given.flatMap((text) => text ?? []).join('\n'));

export const taggedSubgraphs: fc.Arbitrary<TaggedSubgraphs> = fc
  .record({
    query: fields('q0', 'q1', 'q2', 'q3'),
    mutation: fc.option(fields('m0', 'm1')),
    t0: fields('f0', 'f1'),
    t1: fields('f2'),
    more: fc.array(fc.record({ type: fc.constantFrom('Int', 'String', '[Int!]'), tags }), { maxLength: 2 }),
    promised: fc.record({ given: givenArguments, type: fc.constantFrom('Int', 'S', 'E') }),
    tagged: fc.array(tags, { minLength: 24, maxLength: 24 }),
    required: fc.constantFrom('Int', 'Int!'),
    filter: fc.record({ include: fc.subarray(TAGS, { maxLength: 2 }), exclude: fc.subarray(TAGS, { maxLength: 2 }) }),
  })
  .map(({ query, mutation, t0, t1, more, promised, tagged, required, filter }) => {
    let next = 0;
    const tag = (): string => tagged[next++] ?? '';
    const untagged = promised.given.replaceAll(/ @tag\(name: "\w"\)/g, '');
    const promise = (): string => `i${promised.given}: ${promised.type}${tag()}`;
    const keeps = (): string => `i${untagged}: ${promised.type}${tag()}`;
    const first = `
      type Query { base: Int${tag()} ${query} }
      ${mutation === null ? '' : `type Mutation { mbase: Int${tag()} ${mutation} }`}
      interface I${tag()} { ${promise()} }
      type T0 implements I @key(fields: "id")${tag()} { id: ID${tag()} ${keeps()} ${t0} }
      type T1 implements I${tag()} { ${keeps()} ${t1} }
      type T2${tag()} { only: Int${tag()} }
      type T3${tag()} { lonely: S${tag()} }
      union U${tag()} = T1 | T2
      enum E${tag()} { ONE${tag()} TWO${tag()} }
      scalar S${tag()}
      input In${tag()} { x: ${required}${tag()} e: E${tag()} deep: In${tag()} }
    `;
    const second = `
      type Query { other: Int${tag()} }
      type T0 @key(fields: "id") { id: ID ${more.map(({ type, tags: own }, n) => `f${n + 4}: ${type}${own}`).join('\n')} }
    `;
    return {
      sdls: [first, second],
      include: filter.include,
      exclude: filter.exclude.filter((name) => !filter.include.includes(name)),
    };
  });
