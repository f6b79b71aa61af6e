import { QueryPlanner, type EntityBatchAlias, type FlattenNodePathSegment } from '@graphql-hive/router-query-planner';
import type * as Hive from '@graphql-hive/router-query-planner';
import { print, stripIgnoredCharacters } from 'graphql';
import type { EntityFetch, OperationKind, PathStep, Plan, PlannedFetch, PlanNode, Required, Rewrite } from './plan.js';
import type { PlanPath, RewriteStep } from './plan.js';
import { completeInterfaceObjectFetches } from './interfaceObjectFetches.js';
import type { Supergraph } from './supergraph.js';
import { PlanningFailed, type Planner } from './planner.js';

/** The planner of Hive Router. It knows nothing of `@context`: a supergraph that uses it must not come here. */
export function createHivePlanner(supergraphSdl: string, supergraph: Supergraph): Planner {
  const planner = new QueryPlanner(supergraphSdl);
  return {
    name: 'hive',
    plan(document, { labels, percentage }) {
      try {
        const plan = planner.plan(stripIgnoredCharacters(print(document)), null, new Set(labels), percentage);
        return completeInterfaceObjectFetches(planOf(plan.node ?? undefined), document, supergraph);
      } catch (cause) {
        throw new PlanningFailed('hive', cause);
      }
    },
  };
}

/** What the type declaration calls optional comes as null, too. */
type Loose<T> = T | null | undefined;

function given<T>(value: Loose<T>): T | undefined {
  return value ?? undefined;
}

function planOf(node: Loose<Hive.PlanNode>): Plan {
  if (node?.kind === 'Subscription') return { node: undefined, subscription: subscriptionOf(node) };
  if (node?.kind === 'Sequence' && node.nodes[0]?.kind === 'Subscription') {
    const [first, ...rest] = node.nodes;
    return { subscription: subscriptionOf(first), node: sequenceOf(rest.map((child) => nodeOf(child, []))) };
  }
  return { subscription: undefined, node: nodeOf(node, []) };
}

function subscriptionOf({ primary }: Hive.SubscriptionNode): PlannedFetch {
  return fetchOf(primary, []);
}

function nodeOf(node: Loose<Hive.PlanNode>, path: PlanPath): PlanNode | undefined {
  if (node === undefined || node === null) return undefined;
  switch (node.kind) {
    case 'Sequence':
      return sequenceOf(node.nodes.map((child) => nodeOf(child, path)));
    case 'Parallel':
      return parallelOf(node.nodes.map((child) => nodeOf(child, path)));
    case 'Condition':
      return {
        kind: 'Condition',
        variable: node.condition,
        then: nodeOf(node.ifClause, path),
        otherwise: nodeOf(node.elseClause, path),
      };
    case 'Flatten':
      return nodeOf(node.node, [...path, ...node.path.map(pathStep)]);
    case 'Fetch':
      return fetchOf(node, path);
    case 'BatchFetch':
      return {
        kind: 'Fetch',
        subgraph: node.serviceName,
        operationKind: node.operationKind ?? 'query',
        operation: stripIgnoredCharacters(node.operation),
        variables: node.variableUsages ?? [],
        path: [],
        entities: node.entityBatch.aliases.map((alias) => batchedEntities(alias, path)),
        outputRewrites: [],
      };
    default:
      throw new Error(`a plan with a ${node.kind} node is not understood`);
  }
}

function sequenceOf(nodes: readonly (PlanNode | undefined)[]): PlanNode | undefined {
  const present = nodes.filter((node) => node !== undefined);
  return present.length < 2 ? present[0] : { kind: 'Sequence', nodes: present };
}

function parallelOf(nodes: readonly (PlanNode | undefined)[]): PlanNode | undefined {
  const present = nodes.filter((node) => node !== undefined);
  return present.length < 2 ? present[0] : { kind: 'Parallel', nodes: present };
}

function fetchOf(node: Omit<Hive.FetchNode, 'kind'>, path: PlanPath): PlannedFetch {
  const operationKind: OperationKind = node.operationKind ?? 'query';
  const outputRewrites = (node.outputRewrites ?? []).map(rewriteOf);
  const requires = given(node.requires);
  const entities: EntityFetch[] =
    requires === undefined
      ? []
      : [
          {
            alias: '_entities',
            variable: 'representations',
            paths: [path],
            requires: requires.map(requiredOf),
            inputRewrites: (node.inputRewrites ?? []).map(rewriteOf),
            outputRewrites,
            contexts: [],
          },
        ];
  return {
    kind: 'Fetch',
    subgraph: node.serviceName,
    operationKind,
    operation: stripIgnoredCharacters(node.operation),
    variables: node.variableUsages ?? [],
    path,
    entities,
    outputRewrites: entities.length === 0 ? outputRewrites : [],
  };
}

function batchedEntities(alias: EntityBatchAlias, path: PlanPath): EntityFetch {
  return {
    alias: alias.alias,
    variable: alias.representationsVariableName,
    paths: alias.paths.map((steps) => [...path, ...steps.map(pathStep)]),
    requires: alias.requires.map(requiredOf),
    inputRewrites: (alias.inputRewrites ?? []).map(rewriteOf),
    outputRewrites: (alias.outputRewrites ?? []).map(rewriteOf),
    contexts: [],
  };
}

function pathStep(step: FlattenNodePathSegment): PathStep {
  if (step === '@') return { kind: 'Items' };
  if ('Field' in step) return { kind: 'Field', key: step.Field };
  return { kind: 'Types', types: step.TypeCondition };
}

function requiredOf(selection: Hive.RequiresSelection): Required {
  switch (selection.kind) {
    case 'Field':
      // Here `name` is the response key of what was fetched, and `alias` is what it is called in the representation.
      return {
        kind: 'Field',
        from: selection.name,
        to: selection.alias ?? selection.name,
        selections: nonEmpty(selection.selections)?.map(requiredOf),
      };
    case 'InlineFragment':
      return { kind: 'Fragment', type: selection.typeCondition, selections: selection.selections.map(requiredOf) };
    default:
      throw new Error('a representation with a fragment spread is not understood');
  }
}

function nonEmpty<T>(list: Loose<readonly T[]>): readonly T[] | undefined {
  return list === undefined || list === null || list.length === 0 ? undefined : list;
}

/** A rewrite comes wrapped by its name or, some value setters, flat with a `kind`. */
function rewriteOf(rewrite: Hive.FetchRewrite): Rewrite {
  if ('KeyRenamer' in rewrite) {
    const { path, renameKeyTo } = rewrite.KeyRenamer;
    return { kind: 'KeyRenamer', path: path.map(rewriteStep), to: renameKeyTo };
  }
  const setter = 'ValueSetter' in rewrite ? rewrite.ValueSetter : rewrite;
  return { kind: 'ValueSetter', path: setter.path.map(rewriteStep), value: setter.setValueTo };
}

function rewriteStep(step: Hive.FetchNodePathSegment): RewriteStep {
  return 'Key' in step ? { kind: 'Key', key: step.Key } : { kind: 'Types', types: step.TypenameEquals };
}
