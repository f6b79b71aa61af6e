import type { Machine } from './machine.js';

export interface BenchOptions {
  readonly root: string;
  readonly rounds: number;
  /** Progress, for the person who waits. */
  readonly tell: (line: string) => void;
}

export type Bench = (options: BenchOptions) => Promise<Figure[]>;

/** One figure: the median of its measurements, and how far they lie apart. A ratio of two medians has the unit `ratio`. */
export interface Figure {
  readonly name: string;
  readonly unit: 'ms' | 'MiB' | '1/s' | 'calls' | 'bytes' | 'ratio';
  readonly median: number;
  readonly lowest: number;
  readonly highest: number;
  readonly measurements: number;
}

export interface BenchReport {
  readonly bench: string;
  readonly machine: Machine;
  readonly rounds: number;
  readonly figures: readonly Figure[];
}

export function figureOf(name: string, unit: Figure['unit'], values: readonly number[]): Figure {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const median = ((sorted[Math.ceil(middle) - 1] ?? NaN) + (sorted[Math.floor(middle)] ?? NaN)) / 2;
  return {
    name,
    unit,
    median: rounded(median),
    lowest: rounded(sorted[0]),
    highest: rounded(sorted.at(-1)),
    measurements: sorted.length,
  };
}

export function ratioOf(name: string, numerator: Figure, denominator: Figure): Figure {
  const ratio = rounded(numerator.median / denominator.median);
  return { name, unit: 'ratio', median: ratio, lowest: ratio, highest: ratio, measurements: numerator.measurements };
}

export function printReport(report: BenchReport, asJson: boolean): void {
  if (asJson) {
    console.log(JSON.stringify(report));
    return;
  }
  const { cores, memoryGiB, node, processor, system } = report.machine;
  console.log(`${report.bench}: medians over ${report.rounds} rounds`);
  console.log(`${processor}, ${cores} cores, ${memoryGiB} GiB, ${system}, Node ${node}`);
  const width = Math.max(...report.figures.map(({ name }) => name.length));
  for (const { highest, lowest, measurements, median, name, unit } of report.figures) {
    const spread = unit === 'ratio' ? '' : `  (${lowest} to ${highest}, ${measurements} measurements)`;
    console.log(`  ${name.padEnd(width)}  ${median}${unit === 'ratio' ? '' : ` ${unit}`}${spread}`);
  }
}

function rounded(value: number | undefined): number {
  return value === undefined ? NaN : Number(value.toPrecision(4));
}
