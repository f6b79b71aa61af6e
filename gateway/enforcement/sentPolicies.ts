import {
  getNullableType,
  isInputObjectType,
  isInterfaceType,
  isListType,
  isObjectType,
  Kind,
  visit,
  type ASTNode,
  type FieldNode,
  type GraphQLInputType,
  type GraphQLNamedType,
  type ValueNode,
} from 'graphql';
import { Refusal } from '../../enclave/refusals.js';
import type { BoundPolicy } from './requirement.js';
import type { Requirements } from './requirements.js';

/** What the arguments of one field node send. */
export interface Sent {
  /** Policies of the values, each at an argument: Query.patients(search:). */
  readonly values: readonly BoundPolicy[];
  /** For each variable in the arguments: the policies of the places where it stands. */
  readonly variables: ReadonlyMap<string, readonly BoundPolicy[]>;
}

/**
 * Policies of what a field node sends: exact for what is written out, everything that may be there for a variable.
 *
 * @param node selected from `parent`, in a validated document or in what a planner made of one.
 */
export function sentBy(node: FieldNode, parent: GraphQLNamedType, requirements: Requirements): Sent {
  const field = definitionOf(parent, node);
  const values = new Map<string, BoundPolicy>();
  const variables = new Map<string, readonly BoundPolicy[]>();
  for (const argument of node.arguments ?? []) {
    const name = argument.name.value;
    const definition = field.args.find((candidate) => candidate.name === name);
    if (definition === undefined) {
      // Callers do not see it, and what it takes is followed from the context.
      if (requirements.contextArguments(parent.name, node.name.value).has(name)) continue;
      throw unknown(`argument ${name}`);
    }
    const coordinate = `${parent.name}.${node.name.value}(${name}:)`;
    const note = (policies: readonly string[], variable?: string) => {
      const bounds = policies.map((policy) => ({ policy, coordinate }));
      for (const bound of bounds) values.set(bound.policy + coordinate, bound);
      if (variable !== undefined) variables.set(variable, [...(variables.get(variable) ?? []), ...bounds]);
    };
    const own = requirements.policiesOfArgument(parent.name, node.name.value, name);
    note(own);
    visitValue(argument.value, definition.type, own, requirements, note);
  }
  return { values: [...values.values()], variables };
}

/** @param around policies of what encloses the value: a variable inside is bound to them, too. */
function visitValue(
  value: ValueNode,
  type: GraphQLInputType,
  around: readonly string[],
  requirements: Requirements,
  note: (policies: readonly string[], variable?: string) => void,
): void {
  const nullable = getNullableType(type);
  if (value.kind === Kind.VARIABLE) {
    note([...around, ...requirements.policiesWithin(type)], value.name.value);
  } else if (value.kind === Kind.LIST && isListType(nullable)) {
    for (const item of value.values) visitValue(item, nullable.ofType, around, requirements, note);
  } else if (isListType(nullable)) {
    // A single value stands for a list of one.
    visitValue(value, nullable.ofType, around, requirements, note);
  } else if (value.kind === Kind.OBJECT || value.kind === Kind.LIST) {
    if (!isInputObjectType(nullable) || value.kind === Kind.LIST) {
      // A scalar may take anything: what is inside has the policies of what is around it.
      for (const name of variablesIn(value)) note(around, name);
      return;
    }
    const fields = nullable.getFields();
    for (const field of value.fields) {
      const definition = Object.hasOwn(fields, field.name.value) ? fields[field.name.value] : undefined;
      if (definition === undefined) throw unknown(`input field ${field.name.value}`);
      const own = requirements.policiesOfInputField(definition);
      note(own);
      visitValue(field.value, definition.type, [...around, ...own], requirements, note);
    }
  }
}

/** Names of the variables in a node. */
export function variablesIn(...nodes: readonly ASTNode[]): string[] {
  const names = new Set<string>();
  for (const node of nodes) visit(node, { Variable: ({ name }) => void names.add(name.value) });
  return [...names];
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
