import { execFileSync } from 'node:child_process';
import type { RunningTestSystem } from './system.js';

/** The process of a running system that runs `entry`, for instance subgraphs/patient/index.js. */
export function pidOf(system: RunningTestSystem, entry: string): number {
  const lines = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,args='], { encoding: 'utf8' }).split('\n');
  for (const line of lines) {
    const [, pid, parent, args = ''] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [];
    if (Number(parent) === system.process.pid && args.endsWith(`/dist/${entry}`)) return Number(pid);
  }
  throw new Error(`No process of the system runs ${entry}.`);
}
