import { describe, expect, test } from '@jest/globals';
import { age, ago, day, percent, shortDigest, words } from '../../../web/ui/format.js';

describe('what a person reads', () => {
  test.each([
    ['2022-11-23', '4 years'],
    ['2022-11-24', '3 years'],
    ['2025-12-23', '11 months'],
    ['2026-10-23', '1 month'],
    ['2027-01-01', 'not yet born'],
  ])('born %s is %s old', (birthDate, expected) => {
    expect(age(birthDate, new Date('2026-11-23T12:00:00Z'))).toBe(expected);
  });

  test.each([
    [0, 'just now'],
    [59, '59 min ago'],
    [60, '1 h ago'],
    [47 * 60, '47 h ago'],
    [48 * 60, '2 days ago'],
  ])('%d minutes ago is %s', (minutes, expected) => {
    expect(ago('2026-11-23T12:00:00.000Z', Date.parse('2026-11-23T12:00:00Z') + minutes * 60_000)).toBe(expected);
  });

  test('a day is the same day in every time zone', () => {
    expect(day('2022-05-17')).toBe('17 May 2022');
  });

  test('small fractions are not rounded away', () => {
    expect([percent(0.874), percent(0.004), percent(0)]).toEqual(['87 %', '0.4 %', '0 %']);
    expect([percent(0.997), percent(0.9999), percent(0.00002), percent(1)]).toEqual([
      '99.7 %',
      '> 99.9 %',
      '< 0.1 %',
      '100 %',
    ]);
  });

  test('constants become words, digests stay comparable', () => {
    expect(words('OUT_OF_DISTRIBUTION')).toBe('Out of distribution');
    expect(shortDigest('ab'.repeat(32))).toBe('abababab…abababab');
  });
});
