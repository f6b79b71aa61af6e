import { describe, expect, test } from '@jest/globals';
import type { Remembered } from '../../../enclave/results/rememberedResults.js';
import { createRememberedResults } from '../../../enclave/results/rememberedResults.js';

const entry = (token: string) => ({ result: { token }, until: 0 }) as unknown as Remembered;
const named = (number: number) => `header.claims.${'x'.repeat(40)}${number.toString().padStart(6, '0')}`;

describe('remembered results', () => {
  test('are found by their token, by no other with the same end', () => {
    const memory = createRememberedResults({ entries: 4, characters: 1000 });
    const first = entry(named(1));
    memory.add(first);
    expect(memory.get(named(1))).toBe(first);
    expect(memory.get(`other.${named(1)}`)).toBeUndefined();
    expect(memory.get('')).toBeUndefined();
  });

  test('make room, the oldest first', () => {
    const memory = createRememberedResults({ entries: 3, characters: 1000 });
    for (let i = 0; i < 5; i++) memory.add(entry(named(i)));
    expect([0, 1, 2, 3, 4].filter((i) => memory.get(named(i)))).toEqual([2, 3, 4]);
  });

  test('never hold more characters than their bound', () => {
    const { length } = named(0);
    const memory = createRememberedResults({ entries: 100, characters: 3 * length });
    for (let i = 0; i < 10; i++) memory.add(entry(named(i)));
    expect(Array.from({ length: 10 }, (_, i) => i).filter((i) => memory.get(named(i)))).toEqual([7, 8, 9]);
    memory.add(entry('x'.repeat(3 * length + 1)));
    expect(memory.get('x'.repeat(3 * length + 1))).toBeUndefined();
  });

  test('are replaced and deleted, and the room is used again', () => {
    const memory = createRememberedResults({ entries: 2, characters: 1000 });
    const [old, young, other] = [entry(named(1)), entry(named(1)), entry(named(2))];
    memory.add(old);
    memory.add(young);
    expect(memory.get(named(1))).toBe(young);
    memory.delete(young);
    expect(memory.get(named(1))).toBeUndefined();
    memory.delete(young);
    for (let i = 0; i < 50; i++) {
      memory.add(other);
      memory.delete(other);
    }
    memory.add(other);
    expect(memory.get(named(2))).toBe(other);
  });

  test('of two tokens with the same number hold the younger', () => {
    const memory = createRememberedResults({ entries: 4, characters: 1000 });
    const [one, two] = [`a${named(1)}`, `b${named(1)}`];
    memory.add(entry(one));
    memory.add(entry(two));
    expect(memory.get(two)).toBeDefined();
    expect(memory.get(one)).toBeUndefined();
  });
});
