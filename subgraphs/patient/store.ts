import { Refusal } from '../../enclave/refusals.js';
import type { Db } from '../../runtime/database/db.js';
import { migrate } from '../../runtime/database/migrations.js';
import { MIGRATIONS } from './migrations.js';
import type { Sealer } from './sealer.js';

/** What the files `store*.ts` and the domain work with. */
export interface Store {
  readonly db: Db;
  readonly sealer: Sealer;
  readonly now: () => Date;
}

/** @throws Refusal CONFIGURATION_INVALID where the schema is not ours, or the key is not the one that sealed this store. */
export async function openStore(store: Store): Promise<Store> {
  await migrate(store.db, MIGRATIONS);
  await requireKey(store);
  return store;
}

async function requireKey({ db, sealer }: Store): Promise<void> {
  const place = { table: 'data_key', row: 'only', column: 'proof_sealed' };
  const [row] = await db.query<{ proof_sealed: Uint8Array }>('select proof_sealed from data_key');
  if (!row) {
    await db.query('insert into data_key (proof_sealed) values ($1)', [sealer.seal(place, new Uint8Array())]);
    return;
  }
  try {
    sealer.open(place, row.proof_sealed);
  } catch (cause) {
    throw new Refusal('CONFIGURATION_INVALID', 'The data key is not the one that this database was sealed with.', {
      cause,
    });
  }
}
