import { Kind, type TypeDefinitionNode } from 'graphql';
import {
  argumentCoordinate,
  argumentsOf,
  isComposite,
  membersOf,
  namedTypeOf,
  type TaggedSchema,
} from './taggedSchema.js';

export interface ContractFilter {
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  readonly removeUnreachable: boolean;
}

/** The coordinates that a contract hides, and why. What stands inside something hidden is hidden too, whether named or not. */
export type Hidden = ReadonlyMap<string, string>;

/**
 * What a contract hides, by the rules that Apollo documents for contracts: first what tags say, then types that this leaves
 * empty, then, where asked, types that nothing leads to any more. Whether what is left is a schema is for
 * {@link ./consistency.js}: a field is never hidden because its type is, since then a tag somewhere would change what another
 * place offers.
 */
export function hide(schema: TaggedSchema, filter: ContractFilter): Hidden {
  const hidden = new Map<string, string>(
    [...schema.inaccessible].map((coordinate) => [coordinate, 'is @inaccessible']),
  );
  hideByTags(schema, filter, hidden);
  hideEmpty(schema, hidden);
  if (filter.removeUnreachable) hideUnreachable(schema, filter, hidden);
  return hidden;
}

function hideByTags({ types, tags }: TaggedSchema, filter: ContractFilter, hidden: Map<string, string>): void {
  const exclude = new Set(filter.exclude);
  const include = new Set(filter.include);
  const judge = (coordinate: string, mustBeIncluded: boolean): void => {
    const own = tags.get(coordinate) ?? NONE;
    const excluded = [...own].filter((tag) => exclude.has(tag));
    if (excluded.length > 0) hidden.set(coordinate, `has the excluded tag ${excluded.join(', ')}`);
    else if (mustBeIncluded && include.size > 0 && ![...own].some((tag) => include.has(tag)))
      hidden.set(coordinate, `has none of the included tags ${filter.include.join(', ')}`);
  };
  for (const [name, type] of types) {
    judge(name, type.kind === Kind.UNION_TYPE_DEFINITION);
    for (const member of membersOf(type)) {
      const coordinate = `${name}.${member.name.value}`;
      judge(coordinate, isComposite(type));
      for (const argument of argumentsOf(member)) judge(argumentCoordinate(coordinate, argument), false);
    }
  }
}

const NONE: ReadonlySet<string> = new Set();

/** Unions last: what they are made of may have become empty. */
function hideEmpty({ types }: TaggedSchema, hidden: Map<string, string>): void {
  for (const [name, type] of types) {
    if (hidden.has(name) || !('fields' in type || 'values' in type)) continue;
    if (membersOf(type).every((member) => hidden.has(`${name}.${member.name.value}`)))
      hidden.set(name, 'has nothing that is not hidden');
  }
  for (const [name, type] of types) {
    if (hidden.has(name) || type.kind !== Kind.UNION_TYPE_DEFINITION) continue;
    if ((type.types ?? []).every((member) => hidden.has(member.name.value)))
      hidden.set(name, 'has no member that is not hidden');
  }
}

/** From the roots, from directives that callers may use, and from types that the contract includes by name. */
function hideUnreachable(schema: TaggedSchema, { include }: ContractFilter, hidden: Map<string, string>): void {
  const { types, tags } = schema;
  const reached = new Set<string>();
  const waiting: string[] = [];
  const reach = (name: string): void => {
    if (reached.has(name) || hidden.has(name)) return;
    reached.add(name);
    waiting.push(name);
  };
  for (const root of schema.roots.values()) reach(root);
  for (const directive of schema.executableDirectives) {
    for (const argument of directive.arguments ?? []) reach(namedTypeOf(argument.type));
  }
  for (const name of types.keys()) {
    if ([...(tags.get(name) ?? [])].some((tag) => include.includes(tag))) reach(name);
  }
  const implementations = implementationsOf(types);
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    const type = types.get(name);
    if (type === undefined) continue;
    for (const next of typesIn(name, type, hidden)) reach(next);
    for (const next of implementations.get(name) ?? []) reach(next);
  }
  for (const name of types.keys()) {
    if (!reached.has(name) && !hidden.has(name)) hidden.set(name, 'cannot be reached');
  }
}

/** Every type that what is visible of this one names. */
function* typesIn(name: string, type: TypeDefinitionNode, hidden: Hidden): Generator<string> {
  if (type.kind === Kind.UNION_TYPE_DEFINITION) for (const member of type.types ?? []) yield member.name.value;
  if (isComposite(type)) for (const parent of type.interfaces ?? []) yield parent.name.value;
  for (const member of membersOf(type)) {
    const coordinate = `${name}.${member.name.value}`;
    if (hidden.has(coordinate) || member.kind === Kind.ENUM_VALUE_DEFINITION) continue;
    yield namedTypeOf(member.type);
    for (const argument of argumentsOf(member)) {
      if (!hidden.has(argumentCoordinate(coordinate, argument))) yield namedTypeOf(argument.type);
    }
  }
}

function implementationsOf(types: ReadonlyMap<string, TypeDefinitionNode>): Map<string, string[]> {
  const implementations = new Map<string, string[]>();
  for (const [name, type] of types) {
    if (!isComposite(type)) continue;
    for (const parent of type.interfaces ?? []) {
      implementations.set(parent.name.value, [...(implementations.get(parent.name.value) ?? []), name]);
    }
  }
  return implementations;
}
