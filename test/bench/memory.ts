import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { demonstrationImages, signedInClient } from './client.js';
import { startSystem, type RunningTestSystem } from '../e2e/support/system.js';
import { figureOf, type BenchOptions, type Figure } from './report.js';

const DIAGNOSES = 5;

/** Resident memory of each process: when the table shows, and after a few diagnoses. */
export async function memory({ root, rounds, tell }: BenchOptions): Promise<Figure[]> {
  const idle = new Map<string, number[]>();
  const used = new Map<string, number[]>();
  for (let round = 1; round <= rounds; round++) {
    const system = await startSystem({ root });
    try {
      record(idle, system);
      const client = await signedInClient(system);
      const patient = await client.syntheticPatient();
      const images = await demonstrationImages(root);
      for (let count = 0; count < DIAGNOSES; count++) {
        const image = images[count % images.length];
        if (image === undefined) throw new Error('there is no demonstration image');
        const report = await client.requestDiagnosis(await client.sendImage(patient, image));
        await client.waitForObservation(report, { timeoutMs: 60_000, onProgress: () => undefined });
      }
      record(used, system);
    } finally {
      await system.stop();
    }
    tell(
      `round ${round}: all processes ${idle.get('all')?.at(-1)?.toFixed(0)} MiB, after ${DIAGNOSES} diagnoses ${used.get('all')?.at(-1)?.toFixed(0)} MiB`,
    );
  }
  const figures = (label: string, values: Map<string, number[]>): Figure[] =>
    [...values].map(([name, measured]) => figureOf(`${name}, ${label}`, 'MiB', measured));
  return [...figures('started', idle), ...figures(`after ${DIAGNOSES} diagnoses`, used)];
}

/** Adds the resident memory of the launcher and of its children, by the name of their log. */
function record(values: Map<string, number[]>, system: RunningTestSystem): void {
  let all = 0;
  const add = (name: string, mebibytes: number): void =>
    void values.set(name, [...(values.get(name) ?? []), mebibytes]);
  for (const { command, mebibytes, pid, ppid } of processes()) {
    if (pid !== system.process.pid && ppid !== system.process.pid) continue;
    all += mebibytes;
    add(pid === system.process.pid ? 'launcher' : nameOf(command), mebibytes);
  }
  add('all', all);
}

function processes(): { pid: number; ppid: number; mebibytes: number; command: string }[] {
  const lines = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,rss=,args='], { encoding: 'utf8' }).trim().split('\n');
  return lines.map((line) => {
    const [, pid, ppid, kibibytes, command] = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [];
    return {
      pid: Number(pid),
      ppid: Number(ppid),
      mebibytes: residentOf(Number(pid), Number(kibibytes)) / 1024,
      command: command ?? '',
    };
  });
}

/** What is shared between processes counts once in proportional memory, where the system tells it. */
function residentOf(pid: number, kibibytes: number): number {
  try {
    return Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1] ?? kibibytes);
  } catch {
    return kibibytes;
  }
}

/** dist/subgraphs/patient/index.js -> patient */
function nameOf(command: string): string {
  const path = /dist\/(.*)\/index\.js/.exec(command)?.[1] ?? command;
  return path.split('/').slice(-2).join('/');
}
