import { afterEach, describe, expect, test } from '@jest/globals';
import { createWorkerPool, type WorkerPool, type WorkerPoolOptions } from '../../runtime/workerPool.js';
import { refusalOf } from '../support/refusals.js';
import { fromSources } from '../support/threads.js';
import type { TrialJob } from '../support/trialWorker.js';

type Pool = WorkerPool<TrialJob, unknown>;
let pool: Pool;

async function start(options: Partial<WorkerPoolOptions> = {}): Promise<Pool> {
  pool = createWorkerPool<TrialJob, unknown>({
    script: new URL('../support/trialWorker.js', import.meta.url),
    size: 1,
    queueLength: 2,
    deadlineMs: 20_000,
    memoryMb: 32,
    crashCode: 'IMAGE_UNREADABLE',
    execArgv: fromSources,
    ...options,
  });
  await pool.ready;
  return pool;
}

afterEach(() => pool.close());

describe('a pool of worker threads', () => {
  test('gives each job its answer', async () => {
    const { run } = await start({ size: 2, queueLength: 20 });
    expect(await Promise.all(Array.from({ length: 10 }, () => run('answer')))).toEqual(Array(10).fill('done'));
  });

  test('passes a refusal on by its code and keeps the thread', async () => {
    const { run } = await start();
    expect(await refusalOf(() => run('refuse'))).toBe('IMAGE_UNSUPPORTED');
    expect(await run('answer')).toBe('done');
  });

  test('shows its threads nothing of the environment', async () => {
    const { run } = await start();
    expect(await run({ environment: true })).toEqual([]);
  });

  test('says what runs and what waits', async () => {
    const { run, load } = await start();
    const jobs = [run({ sleepMs: 50 }), run('answer')];
    expect(load()).toEqual({ ready: 1, running: 1, waiting: 1 });
    await Promise.all(jobs);
    expect(load()).toEqual({ ready: 1, running: 0, waiting: 0 });
  });
});

describe('a pool refuses', () => {
  test.each(['throw', 'exit', 'exhaust'] as const)(
    'the job over which its thread dies (%s), and the next one gets a new thread',
    async (job) => {
      const { run } = await start();
      expect(await refusalOf(() => run(job))).toBe('IMAGE_UNREADABLE');
      expect(await run('answer')).toBe('done');
    },
  );

  test('a job that hangs, at its deadline, and the next one gets a new thread', async () => {
    const { run } = await start({ deadlineMs: 3000 });
    expect(await refusalOf(() => run('hang'))).toBe('TIMEOUT');
    expect(await run('answer')).toBe('done');
  });

  test('a job that waits past its deadline, and the one before it is finished', async () => {
    const { run } = await start({ deadlineMs: 1500 });
    const first = run({ sleepMs: 1000 });
    await new Promise((wake) => setTimeout(wake, 400));
    const second = run({ sleepMs: 1400 });
    expect(await first).toBe('slept');
    expect(await refusalOf(() => second)).toBe('TIMEOUT');
  });

  test('a job more than the queue holds', async () => {
    const { run } = await start({ queueLength: 1 });
    const jobs = [run({ sleepMs: 100 }), run('answer')];
    expect(await refusalOf(() => run('answer'))).toBe('BUSY');
    expect(await Promise.all(jobs)).toEqual(['slept', 'done']);
  });

  test('a waiting job whose caller has gone, and does not do it', async () => {
    const { run, load } = await start();
    const gone = new AbortController();
    const first = run({ sleepMs: 100 });
    const second = run('exit', { signal: gone.signal });
    gone.abort();
    expect(await refusalOf(() => second)).toBe('TIMEOUT');
    expect(load().waiting).toBe(0);
    expect(await first).toBe('slept');
  });

  test('everything when it is closed', async () => {
    const { run, close } = await start();
    const jobs = [run({ sleepMs: 10_000 }), run('answer')];
    const codes = Promise.all(jobs.map((job) => refusalOf(() => job)));
    await close();
    expect(await codes).toEqual(['BUSY', 'BUSY']);
    expect(await refusalOf(() => run('answer'))).toBe('BUSY');
  });

  test('to be ready where a thread cannot start', async () => {
    await expect(start({ data: 'cannot start' })).rejects.toThrow('The model is missing.');
  });
});
