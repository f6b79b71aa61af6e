import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startSystem } from '../e2e/support/system.js';
import { figureOf, ratioOf, type BenchOptions, type Figure } from './report.js';

/** From the command to the table: on a new data folder, and again on the same one. */
export async function startup({ root, rounds, tell }: BenchOptions): Promise<Figure[]> {
  const first: number[] = [];
  const second: number[] = [];
  const stops: number[] = [];
  for (let round = 1; round <= rounds; round++) {
    const data = join(mkdtempSync(join(tmpdir(), 'cloister-bench-')), 'data');
    for (const times of [first, second]) {
      const system = await startSystem({ root, data });
      times.push(system.startMs);
      const began = performance.now();
      await system.stop();
      stops.push(performance.now() - began);
    }
    rmSync(data, { recursive: true, force: true });
    tell(`round ${round}: first ${first.at(-1)?.toFixed(0)} ms, second ${second.at(-1)?.toFixed(0)} ms`);
  }
  const firstStart = figureOf('first start, new data folder', 'ms', first);
  const secondStart = figureOf('second start', 'ms', second);
  return [firstStart, secondStart, ratioOf('second / first', secondStart, firstStart), figureOf('stop', 'ms', stops)];
}
