import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Contender } from './contender.js';
import { installPeer, peerFolder, peerNode } from './peers.js';

const PACKAGES = { '@graphql-hive/gateway': '2.15.1', '@graphql-hive/router-runtime': '1.4.23', graphql: '16.15.0' };

interface HiveOptions {
  readonly key: string;
  readonly name: string;
  readonly coalesces: boolean;
  /** Its own planner, in JavaScript, or that of Hive Router, in Rust. */
  readonly planner: 'default' | 'rust';
  /** What its configuration exports. */
  readonly config: Readonly<Record<string, unknown>>;
}

/** Equal calls to a subgraph that are under way at once are one call unless this is set. */
const NO_COALESCING = { transportEntries: { '*': { options: { deduplicateInflightRequests: false } } } };

function hive({ coalesces, config, key, name, planner }: HiveOptions): Contender {
  const configName = `${key}.config.mjs`;
  return {
    key,
    name,
    coalesces,
    async prepare(root, tell) {
      const folder = peerFolder(root, 'hive');
      const problem = await installPeer(folder, PACKAGES, tell);
      if (problem !== undefined) return problem;
      const gatewayConfig = { ...config, logging: 'error', pollingInterval: 0 };
      await writeFile(join(folder, configName), `export const gatewayConfig = ${JSON.stringify(gatewayConfig)};\n`);
      return undefined;
    },
    start({ nodeOptions, port, root, supergraphFile }) {
      const folder = peerFolder(root, 'hive');
      return {
        command: [
          peerNode(folder),
          ...nodeOptions,
          join(folder, 'node_modules/@graphql-hive/gateway/dist/bin.js'),
          'supergraph',
          supergraphFile,
          ...['--port', String(port), '--host', '127.0.0.1', '--fork', '1', '--config-path', join(folder, configName)],
          ...(planner === 'rust' ? ['--hive-router-runtime'] : []),
        ],
        cwd: folder,
        env: { NODE_ENV: 'production' },
        path: '/graphql',
      };
    },
  };
}

export const hiveDefault = hive({
  key: 'hive',
  name: 'Hive Gateway, defaults',
  coalesces: true,
  planner: 'default',
  config: {},
});

export const hiveRust = hive({
  key: 'hive-rust',
  name: 'Hive Gateway, Rust planner',
  coalesces: true,
  planner: 'rust',
  config: {},
});

export const hiveRustAlone = hive({
  key: 'hive-rust-alone',
  name: 'Hive Gateway, Rust planner, no coalescing',
  coalesces: false,
  planner: 'rust',
  config: NO_COALESCING,
});

export const hiveRustInbound = hive({
  key: 'hive-rust-inbound',
  name: 'Hive Gateway, Rust planner, requests coalesced',
  coalesces: true,
  planner: 'rust',
  config: { inboundInflightRequestDeduplication: true },
});
