import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  apolloHarness,
  compiledHarness,
  composeGraph,
  runOperation,
  type CaseOutcome,
  type ComposedGraph,
  type Harness,
} from './flow/run.js';
import { runs } from '../../support/runs.js';

/** More operations than these are run by hand: CLOISTER_FLOW_OPERATIONS=20000, and another seed. */
const OPERATIONS = Number(process.env.CLOISTER_FLOW_OPERATIONS ?? runs(300));
const SEED = Number(process.env.CLOISTER_FLOW_SEED ?? 1);
/** Of attestation, for each operation: every one is a case. */
const STATES = 4;
const GRAPHS = Math.max(10, Math.floor(OPERATIONS / 10));

interface Tally {
  cases: number;
  /** Attested values that were seen where they may be. */
  seen: number;
  /** Cases in which something was refused. */
  refused: number;
  open: number;
}

/**
 * Graphs, operations and states of attestation are made up; the decision and an executor run them; and an oracle that shares no
 * code with them looks for the attested values, each a text of its own, in every byte that is sent.
 */
describe('no attested value reaches a party that may not have it', () => {
  const nothing = (): Tally => ({ cases: 0, seen: 0, refused: 0, open: 0 });

  const assertProperty = async (
    operations: number,
    harnessOf: (composed: ComposedGraph) => Harness | Promise<Harness>,
    judge: (outcome: CaseOutcome) => void,
  ): Promise<Tally> => {
    const tally = nothing();
    const known = new Map<number, { composed: ComposedGraph; harness: Harness } | undefined>();
    const start = async (seed: number) => {
      const composed = composeGraph(seed, 2);
      return typeof composed === 'string' ? undefined : { composed, harness: await harnessOf(composed) };
    };
    const property = fc.asyncProperty(fc.nat({ max: GRAPHS - 1 }), fc.nat(), async (graphSeed, operationSeed) => {
      if (!known.has(graphSeed)) known.set(graphSeed, await start(graphSeed + SEED * GRAPHS));
      const graph = known.get(graphSeed);
      if (graph === undefined) return;
      for (const outcome of await runOperation(graph.composed, graph.harness, operationSeed, STATES)) {
        tally.cases += 1;
        tally.seen += outcome.oracle.seen;
        if (outcome.answer.includes('"errors"')) tally.refused += 1;
        if (outcome.isOpen) tally.open += 1;
        judge(outcome);
      }
    });
    await fc.assert(property, { numRuns: operations, seed: SEED, endOnFailure: true });
    return tally;
  };

  const leaksNothing = ({ oracle }: CaseOutcome) => expect(oracle.violations).toEqual([]);

  test(
    'through the compiled executor, which decides with the plan',
    async () => {
      const tally = await assertProperty(
        OPERATIONS,
        (composed) => compiledHarness(composed, 'apollo'),
        (outcome) => {
          leaksNothing(outcome);
          // Where everybody may have everything, nothing is refused.
          if (outcome.isOpen) expect(outcome.answer).not.toContain('"errors"');
        },
      );
      expect(tally.cases).toBeGreaterThan(3 * OPERATIONS);
      expect(tally.seen).toBeGreaterThan(tally.cases);
      expect(tally.refused).toBeGreaterThan(tally.cases / 10);
      expect(tally.open).toBeGreaterThan(tally.cases / 20);
      if (process.env.CLOISTER_FLOW_OPERATIONS !== undefined) console.log(tally);
    },
    120_000 + OPERATIONS * 200,
  );

  test(
    'through Apollo’s executor, before which is decided without a plan',
    async () => {
      const tally = await assertProperty(Math.floor(OPERATIONS / 4), apolloHarness, leaksNothing);
      expect(tally.seen).toBeGreaterThan(tally.cases);
    },
    120_000 + OPERATIONS * 200,
  );

  test('and the oracle sees it where nobody decides', async () => {
    let violations = 0;
    await assertProperty(
      30,
      (composed) => compiledHarness(composed, 'apollo', 'unguarded'),
      ({ oracle }) => {
        violations += oracle.violations.length;
      },
    );
    expect(violations).toBeGreaterThan(100);
  }, 120_000);
});
