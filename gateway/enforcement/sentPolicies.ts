import {
  getNullableType,
  isInputObjectType,
  isInterfaceType,
  isListType,
  isObjectType,
  Kind,
  type FieldNode,
  type GraphQLInputType,
  type GraphQLNamedType,
  type ValueNode,
} from 'graphql';
import { Refusal } from '../../enclave/refusals.js';
import type { Requirements } from './requirements.js';

/** A policy that the value of an argument is bound to. */
export interface SentPolicy {
  readonly policy: string;
  /** For instance Query.patients(search:). */
  readonly coordinate: string;
}

/**
 * Policies of what a field node sends: exact for what is written out, everything that may be there for a variable.
 *
 * @param node of a validated document, selected from `parent`.
 */
export function sentPolicies(node: FieldNode, parent: GraphQLNamedType, requirements: Requirements): SentPolicy[] {
  const field = definitionOf(parent, node);
  return (node.arguments ?? []).flatMap((argument) => {
    const definition = field.args.find((candidate) => candidate.name === argument.name.value);
    if (definition === undefined) throw unknown(`argument ${argument.name.value}`);
    const coordinate = `${parent.name}.${node.name.value}(${definition.name}:)`;
    const policies = new Set([
      ...requirements.policiesOfInput(definition),
      ...policiesOfValue(argument.value, definition.type, requirements),
    ]);
    return [...policies].map((policy) => ({ policy, coordinate }));
  });
}

function policiesOfValue(value: ValueNode, type: GraphQLInputType, requirements: Requirements): string[] {
  const nullable = getNullableType(type);
  if (value.kind === Kind.VARIABLE) return [...requirements.policiesWithin(type)];
  if (value.kind === Kind.NULL) return [];
  if (value.kind === Kind.LIST && isListType(nullable)) {
    return value.values.flatMap((item) => policiesOfValue(item, nullable.ofType, requirements));
  }
  // A single value stands for a list of one.
  if (isListType(nullable)) return policiesOfValue(value, nullable.ofType, requirements);
  if (value.kind !== Kind.OBJECT || !isInputObjectType(nullable)) return [];
  const fields = nullable.getFields();
  return value.fields.flatMap((field) => {
    const definition = Object.hasOwn(fields, field.name.value) ? fields[field.name.value] : undefined;
    if (definition === undefined) throw unknown(`input field ${field.name.value}`);
    return [
      ...requirements.policiesOfInput(definition),
      ...policiesOfValue(field.value, definition.type, requirements),
    ];
  });
}

/** The definition of a selected field. */
export function definitionOf(parent: GraphQLNamedType, node: FieldNode) {
  const fields = isObjectType(parent) || isInterfaceType(parent) ? parent.getFields() : {};
  const field = Object.hasOwn(fields, node.name.value) ? fields[node.name.value] : undefined;
  if (field === undefined) throw unknown(`field ${parent.name}.${node.name.value}`);
  return field;
}

/** Validation comes first, so this is our mistake; and what cannot be analysed cannot be served. */
export function unknown(what: string): Refusal {
  return new Refusal('INTERNAL', `The operation has an unknown ${what}.`);
}
