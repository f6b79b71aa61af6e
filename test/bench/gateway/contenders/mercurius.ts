import { fileURLToPath } from 'node:url';
import type { Contender } from './contender.js';
import { installPeer, peerFolder, peerNode } from './peers.js';

/** Its documents do not print with the printer of later versions of graphql. */
const PACKAGES = { mercurius: '16.10.1', '@mercuriusjs/gateway': '5.2.0', fastify: '5.12.8', graphql: '16.13.1' };
const script = fileURLToPath(new URL('mercuriusProcess.js', import.meta.url));

/** It knows only Federation 1, and gets the same graph written in that. */
export const mercurius: Contender = {
  key: 'mercurius',
  name: 'Mercurius (Federation 1)',
  coalesces: false,
  prepare: (root, tell) => installPeer(peerFolder(root, 'mercurius'), PACKAGES, tell),
  start({ nodeOptions, port, root, urls }) {
    const folder = peerFolder(root, 'mercurius');
    return {
      command: [peerNode(folder), ...nodeOptions, script, folder, String(port), JSON.stringify(urls)],
      env: { NODE_ENV: 'production' },
      path: '/graphql',
    };
  },
};
