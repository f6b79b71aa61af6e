import { describe, expect, test } from '@jest/globals';
import { measure } from '../../../../enclave/platforms/insecure/measure.js';

const file = (path: string, text: string) => ({ path, bytes: new TextEncoder().encode(text) });
const files = [file('dist/a.js', 'one'), file('dist/b.js', 'two')];

describe('the measurement of the insecure platform', () => {
  test('is the same on every machine, whatever the order of the files', () => {
    expect(measure(files)).toBe('9a1edb8ce746977d87ccd627a7ad75e662688fc99a2b3b7205ad87dcd3c2b9a8');
    expect(measure([...files].reverse())).toBe(measure(files));
  });

  test.each([
    ['a byte', [file('dist/a.js', 'onE'), file('dist/b.js', 'two')]],
    ['a path', [file('dist/c.js', 'one'), file('dist/b.js', 'two')]],
    ['which file holds what', [file('dist/a.js', 'two'), file('dist/b.js', 'one')]],
    ['the boundary between files', [file('dist/a.js', 'onetwo'), file('dist/b.js', '')]],
    ['the number of files', [file('dist/a.js', 'one')]],
  ])('changes with %s', (_, changed) => {
    expect(measure(changed)).not.toBe(measure(files));
  });

  test('is refused where one path comes twice', () => {
    expect(() => measure([...files, file('dist/a.js', 'three')])).toThrow('dist/a.js is to be measured twice');
  });
});
