import { Refusal } from '../../../enclave/refusals.js';
import { createApolloPlanner } from './apolloPlanner.js';
import { createHivePlanner } from './hivePlanner.js';
import { PlanningFailed, type Planner } from './planner.js';
import type { Supergraph } from './supergraph.js';

export type PlannerChoice = 'hive' | 'apollo' | 'auto';

/**
 * A planner that is right for the supergraph. Hive's ignores `@context`; Apollo's mixes up fields that two `@requires` want with
 * different arguments. `auto` prefers Hive's, which makes fewer fetches, and asks Apollo's where that has no plan.
 *
 * @throws Refusal CONFIGURATION_INVALID where the chosen planner, or each of them, would plan wrongly.
 */
export function choosePlanner(sdl: string, supergraph: Supergraph, choice: PlannerChoice): Planner {
  const againstHive = supergraph.usesContext ? 'it uses @context, which the hive planner ignores' : undefined;
  const [conflict] = supergraph.conflictingRequires;
  const againstApollo =
    conflict === undefined
      ? undefined
      : `two @requires want ${conflict} with different arguments, which the apollo planner mixes up`;
  if (choice === 'hive' && againstHive !== undefined) throw cannotPlan(againstHive);
  if (choice === 'apollo' && againstApollo !== undefined) throw cannotPlan(againstApollo);
  if (againstHive !== undefined && againstApollo !== undefined) throw cannotPlan(`${againstHive}; ${againstApollo}`);
  try {
    if (choice === 'apollo' || againstHive !== undefined) return createApolloPlanner(sdl);
    const hive = createHivePlanner(sdl);
    return choice === 'hive' || againstApollo !== undefined ? hive : withFallback(hive, () => createApolloPlanner(sdl));
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Refusal('CONFIGURATION_INVALID', `The supergraph cannot be loaded: ${why}`, { cause });
  }
}

function cannotPlan(why: string): Refusal {
  return new Refusal('CONFIGURATION_INVALID', `The supergraph cannot be planned rightly: ${why}.`);
}

function withFallback(first: Planner, createSecond: () => Planner): Planner {
  let second: Planner | undefined;
  return {
    name: first.name,
    plan(document, overrides) {
      try {
        return first.plan(document, overrides);
      } catch (thrown) {
        if (!(thrown instanceof PlanningFailed)) throw thrown;
        second ??= createSecond();
        return second.plan(document, overrides);
      }
    },
  };
}
