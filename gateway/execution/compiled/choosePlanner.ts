import { Refusal } from '../../../enclave/refusals.js';
import { createApolloPlanner } from './apolloPlanner.js';
import { createHivePlanner } from './hivePlanner.js';
import { PlanningFailed, type Planner } from './planner.js';
import { separateRequiredArguments } from './requiredArguments.js';
import type { Supergraph } from './supergraph.js';

export type PlannerChoice = 'hive' | 'apollo' | 'auto';

/**
 * A planner that is right for the supergraph. `auto` prefers Hive's, which makes fewer fetches, and asks Apollo's where that has no
 * plan; Hive's ignores `@context`, so there Apollo's plans alone.
 *
 * @throws Refusal CONFIGURATION_INVALID where the supergraph cannot be read, or the chosen planner would plan it wrongly.
 */
export function choosePlanner(sdl: string, supergraph: Supergraph, choice: PlannerChoice): Planner {
  if (choice === 'hive' && supergraph.usesContext) {
    throw new Refusal('CONFIGURATION_INVALID', 'The supergraph uses @context, which the hive planner ignores.');
  }
  const { plannedSdl, restore } = separateRequiredArguments(sdl);
  const create = (createPlanner: (sdl: string, supergraph: Supergraph) => Planner): Planner => {
    const planner = createPlanner(plannedSdl, supergraph);
    return {
      name: planner.name,
      plan: (document, overrides) => restore(planner.plan(document, overrides)),
    };
  };
  try {
    if (choice === 'apollo' || supergraph.usesContext) return create(createApolloPlanner);
    const hive = create(createHivePlanner);
    return choice === 'hive' ? hive : withFallback(hive, () => create(createApolloPlanner));
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Refusal('CONFIGURATION_INVALID', `The supergraph cannot be loaded: ${why}`, { cause });
  }
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
        try {
          return second.plan(document, overrides);
        } catch (cause) {
          throw cause instanceof PlanningFailed ? cause.after(thrown) : cause;
        }
      }
    },
  };
}
