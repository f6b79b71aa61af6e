import {
  Kind,
  OperationTypeNode,
  parse,
  print,
  stripIgnoredCharacters,
  visit,
  type FieldNode,
  type OperationDefinitionNode,
  type VariableDefinitionNode,
} from 'graphql';
import type { EntityFetch, PlannedFetch, PlanNode } from './plan.js';

/** Entity fetches that may run together and go to the same subgraph become one call. Fetches with context values stay alone. */
export function mergeParallelFetches(node: PlanNode): PlanNode {
  switch (node.kind) {
    case 'Fetch':
      return node;
    case 'Condition':
      return {
        ...node,
        then: node.then && mergeParallelFetches(node.then),
        otherwise: node.otherwise && mergeParallelFetches(node.otherwise),
      };
    case 'Sequence':
      return { kind: 'Sequence', nodes: node.nodes.map(mergeParallelFetches) };
    case 'Parallel': {
      const nodes = mergeSiblings(node.nodes.map(mergeParallelFetches));
      const [only] = nodes;
      return nodes.length === 1 && only !== undefined ? only : { kind: 'Parallel', nodes };
    }
  }
}

function mergeSiblings(nodes: readonly PlanNode[]): PlanNode[] {
  const bySubgraph = new Map<string, PlannedFetch[]>();
  const merged: PlanNode[] = [];
  for (const node of nodes) {
    if (node.kind !== 'Fetch' || !isMergeable(node)) {
      merged.push(node);
      continue;
    }
    const group = bySubgraph.get(node.subgraph);
    if (group === undefined) bySubgraph.set(node.subgraph, [node]);
    else group.push(node);
  }
  for (const group of bySubgraph.values()) merged.push(mergeGroup(group));
  return merged;
}

function isMergeable({ operationKind, entities }: PlannedFetch): boolean {
  return operationKind === 'query' && entities.length > 0 && entities.every(({ contexts }) => contexts.length === 0);
}

function mergeGroup(group: readonly PlannedFetch[]): PlannedFetch {
  const [first] = group;
  if (first === undefined) throw new Error('An empty group of fetches cannot be merged.');
  if (group.length === 1) return first;
  const variables = new Map<string, VariableDefinitionNode>();
  const selections: FieldNode[] = [];
  const entities: EntityFetch[] = [];
  const usedVariables = new Set<string>();
  for (const fetch of group) {
    const operation = onlyOperation(fetch.operation);
    for (const name of fetch.variables) usedVariables.add(name);
    for (const entity of fetch.entities) {
      const number = entities.length;
      const merged: EntityFetch = { ...entity, alias: `_e${number}`, variable: `_r${number}` };
      entities.push(merged);
      selections.push(entityField(operation, entity, merged));
    }
    const representations = new Set(fetch.entities.map(({ variable }) => variable));
    for (const definition of operation.variableDefinitions ?? []) {
      const name = definition.variable.name.value;
      if (!representations.has(name)) variables.set(name, definition);
    }
  }
  const head = [
    ...entities.map(({ variable }) => `$${variable}:[_Any!]!`),
    ...[...variables.values()].map((definition) => print(definition)),
  ];
  const body = print({ kind: Kind.SELECTION_SET, selections });
  return {
    kind: 'Fetch',
    subgraph: first.subgraph,
    operationKind: 'query',
    operation: stripIgnoredCharacters(`query(${head.join(' ')})${body}`),
    variables: [...usedVariables],
    path: [],
    entities,
    outputRewrites: [],
  };
}

/** @throws where the operation has fragments, which planners are told not to make when their fetches are merged. */
function onlyOperation(source: string): OperationDefinitionNode {
  const { definitions } = parse(source, { noLocation: true });
  const [operation] = definitions;
  if (definitions.length !== 1 || operation?.kind !== Kind.OPERATION_DEFINITION) {
    throw new Error('a fetch with fragments cannot be merged');
  }
  if (operation.operation !== OperationTypeNode.QUERY) throw new Error('a fetch that is no query cannot be merged');
  return operation;
}

function entityField(operation: OperationDefinitionNode, from: EntityFetch, to: EntityFetch): FieldNode {
  const field = operation.selectionSet.selections.find(
    (selection) => selection.kind === Kind.FIELD && (selection.alias ?? selection.name).value === from.alias,
  );
  if (field?.kind !== Kind.FIELD) throw new Error(`a fetch without ${from.alias} cannot be merged`);
  const renamed: FieldNode = visit(field, {
    Variable: (variable) =>
      variable.name.value === from.variable
        ? { ...variable, name: { kind: Kind.NAME, value: to.variable } }
        : undefined,
  });
  return { ...renamed, alias: { kind: Kind.NAME, value: to.alias } };
}
