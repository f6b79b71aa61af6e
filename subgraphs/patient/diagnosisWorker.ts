import { Refusal, toRefusal } from '../../enclave/refusals.js';
import type { Caller } from '../../runtime/caller.js';
import type { Log } from '../../runtime/log.js';
import { audited } from './audit.js';
import { cancelReport, enterObservation } from './diagnosticReport.js';
import { type ClaimedTask, claimTask, completeTask, failTask, returnTask, retryTask, voidLeases } from './queue.js';
import type { Observation } from './record.js';
import type { Store } from './store.js';

/** What the provider answered about one image, verified. */
export interface Interpretation {
  readonly observation: Observation;
  /** jti of the attestation result of the enclave that made it. */
  readonly attestationResult: string;
}

/** Asks the diagnosis provider. @throws Refusal */
export type Interpret = (imagingStudyId: string, signal: AbortSignal) => Promise<Interpretation>;

export interface DiagnosisOptions {
  readonly interpret: Interpret;
  /** Studies that are interpreted at the same time. */
  readonly concurrency: number;
  /** Tries, the first included; then the report is cancelled. */
  readonly attempts: number;
  /** How long one try may take; its lease is longer. */
  readonly deadlineMs: number;
  /** How often the queue is looked at when nobody wakes the worker. */
  readonly pollMs: number;
  /** Before the second try; doubled for each further one. */
  readonly backoffMs: number;
  readonly log: Log;
}

export interface DiagnosisWorker {
  /** There may be a new task. */
  wake(): void;
  /** Ends what is in progress, which goes back into the queue. */
  close(): Promise<void>;
}

const LONGEST_BACKOFF_MS = 30_000;
/** The lease outlasts the deadline by the time that it takes to write the result. */
const LEASE_MARGIN_MS = 15_000;

/** Under this name the worker acts in the audit trail: the enclave of this process. */
const SELF: Caller = { kind: 'enclave', id: 'patient', roles: [], scopes: [], channel: 'attested' };

/** Works through the queue until it is closed. */
export async function startDiagnosisWorker(store: Store, options: DiagnosisOptions): Promise<DiagnosisWorker> {
  const { concurrency, pollMs, log } = options;
  const ending = new AbortController();
  const inProgress = new Set<Promise<void>>();
  if (store.db.exclusive) await voidLeases(store.db);

  let asleep: () => void = () => undefined;
  const wake = () => asleep();
  const sleep = async () =>
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, pollMs);
      asleep = () => {
        clearTimeout(timer);
        resolve();
      };
    });

  /** Starts tasks while there are some and there is room. */
  const fill = async () => {
    while (inProgress.size < concurrency && !ending.signal.aborted) {
      const task = await claimTask(store.db, store.now(), options.deadlineMs + LEASE_MARGIN_MS);
      if (!task) return;
      const work = runTask(store, task, options, ending.signal)
        .catch((error: unknown) => log.error({ error }, 'A diagnosis could not be entered; its task is tried again.'))
        .finally(() => {
          inProgress.delete(work);
          wake();
        });
      inProgress.add(work);
    }
  };

  const loop = async () => {
    while (!ending.signal.aborted) {
      const sleeping = sleep();
      await fill().catch((error: unknown) => log.error({ error }, 'The queue of diagnoses could not be read.'));
      await sleeping;
    }
  };
  const running = loop();
  return {
    wake,
    close: async () => {
      ending.abort();
      wake();
      await running;
      await Promise.all(inProgress);
    },
  };
}

async function runTask(store: Store, task: ClaimedTask, options: DiagnosisOptions, ending: AbortSignal): Promise<void> {
  const { attempts, backoffMs, deadlineMs, interpret, log } = options;
  if (task.attempt > attempts) {
    await giveUp(store, task, new Refusal('TIMEOUT', `The work was cut short ${attempts} times.`));
    return;
  }
  const deadline = AbortSignal.timeout(deadlineMs);
  const answer = await interpret(task.imagingStudyId, AbortSignal.any([ending, deadline])).catch((thrown: unknown) =>
    deadline.aborted ? new Refusal('TIMEOUT', `There was no answer within ${deadlineMs} ms.`) : toRefusal(thrown),
  );
  if (!(answer instanceof Refusal)) {
    await enter(store, task, answer);
    return;
  }
  if (ending.aborted) {
    await returnTask(store.db, task);
    return;
  }
  log.warn({ code: answer.code, attempt: task.attempt, error: answer }, 'A diagnosis was refused.');
  if (!answer.definition.retryable || task.attempt >= attempts) await giveUp(store, task, answer);
  else
    await retryTask(
      store.db,
      task,
      failureOf(answer),
      new Date(store.now().getTime() + backoff(task.attempt, backoffMs)),
    );
}

async function enter(
  store: Store,
  task: ClaimedTask,
  { observation, attestationResult }: Interpretation,
): Promise<void> {
  const agent: Caller = { ...SELF, attestationResult };
  await audited(
    store,
    agent,
    { action: 'UPDATE', operation: 'DiagnosticReport.preliminary' },
    async (transaction, event) => {
      event.about(task.patientId, `DiagnosticReport/${task.reportId}`, `ImagingStudy/${task.imagingStudyId}`);
      if (!(await completeTask(transaction, task))) throw leaseLost();
      if (!(await enterObservation(store, transaction, { reportId: task.reportId, observation }))) {
        throw new Refusal('CONFLICT', 'The report was closed before its observation came.');
      }
    },
  );
}

/** The refusal goes into the task and the audit trail, and staff are told. */
async function giveUp(store: Store, task: ClaimedTask, refusal: Refusal): Promise<void> {
  await audited(store, SELF, { action: 'UPDATE', operation: 'DiagnosticReport.cancel' }, async (transaction, event) => {
    event.about(task.patientId, `DiagnosticReport/${task.reportId}`, `ImagingStudy/${task.imagingStudyId}`);
    event.refused(refusal.code);
    if (!(await failTask(transaction, task, failureOf(refusal)))) throw leaseLost();
    await cancelReport(store, transaction, task.reportId);
  });
}

function leaseLost(): Refusal {
  return new Refusal('CONFLICT', 'The lease of the task ran out, and another worker has it.');
}

function failureOf({ code, message }: Refusal): { code: string; reason: string } {
  return { code, reason: message };
}

function backoff(attempt: number, firstMs: number): number {
  return Math.min(firstMs * 2 ** (attempt - 1), LONGEST_BACKOFF_MS);
}
