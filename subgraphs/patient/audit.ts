import { type RefusalCode, toRefusal } from '../../enclave/refusals.js';
import type { Caller } from '../../runtime/caller.js';
import type { Queryable } from '../../runtime/database/db.js';
import { parseId } from './input.js';
import type { Connection, Page } from './pages.js';
import type { AuditAction, AuditEvent } from './record.js';
import type { Store } from './store.js';
import { insertAuditEvent, selectAuditEvents } from './storeAudit.js';

/** Collects what an access turned out to be about. */
export interface AuditSubject {
  about(patientId: string | undefined, ...entities: string[]): void;
  /** The work records that something was refused, by this code. */
  refused(code: RefusalCode): void;
}

/**
 * Does `work` in a transaction and records it in the same one: an access and its trace commit together, or neither does.
 * Where `work` throws, its changes are rolled back and the refusal is recorded in a transaction of its own.
 */
export async function audited<Result>(
  { db, now }: Store,
  caller: Caller,
  { action, operation }: { action: AuditAction; operation: string },
  work: (transaction: Queryable, event: AuditSubject) => Promise<Result>,
): Promise<Result> {
  const patients = new Set<string>();
  const entities = new Set<string>();
  let refusedBy: RefusalCode | undefined;
  const event: AuditSubject = {
    refused: (code) => (refusedBy = code),
    about: (patientId, ...references) => {
      if (patientId !== undefined) patients.add(patientId);
      for (const reference of references) entities.add(reference);
    },
  };
  const record = async (transaction: Queryable, outcome: AuditEvent['outcome'], outcomeCode: string | null) =>
    await insertAuditEvent(transaction, {
      recorded: now(),
      action,
      operation,
      agent: caller.kind === 'anonymous' ? 'anonymous' : caller.id,
      roles: caller.kind === 'enclave' ? ['enclave'] : caller.roles,
      entities: [...entities],
      // Several patients are all among the entities; the column names the one where there is one.
      patientId: patients.size === 1 ? ([...patients][0] ?? null) : null,
      outcome,
      outcomeCode,
      attestationResult: caller.attestationResult ?? null,
    });
  try {
    return await db.transaction(async (transaction) => {
      const result = await work(transaction, event);
      await record(transaction, refusedBy ? 'REFUSED' : 'SUCCESS', refusedBy ?? null);
      return result;
    });
  } catch (thrown) {
    const { code, definition } = toRefusal(thrown);
    await record(db, definition.kind === 'fault' ? 'FAILURE' : 'REFUSED', code);
    throw thrown;
  }
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
