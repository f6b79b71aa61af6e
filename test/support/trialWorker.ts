import { workerData } from 'node:worker_threads';
import { Refusal } from '../../enclave/refusals.js';
import { serveJobs } from '../../runtime/workerThread.js';

/** A worker that misbehaves on demand, for the tests of the pool. */
if (workerData === 'cannot start') throw new Error('The model is missing.');

export type TrialJob =
  'answer' | 'refuse' | 'throw' | 'exit' | 'hang' | 'exhaust' | { sleepMs: number } | { environment: true };

serveJobs<TrialJob, unknown>(async (job) => {
  if (job === 'answer') return 'done';
  if (job === 'refuse') throw new Refusal('IMAGE_UNSUPPORTED', 'Not this one.');
  if (job === 'throw') throw new Error('a bug');
  if (job === 'exit') process.exit(3);
  if (job === 'hang') for (;;);
  if (job === 'exhaust') {
    const kept: unknown[] = [];
    for (;;) kept.push(Array.from({ length: 1000 }, (_, index) => ({ index })));
  }
  if ('environment' in job) return Object.keys(process.env);
  await new Promise((wake) => setTimeout(wake, job.sleepMs));
  return 'slept';
});
