import { enclaveNames } from '../../deploy/local/addresses.js';
import { measureProcess } from '../../runtime/measuredFiles.js';
import { EXIT, UsageError, type Command } from '../command.js';
import { columns } from '../terminal.js';

export const measure: Command = {
  name: 'measure',
  synopsis: '[ENCLAVE]',
  summary: 'Prints what the enclaves of this checkout measure to on the insecure platform: their reference values.',
  details: `ENCLAVE is one of ${enclaveNames.join(', ')}; its measurement is then printed alone.`,
  options: {},
  words: [0, 1],
  async run({ root, terminal, words }) {
    const [word] = words;
    if (word !== undefined) {
      if (!enclaveNames.some((name) => name === word))
        throw new UsageError(`There is no enclave ${JSON.stringify(word)}; there are ${enclaveNames.join(', ')}.`);
      terminal.out(await measureProcess(word, root));
      return EXIT.ok;
    }
    const rows = enclaveNames.map(async (name): Promise<[string, string]> => [name, await measureProcess(name, root)]);
    for (const line of columns(await Promise.all(rows))) terminal.out(line);
    return EXIT.ok;
  },
};
