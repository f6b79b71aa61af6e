import { createHash } from 'node:crypto';
import { Refusal } from '../../enclave/refusals.js';
import type { Db, Queryable } from './db.js';

/** One step of a schema, forward only. Once released it never changes; a correction is another step. */
export interface Migration {
  readonly name: string;
  /** SQL, in order. */
  readonly statements: readonly string[];
}

/**
 * Brings the schema up to date: applies the migrations that are not recorded yet, in order, in one transaction.
 *
 * @throws Refusal CONFIGURATION_INVALID where a recorded migration differs from the given one, or is not given at all
 * (a newer version has used this database).
 */
export async function migrate(db: Db, migrations: readonly Migration[]): Promise<void> {
  await db.transaction(async (transaction) => {
    const recorded = await recordedMigrations(transaction);
    if (recorded.length > migrations.length) {
      throw new Refusal(
        'CONFIGURATION_INVALID',
        `The database has ${recorded.length} migrations and this version knows ${migrations.length}: a newer version has used it.`,
      );
    }
    for (const [index, migration] of migrations.entries()) {
      const checksum = checksumOf(migration);
      const earlier = recorded[index];
      if (earlier === undefined) await apply(transaction, { ordinal: index + 1, migration, checksum });
      else if (earlier.checksum !== checksum) {
        throw new Refusal(
          'CONFIGURATION_INVALID',
          `Migration ${index + 1} (${migration.name}) is not the one that this database was made with (${earlier.name}).`,
        );
      }
    }
  });
}

async function recordedMigrations(transaction: Queryable): Promise<{ name: string; checksum: string }[]> {
  await transaction.query(`
    create table if not exists schema_migration (
      ordinal integer primary key,
      name text not null,
      checksum text not null,
      applied_at timestamptz not null default now()
    )`);
  return await transaction.query<{ name: string; checksum: string }>(
    'select name, checksum from schema_migration order by ordinal',
  );
}

async function apply(
  transaction: Queryable,
  step: { ordinal: number; migration: Migration; checksum: string },
): Promise<void> {
  for (const statement of step.migration.statements) await transaction.query(statement);
  await transaction.query('insert into schema_migration (ordinal, name, checksum) values ($1, $2, $3)', [
    step.ordinal,
    step.migration.name,
    step.checksum,
  ]);
}

function checksumOf({ name, statements }: Migration): string {
  return createHash('sha256')
    .update(JSON.stringify([name, ...statements]))
    .digest('hex');
}
