import { type Transferable, Worker } from 'node:worker_threads';
import { Refusal, type RefusalCode } from '../enclave/refusals.js';
import type { WorkerMessage } from './workerThread.js';

export interface WorkerPoolOptions {
  /** The compiled module that calls `serveJobs`. */
  readonly script: URL;
  /** Threads. */
  readonly size: number;
  /** Jobs that may wait for a thread; one more is refused with BUSY. */
  readonly queueLength: number;
  /** From when a job is handed in until it is refused with TIMEOUT; a thread that still works on it is stopped. */
  readonly deadlineMs: number;
  /** JavaScript heap of each thread, MiB. Buffers are not in it: what they hold, the job has to bound. */
  readonly memoryMb: number;
  /** The code of the refusal when a thread dies over a job. */
  readonly crashCode: RefusalCode;
  /** What each thread finds in `workerData`. */
  readonly data?: unknown;
  /** Node options of each thread; tests run threads from TypeScript with them. */
  readonly execArgv?: readonly string[];
}

export interface WorkerPool<Job, Answer> {
  /** Resolves when every thread has said that it is ready; rejects when one cannot start. */
  readonly ready: Promise<void>;
  /**
   * @param options.transfer buffers of the job that are moved instead of copied
   * @param options.signal takes a job that still waits out of the queue
   * @throws Refusal BUSY, TIMEOUT, `crashCode`, or what the thread refused with
   */
  readonly run: (job: Job, options?: RunOptions) => Promise<Answer>;
  /** `ready`: threads that have started; the others are being replaced. */
  readonly load: () => { readonly ready: number; readonly running: number; readonly waiting: number };
  /** Refuses all jobs and stops all threads. */
  readonly close: () => Promise<void>;
}

interface RunOptions {
  readonly transfer?: readonly Transferable[];
  readonly signal?: AbortSignal | undefined;
}

interface Task<Job, Answer> {
  readonly job: Job;
  readonly transfer: readonly Transferable[];
  readonly answer: (answer: Answer) => void;
  readonly refuse: (reason: Refusal) => void;
}

/** One of the pool's places: a thread, and the job that it does. */
interface Seat<Job, Answer> {
  worker: Worker;
  ready: boolean;
  task: Task<Job, Answer> | undefined;
}

/** How long a place stays empty after a thread that could not even start. */
const RESTART_DELAY_MS = 1000;

/**
 * A fixed number of worker threads behind a bounded queue, first come, first served. Each job has one deadline that
 * covers waiting and work. A thread that dies, or works past a deadline, is replaced; only its own job fails.
 */
export function createWorkerPool<Job, Answer>(options: WorkerPoolOptions): WorkerPool<Job, Answer> {
  const waiting: Task<Job, Answer>[] = [];
  const seats: Seat<Job, Answer>[] = [];
  let closed = false;
  let onReady: () => void = () => undefined;
  let onStartFailed: (cause: Error) => void = () => undefined;
  const ready = new Promise<void>((resolve, reject) => ([onReady, onStartFailed] = [resolve, reject]));
  ready.catch(() => undefined); // who awaits it hears of it, and nobody has to

  for (let index = 0; index < options.size; index++) {
    const seat: Seat<Job, Answer> = { worker: hire(options), ready: false, task: undefined };
    seats.push(seat);
    attend(seat);
  }

  function attend(seat: Seat<Job, Answer>): void {
    const { worker } = seat;
    const gone = (cause: Error): void => {
      if (seat.worker === worker && !closed) replace(seat, cause);
    };
    worker.on('message', (message: WorkerMessage<Answer>) => {
      if (seat.worker === worker) hear(seat, message);
    });
    worker.on('error', gone);
    worker.on('exit', (exitCode) => gone(new Error(`The thread ended with exit code ${exitCode}.`)));
  }

  function hear(seat: Seat<Job, Answer>, message: WorkerMessage<Answer>): void {
    if (message.kind === 'ready') {
      seat.ready = true;
      if (seats.every((each) => each.ready)) onReady();
    } else {
      const { task } = seat;
      seat.task = undefined;
      if (message.kind === 'answer') task?.answer(message.answer);
      else task?.refuse(new Refusal(message.code, message.message));
    }
    assign();
  }

  function replace(seat: Seat<Job, Answer>, cause: Error): void {
    const { worker, task, ready: couldStart } = seat;
    const start = (): void => {
      if (closed) return;
      seat.worker = hire(options);
      attend(seat);
    };
    worker.removeAllListeners();
    worker.on('error', () => undefined); // it is given up; what it still says is of no interest
    void worker.terminate();
    seat.ready = false;
    seat.task = undefined;
    task?.refuse(new Refusal(options.crashCode, 'The worker thread ended over this job.', { cause }));
    if (couldStart) {
      start();
      return;
    }
    onStartFailed(cause);
    setTimeout(start, RESTART_DELAY_MS).unref();
  }

  function assign(): void {
    for (const seat of seats) {
      if (!isIdle(seat)) continue;
      const task = waiting.shift();
      if (task === undefined) return;
      seat.task = task;
      seat.worker.postMessage(task.job, task.transfer);
    }
  }

  /** Takes a job out of the queue, or its thread out of work, and refuses it. */
  function giveUp(task: Task<Job, Answer>, refusal: Refusal): void {
    task.refuse(refusal);
    const place = waiting.indexOf(task);
    if (place >= 0) waiting.splice(place, 1);
    const seat = seats.find((each) => each.task === task);
    if (seat) replace(seat, refusal);
  }

  return {
    ready,
    load: () => ({
      ready: seats.filter((seat) => seat.ready).length,
      running: seats.filter((seat) => seat.task !== undefined).length,
      waiting: waiting.length,
    }),

    async run(job, { transfer = [], signal } = {}) {
      if (closed) throw shuttingDown();
      if (waiting.length >= options.queueLength && !seats.some(isIdle))
        throw new Refusal('BUSY', `${waiting.length} jobs wait already; that is the limit.`);
      let timer: NodeJS.Timeout | undefined;
      let withdraw: () => void = () => undefined;
      try {
        return await new Promise<Answer>((answer, refuse) => {
          const task: Task<Job, Answer> = { job, transfer, answer, refuse };
          const late = new Refusal('TIMEOUT', `Not done within ${options.deadlineMs} ms.`);
          timer = setTimeout(() => giveUp(task, late), options.deadlineMs);
          withdraw = () => {
            if (waiting.includes(task)) giveUp(task, new Refusal('TIMEOUT', 'The caller did not wait for the answer.'));
          };
          signal?.addEventListener('abort', withdraw);
          waiting.push(task);
          assign();
        });
      } finally {
        clearTimeout(timer);
        signal?.removeEventListener('abort', withdraw);
      }
    },

    async close() {
      closed = true;
      const tasks = [...waiting.splice(0), ...seats.flatMap(({ task }) => (task === undefined ? [] : [task]))];
      for (const task of tasks) task.refuse(shuttingDown());
      await Promise.all(seats.map((seat) => seat.worker.terminate()));
    },
  };
}

const isIdle = (seat: { readonly ready: boolean; readonly task: unknown }): boolean =>
  seat.ready && seat.task === undefined;

const shuttingDown = (): Refusal => new Refusal('BUSY', 'The service is shutting down.');

/** A thread without the process's environment: what it works on is hostile. */
function hire({ script, data, memoryMb, execArgv }: WorkerPoolOptions): Worker {
  return new Worker(script, {
    workerData: data,
    env: {},
    resourceLimits: { maxOldGenerationSizeMb: memoryMb },
    ...(execArgv === undefined ? {} : { execArgv: [...execArgv] }),
  });
}
