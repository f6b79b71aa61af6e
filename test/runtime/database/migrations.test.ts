import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Db } from '../../../runtime/database/db.js';
import { migrate, type Migration } from '../../../runtime/database/migrations.js';
import { memoryDatabase } from '../../support/database.js';

const first: Migration = {
  name: 'patients',
  statements: ['create table patient (id integer)', 'insert into patient values (1)'],
};
const second: Migration = { name: 'studies', statements: ['create table study (id integer)'] };

let db: Db;
beforeAll(async () => {
  db = await memoryDatabase();
}, 60_000);
beforeEach(async () => {
  await db.query('drop table if exists schema_migration, patient, study');
});
afterAll(async () => await db.close());

describe('migrations', () => {
  test('are applied in order, once, and recorded', async () => {
    await migrate(db, [first]);
    await migrate(db, [first, second]);
    await migrate(db, [first, second]);
    expect(await db.query('select * from patient')).toHaveLength(1);
    expect(await db.query('select ordinal, name from schema_migration order by ordinal')).toEqual([
      { ordinal: 1, name: 'patients' },
      { ordinal: 2, name: 'studies' },
    ]);
  });

  test('are all undone where one fails', async () => {
    await expect(migrate(db, [first, { name: 'broken', statements: ['create table'] }])).rejects.toThrow(
      'SQLSTATE 42601',
    );
    expect(await db.query("select 1 from pg_class where relname = 'patient'")).toEqual([]);
  });

  test('refuse a step that was changed after it was applied', async () => {
    await migrate(db, [first, second]);
    const changed = { ...first, statements: [...first.statements, 'insert into patient values (2)'] };
    await expect(migrate(db, [changed, second])).rejects.toMatchObject({ code: 'CONFIGURATION_INVALID' });
    expect(await db.query('select * from patient')).toHaveLength(1);
  });

  test('refuse a database that a newer version has used', async () => {
    await migrate(db, [first, second]);
    await expect(migrate(db, [first])).rejects.toThrow('a newer version has used it');
  });
});
