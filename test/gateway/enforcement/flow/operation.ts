import { argumentBounds } from './bounds.js';
import { INPUT_FIELDS, type ArgumentModel, type FieldModel, type Graph, type ObjectModel } from './graph.js';
import type { Random } from './random.js';
import type { Tokens } from './world.js';

export interface GeneratedOperation {
  readonly source: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

/** Response keys that mean something to somebody, and some that mean nothing. */
const ALIASES = [
  'id',
  'sku',
  'x',
  'y',
  'value',
  'common',
  '__typename',
  'constructor',
  'alias',
  '_0',
  'representations',
];

/**
 * An operation over the graph: aliases, fragments, conditions, literals and variables wherever they may be.
 *
 * @param aliasing probability of an alias: many of them collide.
 */
export function makeOperation(graph: Graph, random: Random, tokens: Tokens, aliasing: number): GeneratedOperation {
  return new Writer(graph, random, tokens, aliasing).operation();
}

class Writer {
  readonly #variables = new Map<string, { readonly type: string; readonly bounds: Set<string> }>();
  readonly #fragments: string[] = [];

  constructor(
    readonly graph: Graph,
    readonly random: Random,
    readonly tokens: Tokens,
    readonly aliasing: number,
  ) {}

  operation(): GeneratedOperation {
    const { graph, random } = this;
    const isMutation = graph.mutations.length > 0 && random.chance(0.2);
    const fields = isMutation ? graph.mutations : graph.queries;
    const count = 1 + random.below(3);
    const selections = Array.from({ length: count }, () => this.#field(random.pick(fields), 0));
    const values: Record<string, unknown> = {};
    for (const [name, { type, bounds }] of this.#variables) {
      values[name] = type === 'Boolean!' ? random.chance(0.5) : this.#value(type, bounds);
    }
    const declared = [...this.#variables].map(([name, { type }]) => `$${name}: ${type}`);
    const head = declared.length > 0 ? `(${declared.join(', ')})` : '';
    const kind = isMutation ? 'mutation' : 'query';
    return { source: `${kind} Q${head} { ${selections.join(' ')} } ${this.#fragments.join(' ')}`, variables: values };
  }

  #field(field: FieldModel, depth: number): string {
    const { random } = this;
    const alias = random.chance(this.aliasing)
      ? `${random.chance(0.6) ? random.pick(ALIASES) : `k${random.below(1000)}`}: `
      : '';
    const given = field.arguments
      .filter(() => random.chance(0.8))
      .map((argument) => `${argument.name}: ${this.#argument(field, argument)}`);
    const inside = this.#selections(field.type, depth + 1);
    if (inside === '') return '';
    return `${alias}${field.name}${given.length > 0 ? `(${given.join(' ')})` : ''} ${this.#condition()} ${inside ?? ''}`;
  }

  /** Undefined for a leaf. */
  #selections(typeName: string, depth: number): string | undefined {
    const { graph, random } = this;
    const type = graph.types.find(({ name }) => name === typeName);
    if (type !== undefined) return `{ ${this.#object(type, depth)} }`;
    const model = graph.interfaces.find(({ name }) => name === typeName);
    const members =
      model === undefined
        ? (graph.unions.find(({ name }) => name === typeName)?.members ?? [])
        : graph.types.filter(({ interfaces }) => interfaces.includes(model.name)).map(({ name }) => name);
    if (members.length === 0) return undefined;
    const direct =
      model === undefined
        ? []
        : random.some(['id', 'common', ...(random.chance(0.3) ? ['k: common', 'id: common'] : [])], 0.5);
    const fragments = random.some(members, 0.7).map((name) => {
      const member = graph.types.find((candidate) => candidate.name === name);
      return member === undefined ? '' : this.#fragment(name, this.#object(member, depth));
    });
    const other = graph.interfaces.filter(() => random.chance(0.2)).map(({ name }) => `... on ${name} { common }`);
    return `{ __typename ${[...direct, ...fragments, ...other].join(' ')} }`;
  }

  #object(type: ObjectModel, depth: number): string {
    const { random } = this;
    const isLeaf = ({ type: name }: FieldModel) => ['String', 'Secret', 'ID!'].includes(name);
    const fields = type.fields.filter((field) => depth < 4 || isLeaf(field));
    const chosen = random.some(fields, depth < 2 ? 0.6 : 0.4);
    const written = chosen.map((field) => this.#field(field, depth)).filter((text) => text !== '');
    if (written.length > 1 && random.chance(0.2)) {
      const last = written.pop() ?? '';
      written.push(this.#fragment(random.chance(0.5) ? type.name : undefined, last));
    }
    for (const name of type.interfaces) if (random.chance(0.2)) written.push(`... on ${name} { common }`);
    return written.length > 0 ? written.join(' ') : '__typename';
  }

  #fragment(type: string | undefined, inside: string): string {
    const { random } = this;
    if (type === undefined || random.chance(0.5))
      return `... ${type === undefined ? '' : `on ${type}`} ${this.#condition()} { ${inside} }`;
    const name = `F${this.#fragments.length}`;
    this.#fragments.push(`fragment ${name} on ${type} { ${inside} }`);
    return `...${name} ${this.#condition()}`;
  }

  #condition(): string {
    const { random } = this;
    if (!random.chance(0.12)) return '';
    const name = random.pick(['skip', 'include']);
    if (random.chance(0.3)) return `@${name}(if: ${random.chance(0.5) ? 'true' : 'false'})`;
    return `@${name}(if: $${this.#variable('Boolean!', [])})`;
  }

  #argument(field: FieldModel, argument: ArgumentModel): string {
    return this.#literal(argument.type, [...argumentBounds(field, argument.name)]);
  }

  /** Written out, or a variable, somewhere inside. */
  #literal(type: string, around: readonly string[]): string {
    const { graph, random, tokens } = this;
    if (random.chance(0.4)) return `$${this.#variable(type, around)}`;
    if (type === 'String') return random.chance(0.1) ? 'null' : `"${tokens.makeSent(new Set(around))}"`;
    if (type === '[In!]')
      return random.chance(0.5) ? `[${this.#literal('In!', around)}]` : this.#literal('In!', around);
    const fields = random
      .some(
        INPUT_FIELDS.filter((name) => name !== 'deep' || random.chance(0.3)),
        0.7,
      )
      .map((name) => {
        const bounds = [...around, ...graph.inputMarks[name]];
        return `${name}: ${this.#literal(name === 'deep' ? '[In!]' : 'String', bounds)}`;
      });
    return `{ ${fields.join(' ')} }`;
  }

  /** An old variable of the type, or a new one: what it is bound to is what all its places are bound to. */
  #variable(type: string, around: readonly string[]): string {
    const { random } = this;
    const known = [...this.#variables].filter(([, variable]) => variable.type === type).map(([name]) => name);
    const fresh = random.chance(0.1) ? 'representations' : `v${this.#variables.size}`;
    const name = known.length > 0 && random.chance(0.7) ? random.pick(known) : fresh;
    const variable = this.#variables.get(name);
    if (variable !== undefined && variable.type !== type) return this.#variable(type, around);
    const entry = variable ?? { type, bounds: new Set<string>() };
    for (const policy of around) entry.bounds.add(policy);
    this.#variables.set(name, entry);
    return name;
  }

  #value(type: string, around: ReadonlySet<string>): unknown {
    const { graph, random, tokens } = this;
    if (type === 'String') return tokens.makeSent(new Set(around));
    if (type === '[In!]') return [this.#value('In!', around)];
    return Object.fromEntries(
      random
        .some(
          INPUT_FIELDS.filter((name) => name !== 'deep' || random.chance(0.3)),
          0.7,
        )
        .map((name) => {
          const bounds = new Set([...around, ...graph.inputMarks[name]]);
          return [name, this.#value(name === 'deep' ? '[In!]' : 'String', bounds)];
        }),
    );
  }
}
