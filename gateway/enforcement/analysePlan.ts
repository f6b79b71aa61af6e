import { Kind, type DocumentNode, type FieldNode, type OperationDefinitionNode, type SelectionSetNode } from 'graphql';
import { analyse, partiesOf, type Analysis, type VariablePolicies } from './analyse.js';
import { checksOfFlow, compileTable, type GuardedNode } from './decisionTable.js';
import { planFlows, type PlanFlows, type PlannedOperation } from './planFlows.js';
import { asksForAnything, NO_REQUIREMENT, type AttestedFlow } from './requirement.js';
import type { Requirements } from './requirements.js';

/** What an operation needs with the plan by which it is served. */
export interface PlanAnalysis extends Analysis {
  /** Undefined where the supergraph attests nothing: then nothing is followed. */
  readonly flows: PlanFlows | undefined;
}

export interface PreparedForAnalysis extends PlannedOperation {
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  /** The values of the variables in @skip and @include for which it was planned. */
  readonly choice?: Readonly<Record<string, boolean>>;
  /** The operation as it is planned for these variables. Absent: one plan for all. */
  forVariables?(variables: Readonly<Record<string, unknown>>): PreparedForAnalysis;
}

/**
 * Analyses an operation and its plan, once. Where the plan says who takes part in a flow, these are the parties; else all that
 * may. Flows of the plan that no field was found for are flows of the whole operation: no plan runs with a party that
 * may not be in it.
 *
 * @param known policies of variables that the caller's own document binds to more than is left of it.
 */
export function analysePlan(
  prepared: PreparedForAnalysis,
  requirements: Requirements,
  known?: VariablePolicies,
): PlanAnalysis {
  const analysis = analyse(prepared.document, prepared.operation, requirements, known);
  if (!requirements.attests) return { ...analysis, flows: undefined };
  const flows = planFlows(prepared, analysis, requirements);
  const guarded = guardedBy(analysis, flows);
  const always = without(flows.all, guarded);
  return {
    ...analysis,
    guarded,
    flows,
    parties: partiesOf([...guarded, { requirement: { ...NO_REQUIREMENT, attested: always } }]),
    table: compileTable(guarded, always),
  };
}

/** In document order. What is refused with what encloses it is not listed for that alone. */
function guardedBy(analysis: Analysis, flows: PlanFlows): GuardedNode[] {
  const byNode = new Map(analysis.guarded.map((guarded) => [guarded.node, guarded]));
  const found = new Map<FieldNode, GuardedNode>();
  const visited = new Map<SelectionSetNode, Set<string>>();
  const visit = (selectionSet: SelectionSetNode, covered: ReadonlySet<string>): void => {
    const before = visited.get(selectionSet) ?? new Set();
    const text = [...covered].sort().join('\n');
    if (before.has(text)) return;
    visited.set(selectionSet, before.add(text));
    for (const selection of selectionSet.selections) {
      if (selection.kind === Kind.INLINE_FRAGMENT) visit(selection.selectionSet, covered);
      else if (selection.kind === Kind.FRAGMENT_SPREAD) {
        const fragment = analysis.fragments.get(selection.name.value);
        if (fragment !== undefined) visit(fragment.selectionSet, covered);
      } else if (!selection.name.value.startsWith('__')) {
        const declared = byNode.get(selection);
        const attested = flows.ofNode(selection) ?? declared?.requirement.attested ?? [];
        const asked = attested.flatMap(checksOfFlow).map((check) => JSON.stringify(check));
        const requirement = { ...(declared?.requirement ?? NO_REQUIREMENT), attested };
        if (asksForAnything(requirement) && (declared !== undefined || asked.some((check) => !covered.has(check)))) {
          const type = analysis.parentTypes.get(selectionSet) ?? '';
          found.set(selection, { node: selection, coordinate: `${type}.${selection.name.value}`, requirement });
        }
        if (selection.selectionSet !== undefined) visit(selection.selectionSet, new Set([...covered, ...asked]));
      }
    }
  };
  visit(analysis.operation.selectionSet, new Set());
  return [...found.values()];
}

/** What is left of the flows without the parties that some field answers for. */
function without(flows: readonly AttestedFlow[], guarded: readonly GuardedNode[]): AttestedFlow[] {
  const answered = new Set(
    guarded.flatMap(({ requirement }) =>
      requirement.attested.flatMap(({ policy, producers, receivers }) =>
        [...producers, ...receivers].map((party) => `${policy}\n${party}`),
      ),
    ),
  );
  return flows.flatMap((flow) => {
    const rest = (parties: readonly string[]) => parties.filter((party) => !answered.has(`${flow.policy}\n${party}`));
    const producers = rest(flow.producers);
    const receivers = rest(flow.receivers);
    if (producers.length === 0 && receivers.length === 0) return [];
    return [{ ...flow, producers, receivers, caller: 'none' as const }];
  });
}
