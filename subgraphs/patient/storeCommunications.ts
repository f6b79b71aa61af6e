import { randomUUID } from 'node:crypto';
import type { Queryable } from '../../runtime/database/db.js';
import type { Communication, CommunicationTopic } from './record.js';

interface CommunicationRow {
  readonly id: string;
  readonly topic: CommunicationTopic;
  readonly sent: Date;
  readonly diagnostic_report_id: string;
  readonly acknowledged_at: Date | null;
  readonly acknowledged_by: string | null;
}

const COLUMNS = 'id, topic, sent, diagnostic_report_id, acknowledged_at, acknowledged_by';

export async function insertCommunication(
  transaction: Queryable,
  notice: { topic: CommunicationTopic; sent: Date; recipientRoles: readonly string[]; diagnosticReportId: string },
): Promise<void> {
  await transaction.query(
    'insert into communication (id, topic, sent, recipient_roles, diagnostic_report_id) values ($1, $2, $3, $4, $5)',
    [randomUUID(), notice.topic, notice.sent, notice.recipientRoles, notice.diagnosticReportId],
  );
}

/** To any of the roles, newest first; with `acknowledged`, only those that are, or are not. */
export async function selectCommunications(
  db: Queryable,
  { roles, acknowledged, first }: { roles: readonly string[]; acknowledged: boolean | undefined; first: number },
): Promise<Communication[]> {
  const rows = await db.query<CommunicationRow>(
    `select ${COLUMNS} from communication
     where recipient_roles && $1::text[] and ($2::boolean is null or (acknowledged_at is not null) = $2)
     order by sequence desc limit $3`,
    [roles, acknowledged ?? null, first],
  );
  return rows.map(communicationOf);
}

/** One notice, where it goes to any of the roles. */
export async function selectCommunication(
  db: Queryable,
  id: string,
  roles: readonly string[],
): Promise<Communication | undefined> {
  const rows = await db.query<CommunicationRow>(
    `select ${COLUMNS} from communication where id = $1 and recipient_roles && $2::text[]`,
    [id, roles],
  );
  return rows.map(communicationOf)[0];
}

/** @returns undefined where it was acknowledged already. */
export async function updateAcknowledged(
  transaction: Queryable,
  id: string,
  by: string,
  at: Date,
): Promise<Communication | undefined> {
  const rows = await transaction.query<CommunicationRow>(
    `update communication set acknowledged_at = $2, acknowledged_by = $3 where id = $1 and acknowledged_at is null returning ${COLUMNS}`,
    [id, at, by],
  );
  return rows.map(communicationOf)[0];
}

function communicationOf(row: CommunicationRow): Communication {
  return {
    id: row.id,
    topic: row.topic,
    sent: row.sent,
    diagnosticReportId: row.diagnostic_report_id,
    acknowledgedAt: row.acknowledged_at,
    acknowledgedBy: row.acknowledged_by,
  };
}
