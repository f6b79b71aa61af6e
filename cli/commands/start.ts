import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { EXIT, type Command } from '../command.js';

export const start: Command = {
  name: 'start',
  synopsis: '[flags]',
  summary: 'Starts the whole system on this machine, as npm start does; cloister start --help lists the flags.',
  options: {},
  words: [0, 0],
  async run({ root, words }) {
    // The launcher is a program of its own: it reads its arguments, and ends this process when the system has stopped.
    const launcher = join(root, 'dist/deploy/local/index.js');
    process.argv = [process.execPath, launcher, ...words];
    await import(pathToFileURL(launcher).href);
    return EXIT.ok;
  },
};
