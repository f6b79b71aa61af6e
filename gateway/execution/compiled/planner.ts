import type { DocumentNode } from 'graphql';
import type { Plan } from './plan.js';

/** Which overrides with a label are on for one operation. */
export interface Overrides {
  /** Labels other than percentages that are on. */
  readonly labels: ReadonlySet<string>;
  /** From 0, below 100: an override of `percent(x)` is on where this is less than x. */
  readonly percentage: number;
}

/** Of the overrides with a label, only those of all requests: percent(100). */
export const NO_OVERRIDES: Overrides = { labels: new Set(), percentage: 99.999_999_99 };

export interface Planner {
  readonly name: 'hive' | 'apollo';
  /**
   * Plans an operation that is valid, has no fragment spreads and asks nothing about the schema itself.
   *
   * @throws PlanningFailed where this planner has no plan for it.
   */
  plan(document: DocumentNode, overrides: Overrides): Plan;
}

/** A planner found no plan, or one that is not understood here. */
export class PlanningFailed extends Error {
  constructor(planner: string, cause: unknown) {
    super(`The ${planner} planner has no plan: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    this.name = 'PlanningFailed';
  }

  /** This failure and the one before it. */
  after(earlier: PlanningFailed): this {
    this.message = `${earlier.message}; ${this.message}`;
    return this;
  }
}
