import { randomUUID } from 'node:crypto';
import type { Queryable } from '../../runtime/database/db.js';
import { type Connection, connectionOf, type Page } from './pages.js';
import type { AuditEvent } from './record.js';

interface AuditRow {
  readonly id: string;
  readonly sequence: string;
  readonly recorded: Date;
  readonly action: AuditEvent['action'];
  readonly operation: string;
  readonly agent: string;
  readonly roles: string[];
  readonly entities: string[];
  readonly patient_id: string | null;
  readonly outcome: AuditEvent['outcome'];
  readonly outcome_code: string | null;
  readonly attestation_result: string | null;
}

export async function insertAuditEvent(transaction: Queryable, event: Omit<AuditEvent, 'id'>): Promise<void> {
  await transaction.query(
    `insert into audit_event
       (id, recorded, action, operation, agent, roles, entities, patient_id, outcome, outcome_code, attestation_result)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
    [
      randomUUID(),
      event.recorded,
      event.action,
      event.operation,
      event.agent,
      event.roles,
      event.entities,
      event.patientId,
      event.outcome,
      event.outcomeCode,
      event.attestationResult,
    ],
  );
}

/** Newest first; with `patientId`, those about that patient, alone or among others. */
export async function selectAuditEvents(
  transaction: Queryable,
  page: Page,
  patientId: string | undefined,
): Promise<Connection<AuditEvent>> {
  const rows = await transaction.query<AuditRow>(
    `select id, sequence::text, recorded, action, operation, agent, roles, entities, patient_id, outcome, outcome_code, attestation_result
     from audit_event
     where sequence < $1 and ($3::uuid is null or patient_id = $3 or entities @> array['Patient/' || $3])
     order by audit_event.sequence desc limit $2`,
    [page.before.toString(), page.first + 1, patientId ?? null],
  );
  return connectionOf(rows, page, { sequenceOf: (row) => row.sequence, nodeOf: eventOf });
}

function eventOf(row: AuditRow): AuditEvent {
  return {
    id: row.id,
    recorded: row.recorded,
    action: row.action,
    operation: row.operation,
    agent: row.agent,
    roles: row.roles,
    entities: row.entities,
    patientId: row.patient_id,
    outcome: row.outcome,
    outcomeCode: row.outcome_code,
    attestationResult: row.attestation_result,
  };
}
