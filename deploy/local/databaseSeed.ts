import { rmSync } from 'node:fs';
import { initializeCluster } from '../../runtime/database/initialize.js';
import { DATABASE_SEED } from './processes.js';

// A build step: making an empty database takes seconds, and copying it to each new data folder a fraction of one.
rmSync(DATABASE_SEED, { recursive: true, force: true });
await initializeCluster(DATABASE_SEED);
