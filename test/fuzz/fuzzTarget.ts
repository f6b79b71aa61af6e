import { mutate } from './mutate.js';
import type { Random } from './random.js';
import type { FuzzTarget } from './target.js';

export interface FuzzOptions {
  readonly random: Random;
  readonly milliseconds: number;
  /** Milliseconds from some beginning. */
  readonly clock: () => number;
}

export interface FuzzReport {
  readonly target: string;
  readonly inputs: number;
  /** Those that were taken and not refused. */
  readonly accepted: number;
  readonly milliseconds: number;
  /** Different answers: how much of the target was seen. */
  readonly outcomes: number;
  readonly slowestMs: number;
  readonly findings: readonly Finding[];
}

export interface Finding {
  readonly what: string;
  readonly input: Uint8Array;
}

/** An input that takes longer is a finding: nobody may buy so much of our time with so few bytes. */
const SLOW_MS = 250;
const MAXIMUM_FINDINGS = 5;
const MAXIMUM_CORPUS = 4000;
/** Larger ones are sent once: what they grow into costs more to make than to judge. */
const MAXIMUM_KEPT_BYTES = 16 * 1024;
/** Clocks cost more than some parsers. */
const BATCH = 16;

/** Sends mutated inputs for a while. An input whose answer is new is kept, to be mutated further. */
export async function fuzzTarget(target: FuzzTarget, options: FuzzOptions): Promise<FuzzReport> {
  const { random, milliseconds, clock } = options;
  const corpus = [...target.seeds];
  const outcomes = new Set<string>();
  const findings: Finding[] = [];
  const begun = clock();
  let [inputs, accepted, slowestMs] = [0, 0, 0];
  const seed = () => corpus[random.below(corpus.length)] ?? new Uint8Array();
  while (findings.length < MAXIMUM_FINDINGS && (inputs % BATCH !== 0 || clock() - begun < milliseconds)) {
    const input = inputs < target.seeds.length ? seed() : mutate(target.form, seed(), random, seed());
    const started = clock();
    const outcome = await outcomeOf(target, input);
    let took = clock() - started;
    // The machine may have been busy with something else: only what is slow each time is slow.
    for (let again = 0; took > SLOW_MS && again < 3; again++) took = Math.min(took, await timeOf(target, input, clock));
    slowestMs = Math.max(slowestMs, took);
    inputs++;
    if (outcome === ACCEPTED) accepted++;
    if (took > SLOW_MS) findings.push({ what: `${Math.round(took)} ms for ${input.length} bytes`, input });
    if (outcome.startsWith('crash')) findings.push({ what: outcome, input });
    if (!outcomes.has(outcome) && outcomes.size < MAXIMUM_CORPUS) {
      outcomes.add(outcome);
      if (input.length <= MAXIMUM_KEPT_BYTES) corpus.push(input);
    }
  }
  return {
    target: target.name,
    inputs,
    accepted,
    milliseconds: clock() - begun,
    outcomes: outcomes.size,
    slowestMs,
    findings,
  };
}

const ACCEPTED = 'accepted';

/** What became of it, without its numbers and names, so that alike answers count once. */
async function outcomeOf({ run, isRefusal }: FuzzTarget, input: Uint8Array): Promise<string> {
  try {
    const answer = run(input);
    if (answer instanceof Promise) await answer;
    return ACCEPTED;
  } catch (thrown) {
    const text = thrown instanceof Error ? thrown.message : String(thrown);
    if (!isRefusal(thrown)) return `crash: ${thrown instanceof Error ? (thrown.stack ?? text) : text}`;
    return text.replace(/[0-9a-f]{8,}|\d+|".*"|'.*'/gs, '#').slice(0, 200);
  }
}

async function timeOf(target: FuzzTarget, input: Uint8Array, clock: () => number): Promise<number> {
  const started = clock();
  await outcomeOf(target, input);
  return clock() - started;
}
