import { type RefusalCode, toRefusal } from '../../enclave/refusals.js';
import type { Caller } from '../../runtime/caller.js';
import type { Queryable } from '../../runtime/database/db.js';
import { parseId } from './input.js';
import type { Connection, Page } from './pages.js';
import type { AuditAction, AuditEvent } from './record.js';
import type { Store } from './store.js';
import { insertAuditEvent, selectAuditEvents } from './storeAudit.js';

/** What is done, for the trail. */
export interface AuditedOperation {
  readonly action: AuditAction;
  /** For instance Patient.read. */
  readonly operation: string;
}

/** Collects what an access turned out to be about. */
export interface AuditSubject {
  about(patientId: string | undefined, ...entities: string[]): void;
  /** The work records that something was refused, by this code. */
  refused(code: RefusalCode): void;
}

/** What is done, for the trail. */
export interface AuditedOperation {
  readonly action: AuditAction;
  /** For instance Patient.read. */
  readonly operation: string;
}

/**
 * Does `work` in a transaction and records it in the same one: an access and its trace commit together, or neither does.
 * Where `work` throws, its changes are rolled back and the refusal is recorded in a transaction of its own.
 */
export async function audited<Result>(
  store: Store,
  caller: Caller,
  operation: AuditedOperation,
  work: (transaction: Queryable, event: AuditSubject) => Promise<Result>,
): Promise<Result> {
  const patients = new Set<string>();
  const entities = new Set<string>();
  let refusedBy: RefusalCode | undefined;
  const event: AuditSubject = {
    about: (patientId, ...references) => {
      if (patientId !== undefined) patients.add(patientId);
      for (const reference of references) entities.add(reference);
    },
    refused: (code) => (refusedBy = code),
  };
  const subject = () => ({
    entities: [...entities],
    // Several patients are all among the entities; the column names the one where there is one.
    patientId: patients.size === 1 ? ([...patients][0] ?? null) : null,
  });
  try {
    return await store.db.transaction(async (transaction) => {
      const result = await work(transaction, event);
      const outcome = {
        outcome: refusedBy ? ('REFUSED' as const) : ('SUCCESS' as const),
        outcomeCode: refusedBy ?? null,
      };
      await insertAuditEvent(transaction, {
        ...operation,
        ...agentOf(caller),
        ...subject(),
        ...outcome,
        recorded: store.now(),
      });
      return result;
    });
  } catch (thrown) {
    await recordRefusal(store, caller, operation, { thrown, ...subject() });
    throw thrown;
  }
}

/** Records what was refused before anything was read or changed. */
export async function recordRefusal(
  { db, now }: Store,
  caller: Caller,
  operation: AuditedOperation,
  refused: { thrown: unknown; entities?: readonly string[]; patientId?: string | null },
): Promise<void> {
  const { thrown, entities = [], patientId = null } = refused;
  const { code, definition } = toRefusal(thrown);
  const outcome = definition.kind === 'fault' ? 'FAILURE' : 'REFUSED';
  await insertAuditEvent(db, {
    ...operation,
    ...agentOf(caller),
    entities,
    patientId,
    outcome,
    outcomeCode: code,
    recorded: now(),
  });
}

function agentOf({
  kind,
  id,
  roles,
  attestationResult,
}: Caller): Pick<AuditEvent, 'agent' | 'roles' | 'attestationResult'> {
  return {
    agent: kind === 'anonymous' ? 'anonymous' : id,
    roles: kind === 'enclave' ? ['enclave'] : roles,
    attestationResult: attestationResult ?? null,
  };
}

/** The audit trail itself is read here; that, too, is recorded. */
export async function readAuditTrail(
  store: Store,
  caller: Caller,
  { patientId, page }: { patientId: string | null | undefined; page: Page },
): Promise<Connection<AuditEvent>> {
  return await audited(store, caller, { action: 'READ', operation: 'AuditEvent.read' }, async (transaction, event) => {
    if (patientId === null || patientId === undefined) return await selectAuditEvents(transaction, page, undefined);
    const id = parseId('Patient', patientId);
    event.about(id, `Patient/${id}`);
    return await selectAuditEvents(transaction, page, id);
  });
}
