import {
  getNamedType,
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
import { allOf, type AttestedFlow, type Requirement } from './requirement.js';
import type { Requirements } from './requirements.js';
import { definitionOf, sentPolicies, unknown } from './sentPolicies.js';

/** Aliases that begin so belong to the gateway; an operation that uses one is refused. */
export const RESERVED_ALIAS_PREFIX = 'cloister__';

/** What an operation needs, computed once for a document. It depends on no variable and no caller. */
export interface Analysis {
  readonly operation: OperationDefinitionNode;
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  /** The field nodes with requirements, in document order. A node in a fragment stands for each of its uses. */
  readonly guarded: readonly GuardedNode[];
  /** The name of the type that each selection set selects from. */
  readonly parentTypes: ReadonlyMap<SelectionSetNode, string>;
  /** Subgraphs that take part in the flow of an attested value. */
  readonly parties: readonly string[];
}

export interface GuardedNode {
  readonly node: FieldNode;
  /** For instance Patient.family. */
  readonly coordinate: string;
  readonly requirement: Requirement;
}

/**
 * Finds every field node of an operation that has requirements: in selections, aliases, inline fragments and fragment
 * definitions. Introspection and __typename have none. A variable counts as a flow of everything that its place may hold,
 * whatever its value: what an operation needs is known before it is sent.
 *
 * @param document validated against the schema of `requirements`.
 * @throws Refusal BAD_INPUT where an alias is reserved.
 */
export function analyse(
  document: DocumentNode,
  operation: OperationDefinitionNode,
  requirements: Requirements,
): Analysis {
  const fragments = new Map(
    document.definitions
      .filter((definition) => definition.kind === Kind.FRAGMENT_DEFINITION)
      .map((fragment) => [fragment.name.value, fragment]),
  );
  const guarded: GuardedNode[] = [];
  const parentTypes = new Map<SelectionSetNode, string>();

  const visit = (selectionSet: SelectionSetNode, parent: GraphQLNamedType): void => {
    if (parentTypes.has(selectionSet)) return;
    parentTypes.set(selectionSet, parent.name);
    for (const selection of selectionSet.selections) {
      if (selection.kind === Kind.FIELD) visitField(selection, parent);
      else if (selection.kind === Kind.INLINE_FRAGMENT) {
        visit(selection.selectionSet, typeNamed(requirements, selection.typeCondition?.name.value ?? parent.name));
      } else {
        const fragment = fragments.get(selection.name.value);
        if (fragment === undefined) throw unknown(`fragment ${selection.name.value}`);
        visit(fragment.selectionSet, typeNamed(requirements, fragment.typeCondition.name.value));
      }
    }
  };
  const visitField = (node: FieldNode, parent: GraphQLNamedType): void => {
    if (node.alias?.value.startsWith(RESERVED_ALIAS_PREFIX) === true) {
      throw new Refusal('BAD_INPUT', `Aliases that begin with ${RESERVED_ALIAS_PREFIX} are reserved.`);
    }
    if (node.name.value.startsWith('__')) return;
    const requirement = requirementOf(node, parent, requirements);
    if (asksForAnything(requirement)) {
      guarded.push({ node, coordinate: `${parent.name}.${node.name.value}`, requirement });
    }
    const type = getNamedType(definitionOf(parent, node).type);
    if (node.selectionSet !== undefined) visit(node.selectionSet, type);
  };

  const root = requirements.schema.getRootType(operation.operation);
  if (root === undefined || root === null) throw unknown(`root of a ${operation.operation}`);
  visit(operation.selectionSet, root);
  return { operation, fragments, guarded, parentTypes, parties: partiesOf(guarded) };
}

function requirementOf(node: FieldNode, parent: GraphQLNamedType, requirements: Requirements): Requirement {
  const base = requirements.ofField(parent.name, node.name.value);
  const receivers = requirements.resolversOf(parent.name, node.name.value);
  const attested = sentPolicies(node, parent, requirements).map((sent): AttestedFlow => ({
    ...sent,
    producers: [],
    receivers,
    caller: 'sends',
  }));
  return attested.length === 0 ? base : allOf([base, { authenticated: false, scopes: [], attested }]);
}

function partiesOf(guarded: readonly GuardedNode[]): string[] {
  const flows = guarded.flatMap(({ requirement }) => requirement.attested);
  return [...new Set(flows.flatMap((flow) => [...flow.producers, ...flow.receivers]))].sort();
}

function asksForAnything(requirement: Requirement): boolean {
  return requirement.authenticated || requirement.scopes.length > 0 || requirement.attested.length > 0;
}

function typeNamed(requirements: Requirements, name: string): GraphQLNamedType {
  const type = requirements.schema.getType(name);
  if (!isCompositeType(type)) throw unknown(`type ${name}`);
  return type;
}
