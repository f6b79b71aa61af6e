import fc, { type GeneratorValue } from 'fast-check';
import {
  getNamedType,
  getNullableType,
  isAbstractType,
  isCompositeType,
  isEnumType,
  isListType,
  isNonNullType,
  isObjectType,
  parse,
  validate,
  type GraphQLCompositeType,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLSchema,
} from 'graphql';

export interface GeneratedOperation {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

export interface GenerateOptions {
  readonly kind?: 'query' | 'mutation';
  /** Values of arguments by their name; others are made up. */
  readonly values: Readonly<Record<string, readonly unknown[]>>;
  readonly depth?: number;
}

/** Response keys that meet keys of entities, required fields and what objects inherit. */
const ALIASES = ['a', 'b', 'id', 'name', 'height', 'price', '__proto__', 'constructor', 'toString', '_0', '_entities'];

/** A valid operation: aliases, arguments, variables, conditions, fragments with and without names, introspection of types. */
export function generateOperation(
  g: GeneratorValue,
  schema: GraphQLSchema,
  options: GenerateOptions,
): GeneratedOperation {
  for (let attempt = 0; ; attempt += 1) {
    const generated = new OperationGenerator(g, schema, options, attempt < 4).generate();
    if (validate(schema, parse(generated.query)).length === 0) return generated;
    if (attempt > 20) return { query: '{ __typename }', variables: {} };
  }
}

class OperationGenerator {
  readonly #fragments: string[] = [];
  readonly #definitions = new Map<string, string>();
  readonly #variables: Record<string, unknown> = {};
  #fields = 0;

  constructor(
    readonly g: GeneratorValue,
    readonly schema: GraphQLSchema,
    readonly options: GenerateOptions,
    readonly withAliases: boolean,
  ) {}

  generate(): GeneratedOperation {
    const { kind = 'query', depth = 5 } = this.options;
    const root = kind === 'query' ? this.schema.getQueryType() : this.schema.getMutationType();
    if (root === null || root === undefined) throw new Error(`There is no ${kind} type.`);
    const selection = this.#selection(root, depth, true);
    const definitions = [...this.#definitions].map(([name, type]) => `$${name}: ${type}`).join(', ');
    const head = definitions === '' ? `${kind} Made` : `${kind} Made(${definitions})`;
    return { query: [`${head} ${selection}`, ...this.#fragments].join('\n'), variables: this.#variables };
  }

  #nat(max: number): number {
    return this.g(fc.nat, { max });
  }

  #oneOf<T>(list: readonly T[]): T {
    return list[this.#nat(list.length - 1)] as T;
  }

  #chance(percent: number): boolean {
    return this.#nat(99) < percent;
  }

  #selection(type: GraphQLCompositeType, depth: number, isRoot = false): string {
    const parts: string[] = [];
    const count = 1 + this.#nat(isRoot ? 2 : 3);
    for (let index = 0; index < count; index += 1) parts.push(this.#part(type, depth));
    return `{ ${parts.join(' ')} }`;
  }

  #part(type: GraphQLCompositeType, depth: number): string {
    const fields = 'getFields' in type ? Object.values(type.getFields()) : [];
    if (depth > 0 && (fields.length === 0 || this.#chance(20))) return this.#fragment(type, depth);
    if (this.#chance(8)) return `${this.#alias()}__typename`;
    const open =
      depth > 0 && this.#fields < 40 ? fields : fields.filter((field) => !isCompositeType(getNamedType(field.type)));
    if (open.length === 0) return '__typename';
    return this.#field(this.#oneOf(open), depth);
  }

  #field(field: GraphQLField<unknown, unknown>, depth: number): string {
    this.#fields += 1;
    const given = field.args
      .filter(({ type }) => isNonNullType(type) || this.#chance(50))
      .map(({ name, type }) => `${name}: ${this.#value(name, type)}`);
    const type = getNamedType(field.type);
    const inner = isCompositeType(type) ? ` ${this.#selection(type, depth - 1)}` : '';
    return `${this.#alias()}${field.name}${given.length === 0 ? '' : `(${given.join(', ')})`}${this.#condition()}${inner}`;
  }

  #alias(): string {
    return this.withAliases && this.#chance(30) ? `${this.#oneOf(ALIASES)}: ` : '';
  }

  #fragment(type: GraphQLCompositeType, depth: number): string {
    const candidates = this.#typesWithin(type);
    const target = this.#oneOf(candidates);
    if (this.#chance(25) && this.#fragments.length < 4) {
      const name = `F${this.#fragments.length}`;
      const place = this.#fragments.push('') - 1;
      this.#fragments[place] = `fragment ${name} on ${target.name} ${this.#selection(target, depth - 1)}`;
      return `...${name}${this.#condition()}`;
    }
    const on = target === type && this.#chance(40) ? '' : ` on ${target.name}`;
    return `...${on}${this.#condition()} ${this.#selection(target, depth - 1)}`;
  }

  #typesWithin(type: GraphQLCompositeType): GraphQLCompositeType[] {
    const possible = isAbstractType(type) ? this.schema.getPossibleTypes(type) : [type];
    const interfaces = possible.flatMap((one) => (isObjectType(one) ? one.getInterfaces() : []));
    return [...new Set<GraphQLCompositeType>([type, ...possible, ...interfaces])];
  }

  #condition(): string {
    if (!this.#chance(12)) return '';
    const directive = this.#oneOf(['skip', 'include']);
    if (this.#chance(30)) return ` @${directive}(if: ${this.#oneOf(['true', 'false'])})`;
    const name = this.#oneOf(['yes', 'no']);
    this.#definitions.set(name, 'Boolean!');
    this.#variables[name] = name === 'yes';
    return ` @${directive}(if: $${name})`;
  }

  #value(name: string, type: GraphQLInputType): string {
    const value = this.#made(name, type);
    if (this.#chance(35)) {
      const variable = this.#oneOf(['representations', `v${this.#definitions.size}`]);
      if (!this.#definitions.has(variable)) {
        this.#definitions.set(variable, String(type));
        this.#variables[variable] = value;
        return `$${variable}`;
      }
    }
    return isEnumType(getNamedType(type)) ? String(value) : JSON.stringify(value);
  }

  #made(name: string, type: GraphQLInputType): unknown {
    const known = this.options.values[name];
    if (known !== undefined) return this.#oneOf(known);
    const nullable = getNullableType(type);
    if (isListType(nullable)) return [this.#made(name, nullable.ofType)];
    if (isEnumType(nullable)) return this.#oneOf(nullable.getValues().map((value) => value.name));
    switch (String(nullable)) {
      case 'Int':
        return this.#nat(3);
      case 'Float':
        return this.#nat(40) / 10;
      case 'Boolean':
        return this.#chance(50);
      default:
        return this.#oneOf(['x', 'X', 'a "b"']);
    }
  }
}
