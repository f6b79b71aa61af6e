import { loadavg } from 'node:os';
import { isDeepStrictEqual } from 'node:util';
import type { Bench, BenchOptions, Figure } from '../report.js';
import { askOnce, createTestBed, type RunningGateway, type TestBed } from './bed.js';
import { CONTENDERS } from './contenders/all.js';
import type { Contender } from './contenders/contender.js';
import { figuresOf, tableOf, type Measurement } from './figures.js';
import { describePinning } from './pinned.js';
import { QUERIES, type BenchQuery } from './retail/queries.js';
import { readSettings, type GatewayBenchSettings } from './settings.js';
import { soak } from './soak.js';

/** Our gateway and the others that people use, over the same four subgraphs, in alternating rounds. */
export const gateway: Bench = async (options) => {
  const settings = readSettings(
    process.argv.slice(2),
    CONTENDERS.map(({ key }) => key),
  );
  const contenders = await preparedContenders(options, settings);
  options.tell(`${describePinning()}; load of the machine at the start ${loadOfMachine()}.`);
  const bed = await createTestBed(options.root);
  try {
    if (settings.soakMinutes !== undefined) return await soak(bed, contenders, { ...settings, tell: options.tell });
    return await compare(bed, contenders, options, settings);
  } finally {
    await bed.close();
  }
};

/** Those that were asked for and can take part. */
async function preparedContenders({ root, tell }: BenchOptions, { only }: GatewayBenchSettings): Promise<Contender[]> {
  const prepared: Contender[] = [];
  for (const contender of CONTENDERS) {
    if (only.length > 0 && !only.includes(contender.key)) continue;
    const problem = await contender.prepare?.(root, tell);
    if (problem === undefined) prepared.push(contender);
    else tell(`${contender.name} does not take part: ${problem}.`);
  }
  return prepared;
}

async function compare(
  bed: TestBed,
  contenders: readonly Contender[],
  { rounds, tell }: BenchOptions,
  settings: GatewayBenchSettings,
): Promise<Figure[]> {
  const expected = await answersOf(bed, CONTENDERS[0]);
  const measurements: Measurement[] = [];
  for (let round = 1; round <= rounds; round++) {
    for (const contender of contenders) {
      const nodeOptions = settings.profiles === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${settings.profiles}`];
      try {
        const running = await bed.start(contender, nodeOptions);
        try {
          for (const query of QUERIES) {
            const measurement = await measure(bed, running, { contender, query, expected, settings });
            measurements.push(measurement);
            tell(describe(round, measurement));
          }
        } finally {
          await running.stop();
        }
      } catch (thrown) {
        tell(
          `round ${round}, ${contender.name}: left out, ${thrown instanceof Error ? thrown.message : String(thrown)}`,
        );
      }
    }
  }
  tell(`\n${tableOf(measurements, CONTENDERS[0].name)}\n`);
  tell(`Load of the machine at the end ${loadOfMachine()}.`);
  return figuresOf(measurements, CONTENDERS[0].name);
}

type Answers = ReadonlyMap<BenchQuery['name'], unknown>;

/** What everybody must answer. */
async function answersOf(bed: TestBed, contender: Contender): Promise<Answers> {
  const running = await bed.start(contender);
  const answers = new Map<BenchQuery['name'], unknown>();
  try {
    for (const { body, name } of QUERIES) answers.set(name, (await askOnce(running.url, body)).body);
  } finally {
    await running.stop();
  }
  return answers;
}

interface MeasureOptions {
  readonly contender: Contender;
  readonly query: BenchQuery;
  readonly expected: Answers;
  readonly settings: GatewayBenchSettings;
}

/** On a busy machine it is the requests that warm up, not the time. */
const WARM_UP = { warmUpMs: 3000, warmUpRequests: 300 };

async function measure(
  bed: TestBed,
  running: RunningGateway,
  { contender, expected, query, settings }: MeasureOptions,
): Promise<Measurement> {
  const { body } = await askOnce(running.url, query.body);
  if (!isDeepStrictEqual(body, expected.get(query.name))) {
    throw new Error(
      `its answer to the ${query.name} query is not that of ${CONTENDERS[0].name}: ${differenceOf(body)}`,
    );
  }
  // Alone, and not for the first time.
  await bed.takeTraffic();
  await askOnce(running.url, query.body);
  const alone = await bed.takeTraffic();
  const load = await bed.load(running, {
    bodies: [query.body],
    connections: settings.connections,
    ...WARM_UP,
    measuredMs: settings.seconds * 1000,
  });
  if (load.wrong > 0)
    throw new Error(`${load.wrong} of ${load.finished} answers to the ${query.name} query were wrong`);
  return { contender: contender.name, query: query.name, alone, load };
}

/** The start of an answer, for whoever looks for the reason: the data is invented. */
function differenceOf(answer: unknown): string {
  return JSON.stringify(answer).slice(0, 300);
}

function describe(round: number, { alone, contender, load, query }: Measurement): string {
  const { elapsedMs, finished, processorMs, p99Ms, residentMiB, traffic } = load;
  return (
    `round ${round}, ${contender}, ${query}: ${(processorMs / finished).toFixed(3)} ms CPU, ` +
    `${((finished / elapsedMs) * 1000).toFixed(0)} requests/s, p99 ${p99Ms.toFixed(0)} ms, ` +
    `core ${((processorMs / elapsedMs) * 100).toFixed(0)} %, ${residentMiB.toFixed(0)} MiB, ` +
    `${alone.calls} calls (${(traffic.calls / finished).toFixed(2)} under load), ${alone.bytesSent} bytes sent`
  );
}

function loadOfMachine(): string {
  return loadavg()
    .map((value) => value.toFixed(1))
    .join(' ');
}
