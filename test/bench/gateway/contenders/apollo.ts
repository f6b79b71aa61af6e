import { fileURLToPath } from 'node:url';
import type { Contender } from './contender.js';

const script = fileURLToPath(new URL('apolloProcess.js', import.meta.url));

/** Apollo Server and Gateway with their defaults, except that it does not report to its maker. */
export const apollo: Contender = {
  key: 'apollo',
  name: 'plain Apollo',
  coalesces: false,
  start: ({ nodeOptions, port, supergraphFile }) => ({
    command: [process.execPath, ...nodeOptions, script, supergraphFile, String(port), 'default'],
    env: ENVIRONMENT,
    path: '/',
  }),
};

/** The same, with its slowest part exchanged. */
export const apolloUndici: Contender = {
  key: 'apollo-undici',
  name: 'Apollo with an undici fetcher',
  coalesces: false,
  start: ({ nodeOptions, port, supergraphFile }) => ({
    command: [process.execPath, ...nodeOptions, script, supergraphFile, String(port), 'undici'],
    env: ENVIRONMENT,
    path: '/',
  }),
};

const ENVIRONMENT = { NODE_ENV: 'production', APOLLO_TELEMETRY_DISABLED: '1' };
