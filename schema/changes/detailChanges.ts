import {
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isNonNullType,
  isObjectType,
  isRequiredArgument,
  isRequiredInputField,
  print,
  type GraphQLArgument,
  type GraphQLEnumValue,
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLNamedType,
  type GraphQLSchema,
} from 'graphql';
import type { SchemaChange, Severity } from './change.js';

/**
 * What graphql-js's findBreakingChanges and findDangerousChanges leave out: additions, types that became more exact or more lenient,
 * defaults of input fields, deprecations, descriptions.
 */
export function* detailChanges(before: GraphQLSchema, after: GraphQLSchema): Generator<SchemaChange> {
  const then = typesOf(before);
  for (const [name, type] of typesOf(after)) {
    const earlier = then.get(name);
    if (earlier === undefined) yield change('safe', 'TYPE_ADDED', `${name} was added.`);
    else if (earlier.constructor === type.constructor) yield* typeChanges(earlier, type);
  }
}

function* typeChanges(then: GraphQLNamedType, now: GraphQLNamedType): Generator<SchemaChange> {
  yield* describedChanges(now.name, then, now);
  if ((isObjectType(then) || isInterfaceType(then)) && (isObjectType(now) || isInterfaceType(now)))
    yield* fieldChanges(now.name, then.getFields(), now.getFields());
  if (isInputObjectType(then) && isInputObjectType(now))
    yield* inputChanges(now.name, then.getFields(), now.getFields());
  if (isEnumType(then) && isEnumType(now)) {
    for (const value of now.getValues()) {
      const earlier = then.getValue(value.name);
      if (earlier) yield* memberChanges(`${now.name}.${value.name}`, earlier, value);
    }
  }
}

function* fieldChanges(
  type: string,
  then: Readonly<Record<string, GraphQLField<unknown, unknown>>>,
  now: Readonly<Record<string, GraphQLField<unknown, unknown>>>,
): Generator<SchemaChange> {
  for (const field of Object.values(now)) {
    const coordinate = `${type}.${field.name}`;
    const earlier = then[field.name];
    if (earlier === undefined) {
      yield change('safe', 'FIELD_ADDED', `${coordinate} was added.`);
      continue;
    }
    yield* memberChanges(coordinate, earlier, field);
    if (
      isNonNullType(field.type) &&
      !isNonNullType(earlier.type) &&
      field.type.ofType.toString() === earlier.type.toString()
    )
      yield change(
        'safe',
        'FIELD_NEVER_NULL',
        `${coordinate} is never null now: ${field.type.toString()} instead of ${earlier.type.toString()}.`,
      );
    for (const argument of field.args) {
      const before = earlier.args.find(({ name }) => name === argument.name);
      if (before !== undefined) yield* argumentChanges(`${coordinate}(${argument.name}:)`, before, argument);
    }
  }
}

function* argumentChanges(coordinate: string, then: GraphQLArgument, now: GraphQLArgument): Generator<SchemaChange> {
  yield* memberChanges(coordinate, then, now);
  if (!isRequiredArgument(then) && isRequiredArgument(now) && then.type.toString() === now.type.toString())
    yield change('breaking', 'ARG_DEFAULT_REMOVED', `${coordinate} must be given now: it has no default any more.`);
  if (isRequiredArgument(then) && !isRequiredArgument(now))
    yield change('safe', 'ARG_OPTIONAL', `${coordinate} may be left out now.`);
  if (then.defaultValue === undefined && now.defaultValue !== undefined && !isRequiredArgument(then))
    yield change('dangerous', 'ARG_DEFAULT_ADDED', `${coordinate} has a default now: ${defaultOf(now)}.`);
}

function* inputChanges(
  type: string,
  then: Readonly<Record<string, GraphQLInputField>>,
  now: Readonly<Record<string, GraphQLInputField>>,
): Generator<SchemaChange> {
  for (const field of Object.values(now)) {
    const coordinate = `${type}.${field.name}`;
    const earlier = then[field.name];
    if (earlier === undefined) continue;
    yield* memberChanges(coordinate, earlier, field);
    const [before, after] = [defaultOf(earlier), defaultOf(field)];
    if (
      !isRequiredInputField(earlier) &&
      isRequiredInputField(field) &&
      earlier.type.toString() === field.type.toString()
    )
      yield change(
        'breaking',
        'INPUT_FIELD_DEFAULT_REMOVED',
        `${coordinate} must be given now: it has no default any more.`,
      );
    else if (isRequiredInputField(earlier) && !isRequiredInputField(field))
      yield change('safe', 'INPUT_FIELD_OPTIONAL', `${coordinate} may be left out now.`);
    else if (before !== after)
      yield change(
        'dangerous',
        'INPUT_FIELD_DEFAULT_CHANGED',
        `${coordinate} has the default ${after} instead of ${before}.`,
      );
  }
}

type Member = GraphQLField<unknown, unknown> | GraphQLArgument | GraphQLInputField | GraphQLEnumValue;

function* memberChanges(coordinate: string, then: Member, now: Member): Generator<SchemaChange> {
  yield* describedChanges(coordinate, then, now);
  const [before, after] = [then.deprecationReason ?? undefined, now.deprecationReason ?? undefined];
  if (before === after) return;
  if (after === undefined) yield change('safe', 'DEPRECATION_REMOVED', `${coordinate} is no longer deprecated.`);
  else if (before === undefined) yield change('safe', 'DEPRECATED', `${coordinate} is deprecated now: ${after}`);
  else yield change('safe', 'DEPRECATION_REASON_CHANGED', `${coordinate} is deprecated for another reason: ${after}`);
}

interface Described {
  readonly description?: string | null | undefined;
}

function* describedChanges(coordinate: string, then: Described, now: Described): Generator<SchemaChange> {
  if ((then.description ?? '') !== (now.description ?? ''))
    yield change('safe', 'DESCRIPTION_CHANGED', `${coordinate} is described in other words.`);
}

function defaultOf({ astNode }: GraphQLArgument | GraphQLInputField): string {
  return astNode?.defaultValue === undefined ? 'none' : print(astNode.defaultValue);
}

function typesOf(schema: GraphQLSchema): Map<string, GraphQLNamedType> {
  return new Map(Object.entries(schema.getTypeMap()).filter(([name]) => !name.startsWith('__')));
}

function change(severity: Severity, type: string, description: string): SchemaChange {
  return { severity, type, description };
}
