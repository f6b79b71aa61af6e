import { Refusal } from '../../../enclave/refusals.js';
import type { Estimate } from './estimate.js';

export type DemandMode = 'off' | 'measure' | 'enforce';

export interface DemandOptions {
  readonly mode: DemandMode;
  /** Of one operation. */
  readonly maximumCost: number;
  /** Length of a list of which the schema says nothing. */
  readonly defaultListSize: number;
  /** The actual cost of every so many-th operation is counted: it needs the whole answer as values. 0 counts none. */
  readonly actualEvery: number;
}

export const DEMAND: DemandOptions = { mode: 'measure', maximumCost: 10_000, defaultListSize: 10, actualEvery: 10 };

/** One operation, for metrics. */
export interface CostReport {
  readonly operationName: string | undefined;
  readonly estimated: number;
  /** Undefined where it was not executed or not counted. */
  readonly actual: number | undefined;
  readonly outcome: 'within' | 'exceeded' | 'refused';
}

/** True where the operation is too dear, or does not say how much it wants. */
export function exceeds({ cost, problems }: Estimate, options: DemandOptions): boolean {
  return cost > options.maximumCost || problems.length > 0;
}

/** @throws Refusal OPERATION_TOO_COMPLEX in the mode `enforce`. */
export function enforceCost(estimate: Estimate, options: DemandOptions): void {
  if (options.mode !== 'enforce' || !exceeds(estimate, options)) return;
  const { cost, problems } = estimate;
  const tooDear = cost > options.maximumCost;
  const dear = tooDear ? [`The operation is estimated to cost ${cost}; the limit is ${options.maximumCost}.`] : [];
  throw new Refusal('OPERATION_TOO_COMPLEX', [...problems.slice(0, 5), ...dear].join(' '));
}
