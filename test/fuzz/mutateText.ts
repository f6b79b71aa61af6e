import type { Mutate } from './mutate.js';

const PIECES = [
  '"',
  '{',
  '}',
  '[',
  ']',
  '(',
  ')',
  ':',
  ';',
  ',',
  '.',
  '=>',
  '==',
  '!=',
  '&&',
  '\\',
  '\n',
  '\r\n',
  '\0',
  '\u2028',
  '=',
  '-----',
  '-----BEGIN CERTIFICATE-----\n',
  '-----END CERTIFICATE-----\n',
  'null',
  '1e999',
  '-0',
  '18446744073709551616',
  '\ud83d\ude00',
  '/*',
  '//',
  'version=1.2;',
  'permit();',
  'deny();',
  'c:[type=="x", value==true]',
  'issue(type="x", value=1);',
] as const;

/** Cuts, copies and moves at the borders of words, and puts signs in that mean something in some language. */
export const mutateText: Mutate = (input, random, other) => {
  const words = Buffer.from(input)
    .toString('utf8')
    .split(/(?<=[^A-Za-z0-9])|(?=[^A-Za-z0-9])/);
  const at = random.below(words.length);
  const [start, count] = [random.below(words.length), 1 + random.below(12)];
  switch (random.below(6)) {
    case 0:
      words.splice(at, count);
      break;
    case 1:
      words.splice(at, 0, ...words.slice(start, start + count));
      break;
    case 2:
      words.splice(at, 0, random.pick(PIECES));
      break;
    case 3:
      words[at] = random.pick(PIECES);
      break;
    case 4:
      words.splice(at, 0, random.pick(PIECES).repeat(random.below(random.below(10) === 0 ? 3000 : 8)));
      break;
    default: {
      const others = Buffer.from(other)
        .toString('utf8')
        .split(/(?<=[^A-Za-z0-9])|(?=[^A-Za-z0-9])/);
      words.splice(at, 0, ...others.slice(start % others.length, (start % others.length) + count));
    }
  }
  return Buffer.from(words.join(''));
};
