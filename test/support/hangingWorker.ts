import { randomBytes } from 'node:crypto';
import { openFolderDatabase } from '../../runtime/database/pglite.js';
import { createSealer } from '../../subgraphs/patient/sealer.js';
import { testWorker } from './diagnosis.js';

/** A process that claims a task of the database in its argument, says so, and waits for ever: to be killed. */
const db = await openFolderDatabase({ folder: process.argv[2] ?? '' });
await testWorker({ db, sealer: createSealer(randomBytes(32)), now: () => new Date() }, async () => {
  process.stdout.write('claimed\n');
  return await new Promise(() => undefined);
});
