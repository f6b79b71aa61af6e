import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { BoundedMap } from '../../../gateway/http/boundedMap.js';

describe('a bounded map', () => {
  test('forgets what was used longest ago', () => {
    const map = new BoundedMap<string, number>({ maximumEntries: 2 });
    map.set('a', 1);
    map.set('b', 2);
    map.get('a');
    map.set('c', 3);
    expect([map.get('a'), map.get('b'), map.get('c'), map.size]).toEqual([1, undefined, 3, 2]);
  });

  test('is bounded by weight, and does not keep what is too heavy for it', () => {
    const map = new BoundedMap<string, number>({ maximumEntries: 10, maximumWeight: 10 });
    map.set('a', 1, 6);
    map.set('b', 2, 6);
    expect([map.get('a'), map.get('b'), map.weight]).toEqual([undefined, 2, 6]);
    map.set('c', 3, 11);
    expect([map.get('b'), map.get('c')]).toEqual([2, undefined]);
    map.set('b', 4, 11);
    expect([map.get('b'), map.weight]).toEqual([undefined, 0]);
  });

  test('never holds more than it may, whatever is done to it', () => {
    const actions = fc.array(fc.tuple(fc.constantFrom('set', 'get', 'delete'), fc.nat(9), fc.nat(6)));
    fc.assert(
      fc.property(actions, (done) => {
        const map = new BoundedMap<number, number>({ maximumEntries: 4, maximumWeight: 10 });
        const weights = new Map<number, number>();
        for (const [action, key, weight] of done) {
          if (action === 'set') {
            map.set(key, key, weight);
            weights.set(key, weight);
          } else if (action === 'get') map.get(key);
          else map.delete(key);
          const held = Array.from({ length: 10 }, (_, index) => index).filter((index) => map.get(index) !== undefined);
          expect(map.size).toBe(held.length);
          expect(map.size).toBeLessThanOrEqual(4);
          expect(map.weight).toBe(held.reduce((sum, index) => sum + (weights.get(index) ?? 0), 0));
          expect(map.weight).toBeLessThanOrEqual(10);
        }
      }),
    );
  });
});
