import { sign } from 'node:crypto';
import { Refusal } from '../../../enclave/refusals.js';
import type { SigningKey } from './signingKey.js';

/** Nobody nests keys deeper; whoever does wants to exhaust the stack. */
const MAXIMUM_DEPTH = 16;

/** A compact JWS, RS256, with all keys in alphabetical order as Azure Attestation writes them. */
export function signToken(claims: Readonly<Record<string, unknown>>, issuer: string, key: SigningKey): string {
  const header = { alg: 'RS256', jku: `${issuer}/certs`, kid: key.keyId, typ: 'JWT' };
  const signed = `${encode(header)}.${encode(sortKeys(claims))}`;
  return `${signed}.${sign('sha256', Buffer.from(signed), key.privateKey).toString('base64url')}`;
}

/** @throws Refusal BAD_INPUT where the value is nested too deeply: it comes from the attester's runtime data. */
export function sortKeys(value: unknown, depth = 0): unknown {
  if (depth > MAXIMUM_DEPTH)
    throw new Refusal('BAD_INPUT', `runtimeData is nested deeper than ${MAXIMUM_DEPTH} levels.`);
  if (Array.isArray(value)) return value.map((item) => sortKeys(item, depth + 1));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([name, item]) => [name, sortKeys(item, depth + 1)]));
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
