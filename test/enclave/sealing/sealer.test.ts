import { randomBytes } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { blindIndex, NONCE_BYTES, openValue, sealingKey, sealValue } from '../../../enclave/sealing/sealer.js';

const key = sealingKey(new Uint8Array(32).fill(7));
const other = sealingKey(new Uint8Array(32).fill(8));
const place = { table: 'patient', row: '17', column: 'name' };
const value = Buffer.from('a value of some length', 'utf8');
const sealed = sealValue(key, place, value, randomBytes(NONCE_BYTES));
const refused = expect.objectContaining({ code: 'SEALED_VALUE_INVALID' });

describe('a sealed value', () => {
  test('opens in its place with its key', () => {
    expect(Buffer.from(openValue([key], place, sealed))).toEqual(value);
  });

  test('opens with a former key after the current one has changed', () => {
    expect(Buffer.from(openValue([other, key], place, sealed))).toEqual(value);
  });

  test('may be empty or large', () => {
    for (const size of [0, 1, 1_000_000]) {
      const bytes = randomBytes(size);
      expect(Buffer.from(openValue([key], place, sealValue(key, place, bytes, randomBytes(12))))).toEqual(bytes);
    }
  });

  test('does not show what it holds', () => {
    expect(Buffer.from(sealed).includes(value)).toBe(false);
    expect(sealed.length).toBe(value.length + 37);
  });

  test.each([
    ['table', { ...place, table: 'study' }],
    ['row', { ...place, row: '18' }],
    ['column', { ...place, column: 'note' }],
    ['division of its place into table and row', { table: 'patient","17', row: '', column: 'name' }],
  ])('does not open in another %s', (_, moved) => {
    expect(() => openValue([key], moved, sealed)).toThrow(refused);
  });

  test('does not open with another key', () => {
    expect(() => openValue([other], place, sealed)).toThrow(refused);
    expect(() => openValue([], place, sealed)).toThrow(refused);
  });

  test('does not open after any one bit was flipped', () => {
    for (let bit = 0; bit < sealed.length * 8; bit++) {
      const flipped = Uint8Array.from(sealed);
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(() => openValue([key], place, flipped)).toThrow(refused);
    }
  });

  test('does not open when cut at any length', () => {
    for (let length = 0; length < sealed.length; length++) {
      expect(() => openValue([key], place, sealed.subarray(0, length))).toThrow(refused);
    }
  });

  test('says in its refusal where it was, and nothing of what it held', () => {
    expect(() => openValue([other], place, sealed)).toThrow(/patient\.name is sealed with key [0-9a-f]{16}/);
  });

  test('is never sealed with a short key or nonce', () => {
    expect(() => sealingKey(randomBytes(16))).toThrow(expect.objectContaining({ code: 'CONFIGURATION_INVALID' }));
    expect(() => sealValue(key, place, value, randomBytes(8))).toThrow(RangeError);
  });
});

describe('a blind index', () => {
  const column = { table: 'patient', column: 'nationalId' };

  test('is the same for the same value and 16 bytes long', () => {
    expect(blindIndex(key, column, '12345')).toEqual(blindIndex(key, column, '12345'));
    expect(blindIndex(key, column, '12345')).toHaveLength(16);
  });

  test('differs by value, column, table and key', () => {
    const indexes = [
      blindIndex(key, column, '12345'),
      blindIndex(key, column, '12346'),
      blindIndex(key, { ...column, column: 'phone' }, '12345'),
      blindIndex(key, { ...column, table: 'coverage' }, '12345'),
      blindIndex(other, column, '12345'),
    ];
    expect(new Set(indexes.map((index) => Buffer.from(index).toString('hex'))).size).toBe(indexes.length);
  });
});
