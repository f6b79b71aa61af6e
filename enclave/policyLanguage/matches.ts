import type { Claim } from './claimSet.js';

/** For each identifier the claim that it stands for, in the order of the identifiers. */
export type Combination = readonly Claim[];

export interface Matches {
  readonly identifiers: readonly string[];
  /** Empty where the conditions do not hold. One empty combination where they hold and name nothing. */
  readonly combinations: readonly Combination[];
}
