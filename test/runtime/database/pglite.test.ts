import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdtempSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { DatabaseError, type Db } from '../../../runtime/database/db.js';
import { openFolderDatabase } from '../../../runtime/database/pglite.js';
import { memoryDatabase, seedFolder } from '../../support/database.js';

let seed: string;
const scratch = mkdtempSync(join(tmpdir(), 'cloister-database-'));
beforeAll(async () => {
  seed = await seedFolder();
}, 60_000);
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

describe('a database, whatever its driver', () => {
  let db: Db;
  beforeAll(async () => {
    db = await memoryDatabase();
    await db.query(
      'create table sample (id integer primary key, name text unique, bytes bytea, at timestamptz, words text[])',
    );
  }, 60_000);
  afterEach(async () => {
    await db.query('delete from sample');
  });
  afterAll(async () => await db.close());

  test('keeps bytes, instants and lists as they were', async () => {
    const bytes = new Uint8Array([0, 1, 127, 128, 255]);
    const at = new Date('2026-01-31T12:00:00.123Z');
    await db.query('insert into sample values ($1, $2, $3, $4, $5)', [
      1,
      'a',
      bytes,
      at,
      ['one', 'with "quotes", commas'],
    ]);
    const [row] = await db.query('select bytes, at, words from sample');
    expect(row).toEqual({ bytes, at, words: ['one', 'with "quotes", commas'] });
  });

  test('commits a transaction that resolves', async () => {
    const answer = await db.transaction(async (transaction) => {
      await transaction.query('insert into sample (id) values (1)');
      return 'done';
    });
    expect(answer).toBe('done');
    expect(await db.query('select id from sample')).toEqual([{ id: 1 }]);
  });

  test('rolls back a transaction that rejects, and throws what it threw', async () => {
    const work = db.transaction(async (transaction) => {
      await transaction.query('insert into sample (id) values (1)');
      throw new Error('changed my mind');
    });
    await expect(work).rejects.toThrow('changed my mind');
    expect(await db.query('select id from sample')).toEqual([]);
  });

  test('names SQLSTATE and constraint of a refused statement, and never its values', async () => {
    await db.query('insert into sample (id, name) values (1, $1)', ['Synthetic-Secret']);
    const refused = await db
      .query('insert into sample (id, name) values (2, $1)', ['Synthetic-Secret'])
      .catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(DatabaseError);
    expect(refused).toMatchObject({ sqlState: '23505', constraint: 'sample_name_key' });
    expect(
      JSON.stringify(Object.getOwnPropertyNames(refused).map((name) => (refused as Record<string, unknown>)[name])),
    ).not.toContain('Secret');
  });

  test('keeps a text that looks like SQL a text', async () => {
    await db.query('insert into sample (id, name) values (1, $1)', ["'); drop table sample; --"]);
    expect(await db.query('select name from sample')).toEqual([{ name: "'); drop table sample; --" }]);
  });
});

describe('a database on a folder', () => {
  test('keeps what was committed when it is opened again', async () => {
    const folder = join(scratch, 'kept');
    const first = await openFolderDatabase({ folder, seed });
    await first.query('create table sample (id integer)');
    await first.query('insert into sample values (7)');
    await first.close();
    const second = await openFolderDatabase({ folder, seed });
    expect(await second.query('select id from sample')).toEqual([{ id: 7 }]);
    await second.close();
    expect(existsSync(`${folder}.lock`)).toBe(false);
  });

  test('makes its cluster itself where there is no seed', async () => {
    const folder = join(scratch, 'without-seed');
    const db = await openFolderDatabase({ folder });
    expect(await db.query('select 1 as one')).toEqual([{ one: 1 }]);
    await db.close();
  }, 60_000);

  test('refuses a second instance and names the pid of the first', async () => {
    const folder = join(scratch, 'shared');
    const db = await openFolderDatabase({ folder, seed });
    await expect(openFolderDatabase({ folder, seed })).rejects.toMatchObject({
      code: 'CONFIGURATION_INVALID',
      message: `another instance (pid ${process.pid}) uses ${folder}; stop it, or give this one another folder.`,
    });
    expect(await db.query('select 1 as one')).toEqual([{ one: 1 }]);
    await db.close();
  });

  test('opens what a killed process left, with every acknowledged row', async () => {
    const folder = join(scratch, 'killed');
    cpSync(seed, folder, { recursive: true });
    const pglite = createRequire(import.meta.url).resolve('@electric-sql/pglite');
    const writer = spawn(process.execPath, [
      '-e',
      `require(${JSON.stringify(pglite)}).PGlite.create(${JSON.stringify(folder)}).then(async (db) => {
        await db.query('create table sample (id integer)');
        for (let id = 1; ; id += 1) { await db.query('insert into sample values ($1)', [id]); process.stdout.write(id + '\\n'); }
      })`,
    ]);
    let acknowledged = 0;
    writer.stdout.on('data', (lines: Buffer) => {
      acknowledged = Number(lines.toString().trim().split('\n').at(-1));
      if (acknowledged > 100) writer.kill('SIGKILL');
    });
    await once(writer, 'exit');
    const db = await openFolderDatabase({ folder });
    const [row] = await db.query<{ rows: number }>('select count(*)::integer as rows from sample');
    expect(row?.rows).toBeGreaterThanOrEqual(acknowledged);
    await db.close();
  });

  test.each([
    ['its control file is gone', (folder: string) => rmSync(join(folder, 'global/pg_control'))],
    ['its control file is cut short', (folder: string) => truncateSync(join(folder, 'global/pg_control'), 100)],
    ['its tables are gone', (folder: string) => rmSync(join(folder, 'base'), { recursive: true })],
    [
      'its write-ahead log is gone',
      (folder: string) =>
        readdirSync(join(folder, 'pg_wal')).forEach((name) =>
          rmSync(join(folder, 'pg_wal', name), { recursive: true }),
        ),
    ],
    ['its version file is gone', (folder: string) => rmSync(join(folder, 'PG_VERSION'))],
    ['another version of PostgreSQL made it', (folder: string) => writeFileSync(join(folder, 'PG_VERSION'), '17\n')],
  ])('refuses a folder in one clear sentence where %s', async (_, damage) => {
    const folder = mkdtempSync(join(scratch, 'damaged-'));
    cpSync(seed, folder, { recursive: true });
    damage(folder);
    const refused = await openFolderDatabase({ folder }).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: 'CONFIGURATION_INVALID' });
    expect((refused as Error).message).toMatch(
      /^The (database in|folder) [^ ]*damaged-.*restore it from a backup[^.]*\.$/,
    );
    expect(existsSync(`${folder}.lock`)).toBe(false);
  });
});
