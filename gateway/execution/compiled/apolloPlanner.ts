import { operationFromDocument, Supergraph } from '@apollo/federation-internals';
import { visit } from 'graphql';
import { QueryPlanner } from '@apollo/query-planner';
import type * as Apollo from '@apollo/query-planner';
import type { ContextValue, EntityFetch, PathStep, Plan, PlannedFetch, PlanNode } from './plan.js';
import type { PlanPath, Required, Rewrite, RewriteStep } from './plan.js';
import { mergeParallelFetches } from './mergeParallelFetches.js';
import { isOverrideOn, overrideLabels } from './overrides.js';
import { PlanningFailed, type Planner } from './planner.js';

/** Plans compared for one operation. */
const MAXIMUM_PLANS = 1000;
/** Ways through the subgraphs followed at once: without a bound, some small operations take all memory. */
const MAXIMUM_PATHS = 2000;

/**
 * Apollo's planner. It gives fields that `@requires` needs with other arguments the same response key: an operation must be
 * normalised before (normaliseOperation.ts), and a supergraph in which two `@requires` disagree must not come here.
 */
export function createApolloPlanner(supergraphSdl: string): Planner {
  // Which features are supported is decided by the gateway, not by the planner.
  const supergraph = Supergraph.build(supergraphSdl, { supportedFeatures: null, validateSupergraph: false });
  const planner = new QueryPlanner(supergraph, {
    generateQueryFragments: false,
    debug: { maxEvaluatedPlans: MAXIMUM_PLANS, pathsLimit: MAXIMUM_PATHS },
  });
  const schema = supergraph.apiSchema();
  const labels = overrideLabels(supergraphSdl);
  return {
    name: 'apollo',
    plan(document, overrides) {
      try {
        // It knows nothing of directives that subgraphs compose themselves.
        const known = visit(document, {
          Directive: ({ name }) => (schema.directive(name.value) === undefined ? null : undefined),
        });
        const operation = operationFromDocument(schema, known);
        const overrideConditions = new Map(labels.map((label) => [label, isOverrideOn(label, overrides)]));
        const { node } = planner.buildQueryPlan(operation, { overrideConditions });
        return planOf(node);
      } catch (cause) {
        throw new PlanningFailed('apollo', cause);
      }
    },
  };
}

function planOf(node: Apollo.QueryPlan['node']): Plan {
  if (node === undefined) return { node: undefined, subscription: undefined };
  if (node.kind !== 'Subscription') {
    return { subscription: undefined, node: mergeParallelFetches(nodeOf(node, [])) };
  }
  return {
    subscription: fetchOf(node.primary, []),
    node: node.rest === undefined ? undefined : mergeParallelFetches(nodeOf(node.rest, [])),
  };
}

function nodeOf(node: Apollo.PlanNode, path: PlanPath): PlanNode {
  switch (node.kind) {
    case 'Sequence':
    case 'Parallel':
      return { kind: node.kind, nodes: node.nodes.map((child) => nodeOf(child, path)) };
    case 'Condition':
      return {
        kind: 'Condition',
        variable: node.condition,
        then: node.ifClause && nodeOf(node.ifClause, path),
        otherwise: node.elseClause && nodeOf(node.elseClause, path),
      };
    case 'Flatten':
      return nodeOf(node.node, [...path, ...node.path.map(pathStep)]);
    case 'Fetch':
      return fetchOf(node, path);
    default:
      throw new Error(`a plan with a ${node.kind} node is not understood`);
  }
}

function fetchOf(node: Apollo.FetchNode, path: PlanPath): PlannedFetch {
  const outputRewrites = (node.outputRewrites ?? []).map(rewriteOf);
  const contexts = (node.contextRewrites ?? []).map(contextOf);
  const entities: EntityFetch[] =
    node.requires === undefined
      ? []
      : [
          {
            alias: '_entities',
            variable: 'representations',
            paths: [path],
            requires: node.requires.map(requiredOf),
            inputRewrites: (node.inputRewrites ?? []).map(rewriteOf),
            outputRewrites,
            contexts,
          },
        ];
  const contextual = new Set(contexts.map(({ variable }) => variable));
  return {
    kind: 'Fetch',
    subgraph: node.serviceName,
    operationKind: node.operationKind,
    operation: node.operation,
    variables: (node.variableUsages ?? []).filter((name) => !contextual.has(name)),
    path,
    entities,
    outputRewrites: entities.length === 0 ? outputRewrites : [],
  };
}

function pathStep(step: string | number): PathStep {
  if (step === '@') return { kind: 'Items' };
  return { kind: 'Field', key: String(step) };
}

function requiredOf(selection: Apollo.QueryPlanSelectionNode): Required {
  if (selection.kind === 'InlineFragment') {
    return { kind: 'Fragment', type: selection.typeCondition, selections: selection.selections.map(requiredOf) };
  }
  const key = selection.alias ?? selection.name;
  return { kind: 'Field', from: key, to: key, selections: selection.selections?.map(requiredOf) };
}

function rewriteOf(rewrite: Apollo.FetchDataRewrite): Rewrite {
  const path = rewrite.path.map(rewriteStep);
  return rewrite.kind === 'KeyRenamer'
    ? { kind: 'KeyRenamer', path, to: rewrite.renameKeyTo }
    : { kind: 'ValueSetter', path, value: String(rewrite.setValueTo) };
}

const FRAGMENT = '... on ';

function rewriteStep(step: string): RewriteStep {
  return step.startsWith(FRAGMENT)
    ? { kind: 'Types', types: [step.slice(FRAGMENT.length)] }
    : { kind: 'Key', key: step };
}

/** `..` climbs to the enclosing object. */
function contextOf({ path, renameKeyTo }: Apollo.FetchDataKeyRenamer): ContextValue {
  const up = path.filter((step) => step === '..').length;
  return { variable: renameKeyTo, up, path: path.filter((step) => step !== '..').map(rewriteStep) };
}
