/**
 * What both query planners can say, in one form. A flatten node is no node here: what is fetched for entities carries the
 * paths at which the entities are.
 */
export type PlanNode = PlannedFetch | PlanSequence | PlanParallel | PlanCondition;

export interface Plan {
  /** Absent where nothing has to be fetched: introspection only, or everything skipped. */
  readonly node: PlanNode | undefined;
  /** For a subscription: the fetch whose every event is the data from which `node` goes on. */
  readonly subscription: PlannedFetch | undefined;
}

/** One after the other: later nodes need what earlier ones brought. */
export interface PlanSequence {
  readonly kind: 'Sequence';
  readonly nodes: readonly PlanNode[];
}

export interface PlanParallel {
  readonly kind: 'Parallel';
  readonly nodes: readonly PlanNode[];
}

/** By the value of a boolean variable. */
export interface PlanCondition {
  readonly kind: 'Condition';
  readonly variable: string;
  readonly then: PlanNode | undefined;
  readonly otherwise: PlanNode | undefined;
}

/** One call of one subgraph. */
export interface PlannedFetch {
  readonly kind: 'Fetch';
  readonly subgraph: string;
  readonly operationKind: OperationKind;
  /** GraphQL text as the subgraph gets it. */
  readonly operation: string;
  /** The caller's variables that are sent along, by their names in the planned operation. */
  readonly variables: readonly string[];
  /** Where the answer of a root fetch lands; the root itself is the empty path. Unused where there are entities. */
  readonly path: PlanPath;
  /** What is asked about entities, one list for each `_entities` field of the operation. Empty for a root fetch. */
  readonly entities: readonly EntityFetch[];
  readonly outputRewrites: readonly Rewrite[];
}

export type OperationKind = 'query' | 'mutation' | 'subscription';

export interface EntityFetch {
  /** The response key under which the entities come back, in the order of the representations. */
  readonly alias: string;
  /** The variable that takes the representations. */
  readonly variable: string;
  /** Where the entities are, each path from the root of the answer. */
  readonly paths: readonly PlanPath[];
  /** What a representation holds: the data that leaves for this subgraph. */
  readonly requires: readonly Required[];
  readonly inputRewrites: readonly Rewrite[];
  readonly outputRewrites: readonly Rewrite[];
  /** Values of enclosing objects that go along as variables (`@fromContext`). */
  readonly contexts: readonly ContextValue[];
}

export type PlanPath = readonly PathStep[];

export type PathStep =
  | { readonly kind: 'Field'; readonly key: string }
  /** Every item of a list. */
  | { readonly kind: 'Items' }
  /** Only objects of one of these types. */
  | { readonly kind: 'Types'; readonly types: readonly string[] };

export type Required = RequiredField | RequiredFragment;

export interface RequiredField {
  readonly kind: 'Field';
  /** The response key under which the value was fetched. */
  readonly from: string;
  /** The field of the representation. */
  readonly to: string;
  readonly selections: readonly Required[] | undefined;
}

export interface RequiredFragment {
  readonly kind: 'Fragment';
  readonly type: string | undefined;
  readonly selections: readonly Required[];
}

export type Rewrite = ValueSetter | KeyRenamer;

/** Puts a fixed value at a place, which is always a type name in practice. */
export interface ValueSetter {
  readonly kind: 'ValueSetter';
  readonly path: readonly RewriteStep[];
  readonly value: string;
}

export interface KeyRenamer {
  readonly kind: 'KeyRenamer';
  readonly path: readonly RewriteStep[];
  readonly to: string;
}

export type RewriteStep =
  { readonly kind: 'Key'; readonly key: string } | { readonly kind: 'Types'; readonly types: readonly string[] };

/** A value of an object above the entity (or of itself), passed in a variable of the fetch. */
export interface ContextValue {
  readonly variable: string;
  /** Objects to climb from the entity, lists not counted. */
  readonly up: number;
  readonly path: readonly RewriteStep[];
}

/** Every fetch of a plan, in the order of the plan. */
export function fetchesOf(plan: Plan): PlannedFetch[] {
  const fetches: PlannedFetch[] = plan.subscription === undefined ? [] : [plan.subscription];
  const visit = (node: PlanNode | undefined): void => {
    if (node === undefined) return;
    switch (node.kind) {
      case 'Fetch':
        fetches.push(node);
        return;
      case 'Condition':
        visit(node.then);
        visit(node.otherwise);
        return;
      default:
        node.nodes.forEach(visit);
    }
  };
  visit(plan.node);
  return fetches;
}

/** The same plan with other fetches. */
export function mapFetches(plan: Plan, change: (fetch: PlannedFetch) => PlannedFetch): Plan {
  const map = (node: PlanNode): PlanNode => {
    switch (node.kind) {
      case 'Fetch':
        return change(node);
      case 'Condition':
        return { ...node, then: node.then && map(node.then), otherwise: node.otherwise && map(node.otherwise) };
      default:
        return { ...node, nodes: node.nodes.map(map) };
    }
  };
  return { node: plan.node && map(plan.node), subscription: plan.subscription && change(plan.subscription) };
}
