import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { EXIT, type Command } from '../command.js';

export const gateway: Command = {
  name: 'gateway',
  synopsis: '--supergraph FILE [flags]',
  summary: 'Serves any supergraph over plain HTTP, without enclaves; cloister gateway --help lists the flags.',
  options: {},
  words: [0, 0],
  async run({ root, words }) {
    // A program of its own: it reads its arguments and environment, and ends this process when it is told to.
    const program = join(root, 'dist/gateway/standalone/index.js');
    process.argv = [process.execPath, program, ...words];
    await import(pathToFileURL(program).href);
    return EXIT.ok;
  },
};
