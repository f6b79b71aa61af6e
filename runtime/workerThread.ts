import { parentPort, type Transferable } from 'node:worker_threads';
import { type RefusalCode, toRefusal } from '../enclave/refusals.js';

/** What a thread says to its pool (see workerPool.ts). */
export type WorkerMessage<Answer> =
  | { readonly kind: 'ready' }
  | { readonly kind: 'answer'; readonly answer: Answer }
  | { readonly kind: 'refusal'; readonly code: RefusalCode; readonly message: string };

/**
 * The whole of a worker thread: does one job after the other. A refusal goes back by code; anything else that is thrown
 * ends the thread, since its state is then unknown.
 *
 * @param transferOf buffers of the answer that are moved instead of copied.
 */
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- names what the pool sends; nothing can infer it
export function serveJobs<Job, Answer>(
  work: (job: Job) => Promise<Answer>,
  transferOf: (answer: Answer) => readonly Transferable[] = () => [],
): void {
  const port = parentPort;
  if (port === null) throw new Error('This module is the start of a worker thread.');
  const say = (message: WorkerMessage<Answer>, transfer: readonly Transferable[] = []): void =>
    port.postMessage(message, transfer);
  port.on('message', (job: Job) => {
    work(job).then(
      (answer) => say({ kind: 'answer', answer }, transferOf(answer)),
      (thrown: unknown) => {
        const { code, message } = toRefusal(thrown);
        if (code === 'INTERNAL') throw thrown;
        say({ kind: 'refusal', code, message });
      },
    );
  });
  say({ kind: 'ready' });
}
