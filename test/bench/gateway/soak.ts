import { figureOf, ratioOf, type BenchOptions, type Figure } from '../report.js';
import type { TestBed } from './bed.js';
import type { Contender } from './contenders/contender.js';
import { QUERIES } from './retail/queries.js';
import type { GatewayBenchSettings } from './settings.js';

export interface SoakOptions extends GatewayBenchSettings {
  readonly tell: BenchOptions['tell'];
}

const SLICE_MS = 10_000;
/** Documents that no cache has seen, in each slice: whatever remembers operations must also forget them. */
const NEW_DOCUMENTS = 200;

/** Memory over time: the same load for minutes, among it documents that come once. Flat means that the last quarter is no more than the second. */
export async function soak(
  bed: TestBed,
  contenders: readonly Contender[],
  { connections, soakMinutes = 10, tell }: SoakOptions,
): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const contender of contenders) {
    const running = await bed.start(contender);
    const memory: number[] = [];
    try {
      const slices = Math.max(8, Math.round((soakMinutes * 60_000) / SLICE_MS));
      for (let slice = 0; slice < slices; slice++) {
        const bodies = [...QUERIES.map(({ body }) => body), ...newDocuments(slice)];
        const load = await bed.load(running, {
          bodies,
          connections,
          warmUpMs: 0,
          warmUpRequests: 0,
          measuredMs: SLICE_MS,
        });
        if (load.wrong > 0) throw new Error(`${load.wrong} of ${load.finished} answers were wrong`);
        memory.push(load.residentMiB);
        tell(
          `${contender.name}, ${((slice + 1) * SLICE_MS) / 1000} s: ${load.residentMiB.toFixed(1)} MiB, ${load.finished} requests`,
        );
      }
    } finally {
      await running.stop();
    }
    const quarter = Math.floor(memory.length / 4);
    const second = figureOf(
      `${contender.name}, resident memory, second quarter`,
      'MiB',
      memory.slice(quarter, 2 * quarter),
    );
    const last = figureOf(`${contender.name}, resident memory, last quarter`, 'MiB', memory.slice(-quarter));
    figures.push(second, last, ratioOf(`${contender.name}, last quarter : second quarter`, last, second));
  }
  return figures;
}

function newDocuments(slice: number): string[] {
  return Array.from({ length: NEW_DOCUMENTS }, (_, index) =>
    JSON.stringify({
      query: `query Slice${slice}Number${index} { topProducts(first: ${1 + (index % 9)}) { name upc } }`,
    }),
  );
}
