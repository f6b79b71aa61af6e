import { Kind, type ConstValueNode, type InputValueDefinitionNode, type TypeNode } from 'graphql';
import type { Hidden } from './hide.js';
import {
  argumentCoordinate,
  argumentsOf,
  isComposite,
  isRequired,
  membersOf,
  namedTypeOf,
  type MemberNode,
  type TaggedSchema,
} from './taggedSchema.js';

/**
 * Why what a contract leaves is no schema that anybody could use, each a sentence that begins with a schema coordinate; none where
 * it is one. These are the rules of https://specs.apollo.dev/inaccessible/v0.2 for what may be hidden.
 */
export function findInconsistencies(schema: TaggedSchema, hidden: Hidden): string[] {
  return [...new Check(schema, hidden).problems()].sort();
}

class Check {
  readonly #schema: TaggedSchema;
  readonly #hidden: Hidden;

  constructor(schema: TaggedSchema, hidden: Hidden) {
    this.#schema = schema;
    this.#hidden = hidden;
  }

  *problems(): Generator<string> {
    const query = this.#schema.roots.get('query' as never);
    if (query === undefined || this.#hidden.has(query)) {
      yield `${query ?? 'Query'} is the root of queries and ${this.#why(query ?? '') ?? 'is not there'}`;
    }
    for (const [name, type] of this.#schema.types) {
      if (this.#hidden.has(name)) continue;
      for (const member of membersOf(type)) yield* this.#member(name, member);
      if (isComposite(type))
        yield* this.#implementations(name, type.interfaces?.map((parent) => parent.name.value) ?? []);
    }
    for (const directive of this.#schema.executableDirectives) {
      for (const argument of directive.arguments ?? [])
        yield* this.#value(`@${directive.name.value}(${argument.name.value}:)`, argument);
    }
  }

  *#member(type: string, member: MemberNode): Generator<string> {
    const coordinate = `${type}.${member.name.value}`;
    const why = this.#why(coordinate);
    if (why !== undefined) {
      if (member.kind === Kind.INPUT_VALUE_DEFINITION && isRequired(member))
        yield `${coordinate} is required, and ${why}`;
      return;
    }
    if (member.kind === Kind.INPUT_VALUE_DEFINITION) yield* this.#value(coordinate, member);
    if (member.kind !== Kind.FIELD_DEFINITION) return;
    yield* this.#typeOf(coordinate, member.type);
    for (const argument of argumentsOf(member)) {
      const place = argumentCoordinate(coordinate, argument);
      const whyArgument = this.#why(place);
      if (whyArgument === undefined) yield* this.#value(place, argument);
      else if (isRequired(argument)) yield `${place} is required, and ${whyArgument}`;
    }
  }

  /** An object must have what its interfaces promise, and may ask for no more than they. */
  *#implementations(name: string, parents: readonly string[]): Generator<string> {
    for (const parent of parents) {
      const type = this.#schema.types.get(parent);
      if (type === undefined || this.#hidden.has(parent)) continue;
      for (const promised of membersOf(type)) {
        const field = promised.name.value;
        const why = this.#why(`${name}.${field}`);
        const isPromised = this.#why(`${parent}.${field}`) === undefined;
        if (isPromised && why !== undefined) yield `${name}.${field} is promised by ${parent}.${field}, and ${why}`;
        if (!isPromised || why !== undefined) continue;
        for (const argument of argumentsOf(promised)) yield* this.#argument(name, parent, field, argument);
      }
    }
  }

  *#argument(name: string, parent: string, field: string, promised: InputValueDefinitionNode): Generator<string> {
    const own = this.#ownArgument(name, field, promised.name.value);
    if (own === undefined) return;
    const here = argumentCoordinate(`${name}.${field}`, own);
    const there = argumentCoordinate(`${parent}.${field}`, promised);
    const [why, whyThere] = [this.#why(here), this.#why(there)];
    if (why !== undefined && whyThere === undefined) yield `${here} is promised by ${there}, and ${why}`;
    if (why === undefined && whyThere !== undefined && isRequired(own))
      yield `${here} is required, and ${there} ${whyThere}`;
  }

  #ownArgument(type: string, field: string, argument: string): InputValueDefinitionNode | undefined {
    const definition = this.#schema.types.get(type);
    const own = definition && membersOf(definition).find(({ name }) => name.value === field);
    return own && argumentsOf(own).find(({ name }) => name.value === argument);
  }

  *#value(coordinate: string, { type, defaultValue }: InputValueDefinitionNode): Generator<string> {
    yield* this.#typeOf(coordinate, type);
    if (defaultValue === undefined) return;
    for (const used of this.#usedBy(defaultValue, type)) {
      const why = this.#why(used);
      if (why !== undefined) yield `${coordinate} has a default with ${used}, which ${why}`;
    }
  }

  *#typeOf(coordinate: string, type: TypeNode): Generator<string> {
    const name = namedTypeOf(type);
    const why = this.#why(name);
    if (why !== undefined) yield `${coordinate} is of the type ${name}, which ${why}`;
  }

  /** Enum values and input fields that a value names. */
  *#usedBy(value: ConstValueNode, type: TypeNode): Generator<string> {
    if (value.kind === Kind.LIST) {
      for (const item of value.values) yield* this.#usedBy(item, type);
      return;
    }
    const name = namedTypeOf(type);
    if (value.kind === Kind.ENUM) yield `${name}.${value.value}`;
    if (value.kind !== Kind.OBJECT) return;
    const definition = this.#schema.types.get(name);
    if (definition?.kind !== Kind.INPUT_OBJECT_TYPE_DEFINITION) return;
    for (const { name: field, value: given } of value.fields) {
      yield `${name}.${field.value}`;
      const input = definition.fields?.find((candidate) => candidate.name.value === field.value);
      if (input !== undefined) yield* this.#usedBy(given, input.type);
    }
  }

  #why(coordinate: string): string | undefined {
    return this.#hidden.get(coordinate);
  }
}
