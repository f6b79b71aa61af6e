import {
  getNamedType,
  isAbstractType,
  isCompositeType,
  Kind,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLNamedType,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';
import { Refusal } from '../../enclave/refusals.js';
import { compileTable, type DecisionTable, type GuardedNode } from './decisionTable.js';
import {
  allDemands,
  allOf,
  asksForAnything,
  type AttestedFlow,
  type BoundPolicy,
  type Requirement,
} from './requirement.js';
import type { Requirements } from './requirements.js';
import { definitionOf, sentBy, unknown, variablesIn } from './sentPolicies.js';

/** Aliases that begin so belong to the gateway; an operation that uses one is refused. */
export const RESERVED_ALIAS_PREFIX = 'cloister__';

/** Under this name the gateway asks for __typename where it must know the type of an object to shape the answer. */
export const TYPENAME_ALIAS = `${RESERVED_ALIAS_PREFIX}typename`;

/** What an operation needs, computed once for a document. It depends on no variable, no caller and no plan. */
export interface Analysis {
  readonly operation: OperationDefinitionNode;
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  /** The field nodes with requirements, in document order. A node in a fragment stands for each of its uses. */
  readonly guarded: readonly GuardedNode[];
  /** The name of the type that each selection set selects from. */
  readonly parentTypes: ReadonlyMap<SelectionSetNode, string>;
  /** Policies of the places where each variable stands: its value is bound to all of them, wherever it goes. */
  readonly variablePolicies: VariablePolicies;
  /** Subgraphs that take part in the flow of an attested value. */
  readonly parties: readonly string[];
  /** The same, as it is decided. */
  readonly table: DecisionTable;
}

export type VariablePolicies = ReadonlyMap<string, readonly BoundPolicy[]>;

/**
 * Finds every field node of an operation that has requirements: in selections, aliases, inline fragments and fragment
 * definitions. Introspection and __typename have none. A variable counts as a flow of everything that its place may hold,
 * whatever its value: what an operation needs is known before it is sent. Where it is not clear which subgraph takes part,
 * all that may do: only a plan knows (planFlows.ts).
 *
 * @param document validated against the schema that callers see.
 * @param known policies of variables that the caller's own document binds to more than is left of it.
 * @throws Refusal BAD_INPUT where an alias is reserved.
 */
export function analyse(
  document: DocumentNode,
  operation: OperationDefinitionNode,
  requirements: Requirements,
  known: VariablePolicies = new Map(),
): Analysis {
  const fragments = fragmentsOf(document);
  const { uses, parentTypes } = findUses(operation, fragments, requirements);
  const variablePolicies = policiesOfVariables([...uses.values()], known);
  const guarded = [...uses].flatMap(([node, use]): GuardedNode[] => {
    const requirement = requirementOf(node, use, requirements, variablePolicies);
    if (!asksForAnything(requirement)) return [];
    return [{ node, coordinate: `${use.parent.name}.${node.name.value}`, requirement }];
  });
  return {
    operation,
    fragments,
    guarded,
    parentTypes,
    variablePolicies,
    parties: partiesOf(guarded),
    table: compileTable(guarded, []),
  };
}

/** One field node, and what its place in the operation adds to it. */
interface Use {
  readonly parent: GraphQLNamedType;
  readonly sent: ReturnType<typeof sentBy>;
  /** Variables of its arguments, of its directives and of the directives on fragments around it. */
  readonly variables: Set<string>;
  /** Attested values that it is inside of. */
  readonly inside: Map<string, Enclosing>;
}

/** An attested value, for what is inside of it, and the subgraphs that are held to its policy because of the value itself. */
interface Enclosing extends BoundPolicy {
  readonly producers: readonly string[];
}

/** What holds for a selection set because of what is around it. */
interface Surroundings {
  readonly inside: readonly Enclosing[];
  readonly variables: readonly string[];
}

function findUses(
  operation: OperationDefinitionNode,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
  requirements: Requirements,
): { uses: Map<FieldNode, Use>; parentTypes: Map<SelectionSetNode, string> } {
  const uses = new Map<FieldNode, Use>();
  const parentTypes = new Map<SelectionSetNode, string>();
  const visited = new Map<SelectionSetNode, Set<string>>();

  const visit = (selectionSet: SelectionSetNode, parent: GraphQLNamedType, around: Surroundings): void => {
    const before = visited.get(selectionSet) ?? new Set();
    const text = textOf(around);
    if (before.has(text)) return;
    visited.set(selectionSet, before.add(text));
    parentTypes.set(selectionSet, parent.name);
    for (const selection of selectionSet.selections) {
      if (selection.kind === Kind.FIELD) {
        visitField(selection, parent, around);
        continue;
      }
      const variables = [...around.variables, ...variablesIn(...(selection.directives ?? []))];
      const fragment = selection.kind === Kind.INLINE_FRAGMENT ? selection : fragments.get(selection.name.value);
      if (fragment === undefined) throw unknown('fragment');
      const type = typeNamed(requirements, fragment.typeCondition?.name.value ?? parent.name);
      visit(fragment.selectionSet, type, { ...around, variables });
    }
  };
  const visitField = (node: FieldNode, parent: GraphQLNamedType, around: Surroundings): void => {
    if (node.alias?.value.startsWith(RESERVED_ALIAS_PREFIX) === true && !isOurs(node)) {
      throw new Refusal('BAD_INPUT', `Aliases that begin with ${RESERVED_ALIAS_PREFIX} are reserved.`);
    }
    if (node.name.value.startsWith('__')) return;
    const use = uses.get(node) ?? {
      parent,
      sent: sentBy(node, parent, requirements),
      variables: new Set(),
      inside: new Map(),
    };
    uses.set(node, use);
    const own = variablesIn(...(node.arguments ?? []), ...(node.directives ?? []));
    for (const name of [...around.variables, ...own]) use.variables.add(name);
    for (const value of around.inside) use.inside.set(`${value.policy}\n${value.coordinate}`, value);
    if (node.selectionSet === undefined) return;
    const type = getNamedType(definitionOf(parent, node).type);
    visit(node.selectionSet, type, {
      inside: [...around.inside, ...enclosing(parent.name, node.name.value, requirements)],
      variables: around.variables,
    });
  };

  const root = requirements.schema.getRootType(operation.operation);
  if (root === undefined || root === null) throw unknown(`root of a ${operation.operation}`);
  visit(operation.selectionSet, root, { inside: [], variables: [] });
  return { uses, parentTypes };
}

/** The gateway's own, in what it cut out of an operation. A caller who writes the same asks for the same. */
function isOurs({ alias, name }: FieldNode): boolean {
  return alias?.value === TYPENAME_ALIAS && name.value === '__typename';
}

function enclosing(type: string, field: string, requirements: Requirements): Enclosing[] {
  const producers = requirements.resolversOf(type, field);
  return requirements.valuesOf(type, field).map((bound) => ({ ...bound, producers }));
}

function textOf({ inside, variables }: Surroundings): string {
  return JSON.stringify([inside.map(({ policy, coordinate }) => [policy, coordinate]), variables]);
}

function requirementOf(
  node: FieldNode,
  use: Use,
  requirements: Requirements,
  variablePolicies: VariablePolicies,
): Requirement {
  const name = node.name.value;
  const base = requirements.ofField(use.parent.name, name);
  const receivers = requirements.resolversOf(use.parent.name, name);
  const sent = new Map<string, AttestedFlow>();
  for (const bound of [
    ...use.sent.values,
    ...[...use.variables].flatMap((variable) => variablePolicies.get(variable) ?? []),
  ]) {
    sent.set(`${bound.policy}\n${bound.coordinate}`, { ...bound, producers: [], receivers, caller: 'sends' });
  }
  const reached = requirements.reachedFor(use.parent.name, name);
  // What the enclosing value's own producers resolve is refused with it.
  const inside = [...use.inside.values()]
    .filter(({ producers }) => !reached.every((subgraph) => producers.includes(subgraph)))
    .map(({ policy, coordinate }): AttestedFlow => ({
      policy,
      coordinate,
      producers: reached,
      receivers: [],
      caller: 'receives',
    }));
  const members = membersDemanded(node, use.parent, requirements);
  if (sent.size === 0 && inside.length === 0 && members === undefined) return base;
  return {
    ...allDemands(members === undefined ? [base] : [base, members]),
    attested: allOf([base, { ...base, attested: [...sent.values(), ...inside] }]).attested,
  };
}

/** Where fields of an abstract type are selected directly, an object of any of its types may answer. */
function membersDemanded(node: FieldNode, parent: GraphQLNamedType, requirements: Requirements) {
  const type = getNamedType(definitionOf(parent, node).type);
  if (!isAbstractType(type)) return undefined;
  const isDirect = (selectionSet: SelectionSetNode): boolean =>
    selectionSet.selections.some((selection) => {
      if (selection.kind === Kind.FIELD) return !selection.name.value.startsWith('__');
      return (
        selection.kind === Kind.INLINE_FRAGMENT &&
        selection.typeCondition === undefined &&
        isDirect(selection.selectionSet)
      );
    });
  return node.selectionSet !== undefined && isDirect(node.selectionSet) ? requirements.ofMembers(type.name) : undefined;
}

function policiesOfVariables(uses: readonly Use[], known: VariablePolicies): VariablePolicies {
  const policies = new Map<string, Map<string, BoundPolicy>>();
  const add = (variables: VariablePolicies) => {
    for (const [name, bounds] of variables) {
      const all = policies.get(name) ?? new Map<string, BoundPolicy>();
      for (const bound of bounds) all.set(`${bound.policy}\n${bound.coordinate}`, bound);
      policies.set(name, all);
    }
  };
  add(known);
  for (const { sent } of uses) add(sent.variables);
  return new Map([...policies].map(([name, bounds]) => [name, [...bounds.values()]]));
}

export function fragmentsOf({ definitions }: DocumentNode): Map<string, FragmentDefinitionNode> {
  return new Map(
    definitions
      .filter((definition) => definition.kind === Kind.FRAGMENT_DEFINITION)
      .map((fragment) => [fragment.name.value, fragment]),
  );
}

/** Subgraphs that take part in the flows, each once, in alphabetical order. */
export function partiesOf(nodes: readonly { readonly requirement: Requirement }[]): string[] {
  const flows = nodes.flatMap(({ requirement }) => requirement.attested);
  return [...new Set(flows.flatMap((flow) => [...flow.producers, ...flow.receivers]))].sort();
}

function typeNamed(requirements: Requirements, name: string): GraphQLNamedType {
  const type = requirements.schema.getType(name);
  if (!isCompositeType(type)) throw unknown(`type ${name}`);
  return type;
}
