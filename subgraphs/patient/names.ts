/**
 * How names are found without the store knowing them: every beginning of every word of a name is put through a keyed
 * digest (see Sealer.index). What this gives away to who reads the store: how many letters a person's names have
 * together, which persons share the beginning of a name, and how often each beginning occurs. With an outside list of
 * the same persons' names, frequent beginnings can be guessed. It gives away no letter by itself.
 */

/** Letters of a word from which on beginnings are no longer told apart. */
const LONGEST_PREFIX = 24;
const SHORTEST_PREFIX = 2;

/** The words of a name or of a search, without case, accents and punctuation: "O'Brien-Núñez" has "obrien" and "nunez". */
export function wordsOf(text: string): string[] {
  return text
    .normalize('NFKD')
    .replace(/[\p{M}'’ʼ]/gu, '')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '');
}

/** The beginnings under which a name is found: of two letters and more. A word of one letter is found by that letter. */
export function prefixesOf(names: readonly string[]): string[] {
  const prefixes = new Set<string>();
  for (const word of names.flatMap(wordsOf)) {
    const letters = Array.from(word);
    const longest = Math.min(letters.length, LONGEST_PREFIX);
    for (let length = Math.min(SHORTEST_PREFIX, longest); length <= longest; length += 1) {
      prefixes.add(letters.slice(0, length).join(''));
    }
  }
  return [...prefixes];
}

/** The beginnings that a search asks for, all of which a patient's names must have. */
export function soughtPrefixes(search: string): string[] {
  return [...new Set(wordsOf(search).map((word) => Array.from(word).slice(0, LONGEST_PREFIX).join('')))];
}

/** National identifiers are compared without spaces, punctuation and case: 123-45-6789 is 123456789. */
export function normalizedIdentifier(text: string): string {
  return text
    .normalize('NFKC')
    .toUpperCase()
    .replace(/[^\p{L}\p{N}]/gu, '');
}
