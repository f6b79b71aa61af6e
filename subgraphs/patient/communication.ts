import { Refusal } from '../../enclave/refusals.js';
import type { Caller } from '../../runtime/caller.js';
import { audited } from './audit.js';
import { notFound, parseId } from './input.js';
import { parseFirst } from './pages.js';
import type { Communication } from './record.js';
import type { Store } from './store.js';
import { selectCommunication, selectCommunications, updateAcknowledged } from './storeCommunications.js';

/** Roles that may sign reports, and so are told of them. */
export const CLINICIANS = ['clinician', 'radiologist'] as const;

const BOUNDS = { usual: 20, most: 100 };

/** Notices to the caller's roles. They hold no health data, so reading them is not in the audit trail; their reports are. */
export async function listCommunications(
  { db }: Store,
  caller: Caller,
  { acknowledged, first }: { acknowledged?: boolean | null; first?: number | null },
): Promise<Communication[]> {
  return await selectCommunications(db, {
    roles: caller.roles,
    acknowledged: acknowledged ?? undefined,
    first: parseFirst(first, BOUNDS),
  });
}

/** One notice to the caller's roles; undefined where there is none. */
export async function readCommunication({ db }: Store, caller: Caller, id: string): Promise<Communication | undefined> {
  return await selectCommunication(db, parseId('Communication', id), caller.roles);
}

/**
 * The first who acknowledges acts on it; doing it twice changes nothing.
 *
 * @throws Refusal NOT_FOUND, also for notices to others; CONFLICT where somebody else has acknowledged it.
 */
export async function acknowledgeCommunication(store: Store, caller: Caller, id: string): Promise<Communication> {
  return await audited(
    store,
    caller,
    { action: 'UPDATE', operation: 'Communication.acknowledge' },
    async (transaction, event) => {
      const communicationId = parseId('Communication', id);
      event.about(undefined, `Communication/${communicationId}`);
      const notice = await selectCommunication(transaction, communicationId, caller.roles);
      if (!notice) throw notFound('Communication');
      if (notice.acknowledgedBy === caller.id) return notice;
      const acknowledged = await updateAcknowledged(transaction, communicationId, caller.id, store.now());
      if (!acknowledged) throw new Refusal('CONFLICT', 'Somebody else has acknowledged this notice.');
      return acknowledged;
    },
  );
}
