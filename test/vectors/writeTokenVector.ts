import { TEST_NOW } from '../support/issuer.js';
import type { TokenCase } from './tokenCases.js';
import { tokenCases } from './tokenCases.js';
import type { TokenWorld } from './tokenWorld.js';
import { createTokenWorld, ISSUER, jwksOf } from './tokenWorld.js';
import type { VectorFolder } from './vectorFolder.js';

export function makeTokenVectors(): VectorFolder {
  const world = createTokenWorld();
  return { vectors: tokenCases.map((vector) => writeTokenVector(vector, world)), roots: {} };
}

/** One vector as it lies in a file. `expect` comes from the case, never from a verifier. */
function writeTokenVector({ id, note, token, jwks, at, expect }: TokenCase, world: TokenWorld) {
  return {
    id,
    kind: 'maa-token',
    at: new Date((at ?? TEST_NOW) * 1000).toISOString(),
    issuer: ISSUER,
    expect:
      'code' in expect
        ? { accept: false, code: expect.code, reasons: [expect.reason] }
        : { accept: true, reasons: [], ...expect },
    note,
    token: token(world),
    jwks: jwks?.(world) ?? jwksOf(world.issuer),
  };
}
