import { REFUSALS, isRefusalCode, type RefusalKind } from '../../enclave/refusals.js';
import { EXIT, UsageError, type Command } from '../command.js';
import { columns } from '../terminal.js';

const KINDS: Readonly<Record<RefusalKind, string>> = {
  'not-genuine': 'not genuine: somebody may be lying',
  'not-acceptable': 'genuine, but not accepted by the policy',
  'could-not-tell': 'could not be told, and therefore refused',
  caller: "about the caller's request",
  fault: 'a fault of the system itself',
};

export const explain: Command = {
  name: 'explain',
  synopsis: '[CODE]',
  summary: 'Says what an error code means and who must do what; without a code, lists them.',
  options: {},
  words: [0, 1],
  run({ terminal, words }) {
    const [word] = words;
    if (word === undefined) {
      for (const line of columns(Object.entries(REFUSALS).map(([code, { meaning }]) => [code, meaning])))
        terminal.out(line);
      return Promise.resolve(EXIT.ok);
    }
    const code = word.toUpperCase();
    if (!isRefusalCode(code))
      throw new UsageError(`There is no code ${JSON.stringify(word)}; cloister explain lists them.`);
    const { action, httpStatus, kind, meaning, retryable } = REFUSALS[code];
    terminal.out(code);
    const rows: [string, string][] = [
      ['Meaning', meaning],
      ['Action', action],
      ['Kind', KINDS[kind]],
      ['HTTP', String(httpStatus)],
      ['Retry', retryable ? 'the same request may succeed later' : 'not without a change'],
    ];
    for (const line of columns(rows, '  ')) terminal.out(line);
    return Promise.resolve(EXIT.ok);
  },
};
