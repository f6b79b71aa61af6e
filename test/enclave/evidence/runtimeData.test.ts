import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { reportDataOf, runtimeDataOf } from '../../../enclave/evidence/runtimeData.js';

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

describe('runtime data', () => {
  test('holds the keys and the nonce', () => {
    expect(text(runtimeDataOf([{ kty: 'EC', kid: 'tls' }], 'abc'))).toBe(
      '{"keys":[{"kid":"tls","kty":"EC"}],"nonce":"abc"}',
    );
  });

  test('has no nonce where nobody asked for one', () => {
    expect(text(runtimeDataOf([]))).toBe('{"keys":[]}');
  });

  test('is the same whatever the order of a key’s members', () => {
    expect(runtimeDataOf([{ kty: 'EC', x: 'a', y: 'b' }])).toEqual(runtimeDataOf([{ y: 'b', x: 'a', kty: 'EC' }]));
  });
});

describe('report data', () => {
  test('is the SHA-256 of the runtime data, then 32 zero bytes', async () => {
    const runtimeData = runtimeDataOf([{ kty: 'EC' }]);
    const reportData = await reportDataOf(runtimeData);
    expect(Buffer.from(reportData.subarray(0, 32))).toEqual(createHash('sha256').update(runtimeData).digest());
    expect(reportData.subarray(32)).toEqual(new Uint8Array(32));
  });

  test('changes with every byte of the runtime data', async () => {
    expect(await reportDataOf(Uint8Array.of(1))).not.toEqual(await reportDataOf(Uint8Array.of(1, 0)));
  });
});
