import { resolve } from 'node:path';
import { checkout } from './shared.js';

/** Node options with which worker threads and processes run our TypeScript sources. */
export const fromSources: readonly string[] = ['--import', resolve(checkout, 'test/support/typescript.mjs')];
