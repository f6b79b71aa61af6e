import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { FuzzReport } from './fuzzTarget.js';
import { fuzzTarget } from './fuzzTarget.js';
import { createRandom } from './random.js';
import { targets } from './targets.js';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    seed: { type: 'string', default: '1' },
    only: { type: 'string' },
    keep: { type: 'string', default: 'dist/fuzz' },
  },
});
const chosen = targets.filter(({ name }) => values.only === undefined || name.startsWith(values.only));
const [seconds, seed] = [Number(values.seconds), Number(values.seed)];

if (chosen.length === 0 || !(seconds > 0) || !Number.isSafeInteger(seed)) {
  console.error(
    `Usage: fuzz [--seconds N] [--seed N] [--keep FOLDER] [--only ${targets.map(({ name }) => name).join('|')}]`,
  );
  process.exitCode = 2;
} else {
  process.exitCode = await fuzzAll();
}

/** Exit code 1 where anything was found. */
async function fuzzAll(): Promise<number> {
  const begun = performance.now();
  const reports: FuzzReport[] = [];
  const held = heapMiB();
  console.log(`${chosen.length} targets, ${seconds} s, seed ${seed}`);
  for (const [index, target] of chosen.entries()) {
    const report = await fuzzTarget(target, {
      random: createRandom(seed + index),
      milliseconds: (seconds * 1000) / chosen.length,
      clock: () => performance.now(),
    });
    reports.push(report);
    console.log(lineOf(report));
    for (const { what, input } of report.findings) console.log(`  ${what}\n  kept as ${keep(target.name, input)}`);
  }
  const inputs = reports.reduce((sum, report) => sum + report.inputs, 0);
  const findings = reports.reduce((sum, report) => sum + report.findings.length, 0);
  const took = (performance.now() - begun) / 1000;
  console.log(
    `${inputs} inputs in ${took.toFixed(0)} s (${Math.round(inputs / took)} a second), ${findings} findings; heap ${held} MiB before, ${heapMiB()} MiB after, resident at most ${Math.round(process.resourceUsage().maxRSS / 1024)} MiB`,
  );
  return findings > 0 ? 1 : 0;
}

function lineOf({ accepted, inputs, milliseconds, outcomes, slowestMs, target, findings }: FuzzReport): string {
  const rate = Math.round((inputs / milliseconds) * 1000);
  return `${target.padEnd(20)} ${String(inputs).padStart(9)} inputs ${String(rate).padStart(7)}/s ${String(accepted).padStart(8)} accepted ${String(outcomes).padStart(5)} outcomes, slowest ${slowestMs.toFixed(1)} ms, ${findings.length} findings`;
}

/** What is still held once garbage is gone: only with --expose-gc. */
function heapMiB(): number {
  globalThis.gc?.();
  return Math.round(process.memoryUsage().heapUsed / 1024 / 1024);
}

function keep(target: string, input: Uint8Array): string {
  mkdirSync(values.keep, { recursive: true });
  const digest = createHash('sha256').update(input).digest('hex').slice(0, 12);
  const path = join(values.keep, `${target}-${digest}.bin`);
  writeFileSync(path, input);
  return path;
}
