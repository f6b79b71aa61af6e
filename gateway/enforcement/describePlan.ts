import { parse, print } from 'graphql';
import type { PlannedFetch, PlanNode, PlanPath, Required } from '../execution/compiled/plan.js';
import type { PlanAnalysis } from './analysePlan.js';
import { THIS_GATEWAY } from './decisionTable.js';
import type { Alternatives, AttestedFlow } from './requirement.js';

/** A plan and what it rests on, for people and for programs. It names types, fields and parties; it holds no value. */
export interface PlanDescription {
  /** In the order of the plan; undefined where nothing has to be fetched. */
  readonly plan: DescribedNode | undefined;
  /** What each guarded field asks for, in document order. */
  readonly requirements: readonly DescribedRequirement[];
  /** What every field rests on: flows of the plan that belong to none. Mostly empty. */
  readonly always: readonly AttestedFlow[];
  /** Who must satisfy each policy so that nothing is refused. The caller aside. */
  readonly policies: Readonly<Record<string, readonly string[]>>;
}

export type DescribedNode =
  | { readonly kind: 'sequence' | 'parallel'; readonly nodes: readonly DescribedNode[] }
  | {
      readonly kind: 'condition';
      readonly variable: string;
      readonly then: DescribedNode | undefined;
      readonly otherwise: DescribedNode | undefined;
    }
  | DescribedFetch;

export interface DescribedFetch {
  readonly kind: 'fetch';
  readonly subgraph: string;
  /** query, mutation or subscription. */
  readonly operationKind: string;
  readonly operation: string;
  /** Where its answer lands: `patients.@.studies.@`. The root is empty. */
  readonly paths: readonly string[];
  /** Variables of the caller that it is sent. */
  readonly variables: readonly string[];
  /** What it is sent of each entity: `ImagingStudy { __typename id imageReference { url } }`. */
  readonly representations: readonly string[];
  /** What it is sent of enclosing objects. */
  readonly contexts: readonly string[];
  /** Policies that its connection has to satisfy. */
  readonly policies: readonly string[];
}

export interface DescribedRequirement {
  readonly field: string;
  readonly authenticated: boolean;
  readonly scopes: Alternatives;
  readonly authorizations: Alternatives;
  readonly flows: readonly AttestedFlow[];
}

export interface DescribablePlan {
  readonly plan: { readonly node: PlanNode | undefined; readonly subscription: PlannedFetch | undefined };
}

export function describePlan({ plan }: DescribablePlan, analysis: PlanAnalysis): PlanDescription {
  const { flows, table } = analysis;
  const nodes = [plan.subscription, plan.node].filter((node) => node !== undefined);
  const [only] = nodes;
  const whole: PlanNode | undefined = nodes.length < 2 ? only : { kind: 'Sequence', nodes };
  return {
    plan: whole && describeNode(whole, (fetch) => flows?.policiesOf(fetch) ?? []),
    requirements: table.rows.map(({ coordinate, requirement: { attested, ...demand } }) => ({
      field: coordinate,
      ...demand,
      flows: attested,
    })),
    always: table.always.flows,
    policies: partiesByPolicy([
      ...table.rows.flatMap(({ requirement }) => requirement.attested),
      ...table.always.flows,
    ]),
  };
}

function describeNode(node: PlanNode, policiesOf: (fetch: PlannedFetch) => readonly string[]): DescribedNode {
  switch (node.kind) {
    case 'Fetch':
      return describeFetch(node, policiesOf(node));
    case 'Condition':
      return {
        kind: 'condition',
        variable: node.variable,
        then: node.then && describeNode(node.then, policiesOf),
        otherwise: node.otherwise && describeNode(node.otherwise, policiesOf),
      };
    default:
      return {
        kind: node.kind === 'Sequence' ? 'sequence' : 'parallel',
        nodes: node.nodes.map((child) => describeNode(child, policiesOf)),
      };
  }
}

function describeFetch(fetch: PlannedFetch, policies: readonly string[]): DescribedFetch {
  const { entities } = fetch;
  return {
    kind: 'fetch',
    subgraph: fetch.subgraph,
    operationKind: fetch.operationKind,
    operation: print(parse(fetch.operation, { noLocation: true })),
    paths: (entities.length === 0 ? [fetch.path] : entities.flatMap(({ paths }) => paths)).map(pathText),
    variables: fetch.variables,
    representations: entities.map(({ requires }) => selectionText(requires)),
    contexts: entities.flatMap(({ contexts }) =>
      contexts.map(({ variable, up, path }) => {
        const keys = path.map((step) => (step.kind === 'Key' ? step.key : `on ${step.types.join('|')}`));
        return `${variable}: ${['..'.repeat(up), ...keys].filter((part) => part !== '').join('.')}`;
      }),
    ),
    policies,
  };
}

function pathText(path: PlanPath): string {
  return path
    .map((step) => {
      if (step.kind === 'Items') return '@';
      return step.kind === 'Field' ? step.key : `(${step.types.join('|')})`;
    })
    .join('.');
}

function selectionText(selections: readonly Required[]): string {
  return selections
    .map((selection) => {
      if (selection.kind === 'Fragment')
        return `${selection.type ?? ''} { ${selectionText(selection.selections)} }`.trim();
      const name = selection.from === selection.to ? selection.to : `${selection.to}: ${selection.from}`;
      return selection.selections === undefined ? name : `${name} { ${selectionText(selection.selections)} }`;
    })
    .join(' ');
}

function partiesByPolicy(flows: readonly AttestedFlow[]): Record<string, readonly string[]> {
  const parties = new Map<string, Set<string>>();
  for (const { policy, producers, receivers } of flows) {
    const known = parties.get(policy) ?? new Set([THIS_GATEWAY]);
    for (const party of [...producers, ...receivers]) known.add(party);
    parties.set(policy, known);
  }
  return Object.fromEntries([...parties].map(([policy, names]) => [policy, [...names]]));
}
