import { Refusal } from '../enclave/refusals.js';

/** Who asks, as the gateway established it. Subgraphs believe it because the peer is the attested gateway. */
export interface Caller {
  readonly kind: 'person' | 'enclave' | 'anonymous';
  /** The account (`sub`) of a person, the name of an enclave, or empty. */
  readonly id: string;
  readonly roles: readonly string[];
  readonly scopes: readonly string[];
  /** How the caller's request reached the gateway. */
  readonly channel: 'local' | 'sealed' | 'attested';
  /** Identifier (jti) of an enclave's attestation result. */
  readonly attestationResult?: string;
}

export const CALLER_HEADER = 'cloister-caller';
export const REQUEST_ID_HEADER = 'cloister-request-id';

const KINDS = ['person', 'enclave', 'anonymous'] as const;
const CHANNELS = ['local', 'sealed', 'attested'] as const;
/** Longest header value, in characters. */
const MAXIMUM_HEADER = 8192;
const MAXIMUM_ENTRIES = 64;

/** The value of {@link CALLER_HEADER}. */
export function encodeCaller(caller: Caller): string {
  return Buffer.from(JSON.stringify(caller), 'utf8').toString('base64url');
}

/**
 * Reads {@link CALLER_HEADER}. Only for connections whose peer is the gateway: the header itself proves nothing.
 *
 * @throws Refusal BAD_INPUT where it is missing or not of its form.
 */
export function parseCaller(header: string | readonly string[] | undefined): Caller {
  if (typeof header !== 'string') throw malformed('is missing');
  if (header.length > MAXIMUM_HEADER) throw malformed(`is longer than ${MAXIMUM_HEADER} characters`);
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(header, 'base64url').toString('utf8'));
  } catch (cause) {
    throw malformed('is not base64url of JSON', cause);
  }
  if (typeof value !== 'object' || value === null) throw malformed('is not an object');
  const { kind, id, roles, scopes, channel, attestationResult } = value as Record<string, unknown>;
  if (!isOneOf(KINDS, kind) || !isOneOf(CHANNELS, channel)) throw malformed('has an unknown kind or channel');
  if (typeof id !== 'string' || !areStrings(roles) || !areStrings(scopes)) throw malformed('lacks id, roles or scopes');
  if ((id === '') !== (kind === 'anonymous')) throw malformed(`has kind ${kind} with ${id === '' ? 'no' : 'an'} id`);
  if (attestationResult !== undefined && typeof attestationResult !== 'string')
    throw malformed('has a wrong result id');
  return { kind, id, roles, scopes, channel, ...(attestationResult === undefined ? {} : { attestationResult }) };
}

/** @throws Refusal UNAUTHENTICATED for anonymous callers, SCOPE_MISSING for callers without the scope. */
export function requireScope(caller: Caller, scope: string): void {
  if (caller.scopes.includes(scope)) return;
  if (caller.kind === 'anonymous') throw new Refusal('UNAUTHENTICATED', 'This needs a signed-in caller.');
  throw new Refusal('SCOPE_MISSING', `This needs the scope ${scope}.`);
}

function isOneOf<const T extends string>(allowed: readonly T[], value: unknown): value is T {
  return allowed.some((candidate) => candidate === value);
}

function areStrings(value: unknown): value is string[] {
  return Array.isArray(value) && value.length <= MAXIMUM_ENTRIES && value.every((entry) => typeof entry === 'string');
}

function malformed(what: string, cause?: unknown): Refusal {
  return new Refusal('BAD_INPUT', `The header ${CALLER_HEADER} ${what}.`, { cause });
}
