import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Processor time of a process, all of its threads, user and system; milliseconds since it started. */
export function processorMsOf(pid: number): number {
  if (process.platform !== 'linux') return psMsOf(pid);
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The name in parentheses may hold anything, so count from behind it: utime and stime are fields 14 and 15 (proc(5)).
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * MS_PER_TICK;
}

/** Resident memory, MiB. */
export function residentMiBOf(pid: number): number {
  if (process.platform === 'linux') {
    const kibibytes = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return Number(kibibytes) / 1024;
  }
  return Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' })) / 1024;
}

/** USER_HZ, which Linux fixes at 100 for what it tells programs. */
const MS_PER_TICK = 10;

/** [[hours:]minutes:]seconds, as ps tells elsewhere. */
function psMsOf(pid: number): number {
  const parts = execFileSync('ps', ['-o', 'time=', '-p', String(pid)], { encoding: 'utf8' })
    .trim()
    .split(':');
  return parts.reduce((total, part) => total * 60 + Number(part), 0) * 1000;
}
