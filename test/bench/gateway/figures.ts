import { figureOf, ratioOf, type Figure } from '../report.js';
import type { MeasuredLoad } from './bed.js';
import type { BenchQuery } from './retail/queries.js';
import type { Traffic } from './retail/serve.js';

/** One contender, one query, one round. */
export interface Measurement {
  readonly contender: string;
  readonly query: BenchQuery['name'];
  /** What one request alone sends to subgraphs. */
  readonly alone: Traffic;
  readonly load: MeasuredLoad;
}

interface Kind {
  readonly name: string;
  readonly unit: Figure['unit'];
  readonly valueOf: (measurement: Measurement) => number;
}

/** The first is the one to compare: processor time does not depend on who else uses the machine as much as time does. */
const KINDS: readonly [Kind, ...Kind[]] = [
  { name: 'CPU per request', unit: 'ms', valueOf: ({ load }) => load.processorMs / load.finished },
  { name: 'requests', unit: '1/s', valueOf: ({ load }) => (load.finished / load.elapsedMs) * 1000 },
  { name: 'p50', unit: 'ms', valueOf: ({ load }) => load.p50Ms },
  { name: 'p99', unit: 'ms', valueOf: ({ load }) => load.p99Ms },
  { name: 'resident memory', unit: 'MiB', valueOf: ({ load }) => load.residentMiB },
  { name: 'calls to subgraphs, alone', unit: 'calls', valueOf: ({ alone }) => alone.calls },
  { name: 'calls to subgraphs, under load', unit: 'calls', valueOf: ({ load }) => load.traffic.calls / load.finished },
  { name: 'bytes to subgraphs', unit: 'bytes', valueOf: ({ alone }) => alone.bytesSent },
  { name: 'bytes from subgraphs', unit: 'bytes', valueOf: ({ alone }) => alone.bytesReceived },
];

/** By query and kind, so that what is to be compared stands together; ratios to the baseline follow the first kind. */
export function figuresOf(measurements: readonly Measurement[], baseline: string): Figure[] {
  const figures: Figure[] = [];
  for (const query of distinct(measurements.map((each) => each.query))) {
    const ofQuery = measurements.filter((each) => each.query === query);
    const contenders = distinct(ofQuery.map(({ contender }) => contender));
    for (const kind of KINDS) {
      const ofKind = new Map(contenders.map((contender) => [contender, figure(ofQuery, { query, kind, contender })]));
      figures.push(...ofKind.values());
      const base = ofKind.get(baseline);
      if (kind !== KINDS[0] || base === undefined) continue;
      for (const [contender, each] of ofKind) {
        if (contender !== baseline)
          figures.push(ratioOf(`${query}, ${kind.name}, ${baseline} : ${contender}`, base, each));
      }
    }
  }
  return figures;
}

/** The medians side by side. */
export function tableOf(measurements: readonly Measurement[], baseline: string): string {
  const head = [
    '',
    ...KINDS.map(({ name, unit }) => (unit === 'ms' || unit === 'MiB' ? `${name}, ${unit}` : name)),
    'ratio',
  ];
  const rows: string[][] = [];
  for (const query of distinct(measurements.map((each) => each.query))) {
    const ofQuery = measurements.filter((each) => each.query === query);
    const median = (contender: string, kind: Kind): number => figure(ofQuery, { query, kind, contender }).median;
    for (const contender of distinct(ofQuery.map((each) => each.contender))) {
      const ratio = median(baseline, KINDS[0]) / median(contender, KINDS[0]);
      const medians = KINDS.map((kind) => String(median(contender, kind)));
      rows.push([`${query}, ${contender}`, ...medians, Number.isNaN(ratio) ? '' : `${ratio.toFixed(1)}x`]);
    }
  }
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  return [head, ...rows]
    .map((row) =>
      row
        .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
        .join('  '),
    )
    .join('\n');
}

function figure(
  measurements: readonly Measurement[],
  { contender, kind, query }: { readonly query: string; readonly kind: Kind; readonly contender: string },
): Figure {
  const values = measurements.filter((each) => each.contender === contender).map(kind.valueOf);
  return figureOf(`${query}, ${kind.name}, ${contender}`, kind.unit, values);
}

function distinct<Value>(values: readonly Value[]): Value[] {
  return [...new Set(values)];
}
