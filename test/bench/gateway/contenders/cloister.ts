import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Contender } from './contender.js';

interface CloisterOptions {
  /** After those that name the supergraph and the port. */
  readonly args?: readonly string[];
  /** Options of Node. */
  readonly node?: readonly string[];
  readonly coalesces?: boolean;
}

/** Ours, as `cloister gateway` serves any supergraph. */
function cloister(
  key: string,
  name: string,
  { args = [], coalesces = false, node = [] }: CloisterOptions = {},
): Contender {
  return {
    key,
    name,
    coalesces,
    prepare: (root) =>
      Promise.resolve(
        existsSync(join(root, 'dist/cli/commands/gateway.js')) ? undefined : 'there is no `cloister gateway` yet',
      ),
    start: ({ nodeOptions, port, root, supergraphFile }) => ({
      command: [
        process.execPath,
        ...nodeOptions,
        ...node,
        join(root, 'cli/cloister.mjs'),
        ...['gateway', '--supergraph', supergraphFile, '--port', String(port)],
        ...args,
      ],
      path: '/graphql',
    }),
  };
}

export const cloisterGateway = cloister('cloister', 'Cloister');

/**
 * Requests that are under way hold more than fits into what Node gives young objects by default, so that the garbage collector copies
 * them again and again.
 */
export const cloisterRoomy = cloister('cloister-roomy', 'Cloister with room for young objects', {
  node: ['--max-semi-space-size=64'],
});

const executorScript = fileURLToPath(new URL('executorProcess.js', import.meta.url));

/** What is left when everything but the executor is taken away: what the rest costs is the difference. */
export const cloisterExecutor: Contender = {
  key: 'executor',
  name: "Cloister's executor alone",
  coalesces: false,
  start: ({ nodeOptions, port, supergraphFile, urls }) => ({
    command: [process.execPath, ...nodeOptions, executorScript, supergraphFile, String(port), JSON.stringify(urls)],
    path: '/',
  }),
};
