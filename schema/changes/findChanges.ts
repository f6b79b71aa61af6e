import { findBreakingChanges, findDangerousChanges, isEnumType, type DocumentNode, type GraphQLSchema } from 'graphql';
import { publishedSchema } from '../publishedSchema.js';
import type { SchemaChange, Severity } from './change.js';
import { detailChanges } from './detailChanges.js';
import { requirementChanges } from './requirementChanges.js';

const ORDER: readonly Severity[] = ['breaking', 'dangerous', 'safe'];

/**
 * What changed for callers between two versions of a schema: each a supergraph, a schema as it is downloaded, or any other SDL. The
 * worst comes first.
 *
 * @throws Error where one of them does not hold together
 */
export function findChanges(before: DocumentNode, after: DocumentNode): readonly SchemaChange[] {
  const [then, now] = [publishedSchema(before), publishedSchema(after)];
  const details = [...detailChanges(then, now)];
  const told = new Set(details.flatMap(({ type, description }) => toldWorse(type, description)));
  const found: SchemaChange[] = [
    ...findBreakingChanges(then, now).map(({ type, description }) => removal(type, description, then)),
    ...findDangerousChanges(then, now)
      .filter(({ description }) => !told.has(description))
      .map(({ type, description }): SchemaChange => ({ severity: 'dangerous', type, description })),
    ...requirementChanges(then, now),
    ...details,
  ];
  return found.sort((one, other) => rank(one) - rank(other) || compare(one.description, other.description));
}

function rank({ severity }: SchemaChange): number {
  return ORDER.indexOf(severity);
}

function compare(one: string, other: string): number {
  return one < other ? -1 : Number(one > other);
}

/** A default that is gone is only dangerous for graphql-js, also where the argument is required from now on. */
function toldWorse(type: string, description: string): string[] {
  if (type !== 'ARG_DEFAULT_REMOVED') return [];
  const [, field, argument] = /^(\S+)\((\w+):\)/.exec(description) ?? [];
  return [`${field ?? ''} arg ${argument ?? ''} defaultValue was removed.`];
}

/** What was announced breaks all the same, and the one who reads this wants to know that it was. */
function removal(type: string, description: string, then: GraphQLSchema): SchemaChange {
  const reason = deprecationOf(description, then);
  const announced = reason === undefined ? '' : ` It was deprecated: ${reason}`;
  return { severity: 'breaking', type, description: `${description}${announced}` };
}

function deprecationOf(description: string, schema: GraphQLSchema): string | undefined {
  const [, value, enumName] = /^(\w+) was removed from enum type (\w+)\.$/.exec(description) ?? [];
  const enumType = enumName === undefined ? undefined : schema.getType(enumName);
  if (value !== undefined && isEnumType(enumType)) return enumType.getValue(value)?.deprecationReason ?? undefined;
  const [, typeName, member, argument] = /^(\w+)\.(\w+)(?: arg (\w+))? was removed\.$/.exec(description) ?? [];
  const type = typeName === undefined ? undefined : schema.getType(typeName);
  if (member === undefined || type === undefined || !('getFields' in type)) return undefined;
  const field = type.getFields()[member];
  if (argument === undefined) return field?.deprecationReason ?? undefined;
  const given = field !== undefined && 'args' in field ? field.args.find(({ name }) => name === argument) : undefined;
  return given?.deprecationReason ?? undefined;
}
