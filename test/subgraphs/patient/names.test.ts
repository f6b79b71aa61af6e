import { describe, expect, test } from '@jest/globals';
import { normalizedIdentifier, prefixesOf, soughtPrefixes, wordsOf } from '../../../subgraphs/patient/names.js';

describe('the words of a name', () => {
  test.each([
    ['Synthetic-Alder', ['synthetic', 'alder']],
    ['Zélie', ['zelie']],
    ["O'Brien", ['obrien']],
    ['O’Brien', ['obrien']],
    ['NÚÑEZ y  Søren', ['nunez', 'y', 'søren']],
    ['Ｗｉｄｅ', ['wide']],
    ['李 小龍', ['李', '小龍']],
    ['  ', []],
    ['---', []],
  ])('of %j are %j', (name, words) => {
    expect(wordsOf(name)).toEqual(words);
  });
});

describe('the beginnings under which a name is found', () => {
  test('have two letters and more', () => {
    expect(prefixesOf(['Alder'])).toEqual(['al', 'ald', 'alde', 'alder']);
  });

  test('are one letter where the word is one letter', () => {
    expect(prefixesOf(['李'])).toEqual(['李']);
  });

  test('are each there once, and end at 24 letters', () => {
    expect(prefixesOf(['Ana', 'Anabel'])).toEqual(['an', 'ana', 'anab', 'anabe', 'anabel']);
    expect(prefixesOf(['x'.repeat(200)])).toHaveLength(23);
  });

  test('count letters, not half letters', () => {
    expect(prefixesOf(['𝒳𝒴𝒵'.normalize('NFC')]).every((prefix) => !/[\ud800-\udbff]$/.test(prefix))).toBe(true);
    expect(prefixesOf(['𐐀𐐁𐐂'])).toHaveLength(2);
  });

  test('hold every beginning that a search of that name may ask for', () => {
    for (const name of ['Synthetic-Alder', "D'Árc", 'x'.repeat(200), '李']) {
      const prefixes = prefixesOf([name]);
      for (const sought of soughtPrefixes(name)) expect(prefixes).toContain(sought);
    }
  });
});

test('national identifiers are compared without punctuation and case', () => {
  expect(normalizedIdentifier(' 123-45 6789a ')).toBe('123456789A');
});
