import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RefusalCode } from '../../enclave/refusals.js';
import { checkout } from './shared.js';

/** What every vector of test/vectors says, whatever it is of. */
export interface OwnVector {
  readonly id: string;
  readonly at: string;
  readonly expect: {
    readonly accept: boolean;
    readonly code?: RefusalCode;
    readonly reasons: readonly string[];
  };
}

export function ownVectors<Vector extends OwnVector>(folder: string): Vector[] {
  const path = ownVectorsPath(folder);
  return readdirSync(path)
    .filter((name) => name.endsWith('.json'))
    .map((name) => JSON.parse(readFileSync(join(path, name), 'utf8')) as Vector);
}

export function ownVectorsPath(folder: string): string {
  return join(checkout, 'test/vectors', folder);
}

/** Of all files of a folder together. */
export function bytesOfFolder(folder: string): number {
  const path = ownVectorsPath(folder);
  return readdirSync(path).reduce((sum, name) => sum + readFileSync(join(path, name)).length, 0);
}

/** What follows `parse:` is free. */
export function withoutFreeText(reason: string): string {
  return reason.replace(/parse:.*$/s, 'parse:');
}

/** The name of a test. */
export function sentenceOf({ id, expect }: OwnVector): string {
  return expect.accept ? `accepts ${id}` : `refuses ${id} with ${String(expect.code)}`;
}
