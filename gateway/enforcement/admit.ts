import type { DocumentNode, FieldNode } from 'graphql';
import { analysePlan, type PlanAnalysis, type PreparedForAnalysis } from './analysePlan.js';
import { decide, type Facts, type FieldRefusal, type Release } from './decide.js';
import { cut } from './filter.js';
import type { Requirements } from './requirements.js';

export interface EnforcementOptions<Prepared extends PreparedForAnalysis> {
  readonly requirements: Requirements;
  /** Plans and compiles what is left of an operation, in the way in which the operation was. */
  readonly prepare: (document: DocumentNode, original: Prepared) => Prepared;
  /** `reject`: an operation of which any field is refused is refused whole. Default `filter`. */
  readonly mode?: 'filter' | 'reject';
  /** Ways in which one operation was cut that are kept at once. */
  readonly maximumCuts?: number;
}

/** Decides what of a prepared operation may run. */
export interface Enforcement<Prepared extends PreparedForAnalysis> {
  /** What the operation needs, with its plan: computed once, kept as long as the operation is. */
  analysisOf(prepared: Prepared): PlanAnalysis;
  /**
   * @param verify has the parties verified of whom nothing is known; called before they are decided on.
   * @throws Refusal where the operation, or what is left of it, cannot be planned or followed.
   */
  admit(prepared: Prepared, facts: Facts, verify?: Verify): Promise<Admission<Prepared>>;
}

export type Verify = (parties: readonly string[]) => Promise<void> | undefined;

export type Admission<Prepared> =
  | {
      readonly served: true;
      /** What may run: the operation, or what is left of it. */
      readonly prepared: Prepared;
      /** Of the fetches that will run, for the connections that carry them. */
      readonly analysis: PlanAnalysis;
      /** Field nodes of the operation as it was asked; empty where all of it may run. */
      readonly refused: ReadonlyMap<FieldNode, FieldRefusal>;
      readonly release: Release | undefined;
    }
  | { readonly served: false; readonly refusals: readonly FieldRefusal[] };

const MAXIMUM_CUTS = 32;
/** A cut operation has a plan of its own, which may need other parties; each round refuses at least one field more. */
const MAXIMUM_ROUNDS = 8;

export function createEnforcement<Prepared extends PreparedForAnalysis>(
  options: EnforcementOptions<Prepared>,
): Enforcement<Prepared> {
  const { requirements, prepare, mode = 'filter', maximumCuts = MAXIMUM_CUTS } = options;
  const analyses = new WeakMap<Prepared, PlanAnalysis>();
  const cuts = new WeakMap<Prepared, Map<string, PreparedCut<Prepared>>>();
  const numberings = new WeakMap<PlanAnalysis, Map<FieldNode, number>>();

  const analysisOf = (prepared: Prepared): PlanAnalysis => {
    const known = analyses.get(prepared);
    if (known !== undefined) return known;
    const analysis = analysePlan(prepared, requirements);
    analyses.set(prepared, analysis);
    return analysis;
  };

  /** A number for each node that may be refused: its row, or the next free one. */
  const numberOf = (analysis: PlanAnalysis, node: FieldNode): number => {
    const numbers = numberings.get(analysis) ?? new Map(analysis.table.rows.map((row, index) => [row.node, index]));
    numberings.set(analysis, numbers);
    const number = numbers.get(node) ?? numbers.size;
    numbers.set(node, number);
    return number;
  };

  /** What is left of an operation, by the bit set of what is refused of it. */
  const cutOf = (
    prepared: Prepared,
    analysis: PlanAnalysis,
    refused: ReadonlyMap<FieldNode, unknown>,
  ): PreparedCut<Prepared> => {
    const known = cuts.get(prepared) ?? new Map<string, PreparedCut<Prepared>>();
    cuts.set(prepared, known);
    const key = bitsOf([...refused.keys()].map((node) => numberOf(analysis, node)));
    const found = known.get(key) ?? makeCut(prepared, analysis, refused);
    // The least recently used one goes first: Maps keep the order of insertion.
    known.delete(key);
    const [oldest] = known.keys();
    if (known.size >= maximumCuts && oldest !== undefined) known.delete(oldest);
    known.set(key, found);
    return found;
  };

  const makeCut = (
    prepared: Prepared,
    analysis: PlanAnalysis,
    refused: ReadonlyMap<FieldNode, unknown>,
  ): PreparedCut<Prepared> => {
    const { document, originOf } = cut(analysis, new Set(refused.keys()), requirements.schema);
    const rest = prepare(document, prepared);
    return { prepared: rest, originOf, analysis: analysePlan(rest, requirements, analysis.variablePolicies) };
  };

  return {
    analysisOf,
    async admit(prepared, facts, verify) {
      const analysis = analysisOf(prepared);
      if (analysis.parties.length > 0) await verify?.(analysis.parties);
      const decision = decide(analysis, facts);
      if (decision.rejected !== undefined) return { served: false, refusals: [decision.rejected] };
      if (decision.refused.size === 0) {
        return { served: true, prepared, analysis, refused: decision.refused, release: decision.release };
      }
      if (mode === 'reject') return { served: false, refusals: [...decision.refused.values()] };
      const refused = new Map(decision.refused);
      for (let round = 0; round < MAXIMUM_ROUNDS; round += 1) {
        const left = cutOf(prepared, analysis, refused);
        if (left.analysis.parties.length > 0) await verify?.(left.analysis.parties);
        const again = decide(left.analysis, facts);
        if (again.rejected !== undefined) return { served: false, refusals: [again.rejected] };
        if (again.refused.size === 0) {
          return { served: true, prepared: left.prepared, analysis: left.analysis, refused, release: again.release };
        }
        for (const [node, refusal] of again.refused) refused.set(left.originOf(node), refusal);
      }
      return { served: false, refusals: [...refused.values()] };
    },
  };
}

interface PreparedCut<Prepared> {
  readonly prepared: Prepared;
  readonly analysis: PlanAnalysis;
  readonly originOf: (node: FieldNode) => FieldNode;
}

/** A set of small numbers as text: 32 of them to a word. */
function bitsOf(numbers: readonly number[]): string {
  const words: number[] = [];
  for (const number of numbers) {
    const word = number >>> 5;
    while (words.length <= word) words.push(0);
    words[word] = ((words[word] ?? 0) | (1 << (number & 31))) >>> 0;
  }
  return words.map((word) => word.toString(36)).join('.');
}
