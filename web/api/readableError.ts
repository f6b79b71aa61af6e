import { REFUSALS, isRefusalCode, type ClaimFailure, type RefusalKind } from '../../enclave/refusals.js';

/** An error as a person reads it: what happened, what it means, who must do what. */
export interface ReadableError {
  readonly code: string;
  readonly kind: RefusalKind;
  readonly title: string;
  /** What the server said: sizes, identifiers and names of arguments, never health data. */
  readonly message: string;
  readonly meaning: string;
  readonly action: string;
  readonly retryable: boolean;
  /** Every failed claim, where attestation refused. */
  readonly failures: readonly ClaimFailure[];
  /** The policy that refused, where one did. */
  readonly policy: string | undefined;
  /** Path in the GraphQL answer; empty where the whole request failed. */
  readonly path: readonly (string | number)[];
}

const TITLES: Readonly<Record<RefusalKind, string>> = {
  'not-genuine': 'Withheld: not genuine',
  'not-acceptable': 'Withheld: not acceptable under the policy',
  'could-not-tell': 'Could not be told',
  caller: 'Not possible',
  fault: 'The system could not do it',
};

/** One entry of `errors` in a GraphQL answer. */
export function fromGraphQLError(error: unknown): ReadableError {
  const { message, extensions, path } = objectOf(error);
  const details = objectOf(extensions);
  return readable({
    code: details.code,
    message,
    failures: failuresOf(details.failures),
    policy: details.policy,
    path: Array.isArray(path) ? path.filter((step) => typeof step === 'string' || typeof step === 'number') : [],
  });
}

/** The body `{"error": {"code", "message"}}` of a route that is not GraphQL. */
export function fromHttpAnswer(status: number, body: unknown): ReadableError {
  const { code, message } = objectOf(objectOf(body).error);
  return readable({ code: code ?? codeOfStatus(status), message: message ?? `HTTP status ${status}.` });
}

/** What `fetch` throws. It says little, so that a page cannot spy on other hosts; neither can we. */
export function fromNetworkFailure(): ReadableError {
  return readable({ code: 'PEER_UNREACHABLE', message: 'The gateway did not answer.' });
}

/**
 * Whether what stands at this path was refused, itself or with something around it. Where it was, its absence says
 * nothing: it must not be shown like a value that was never recorded.
 */
export function isWithheld(refusals: readonly ReadableError[], ...path: readonly string[]): boolean {
  return refusals.some((refusal) => {
    const steps = refusal.path.filter((step) => typeof step === 'string');
    return steps.length > 0 && steps.every((step, index) => step === path[index]);
  });
}

interface Parts {
  readonly code: unknown;
  readonly message: unknown;
  readonly failures?: readonly ClaimFailure[];
  readonly policy?: unknown;
  readonly path?: readonly (string | number)[];
}

function readable({ code, message, failures = [], policy, path = [] }: Parts): ReadableError {
  const known = isRefusalCode(code) ? code : 'INTERNAL';
  const { kind, meaning, action, retryable } = REFUSALS[known];
  return {
    code: typeof code === 'string' ? code : known,
    kind,
    title: TITLES[kind],
    message: typeof message === 'string' ? message : '',
    meaning,
    action,
    retryable,
    failures,
    policy: typeof policy === 'string' ? policy : undefined,
    path,
  };
}

function codeOfStatus(status: number): string {
  if (status === 401) return 'UNAUTHENTICATED';
  if (status === 403) return 'SCOPE_MISSING';
  if (status === 404) return 'NOT_FOUND';
  if (status === 413) return 'TOO_LARGE';
  if (status === 415) return 'IMAGE_UNSUPPORTED';
  if (status === 503) return 'BUSY';
  if (status === 504) return 'TIMEOUT';
  return status >= 500 ? 'UPSTREAM_FAILED' : 'BAD_INPUT';
}

function failuresOf(value: unknown): ClaimFailure[] {
  if (!Array.isArray(value)) return [];
  return value.map((entry) => {
    const { claim, expected, actual } = objectOf(entry);
    return { claim: printable(claim), expected: printable(expected), actual: printable(actual) };
  });
}

function printable(value: unknown): string {
  if (value === undefined) return 'nothing';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function objectOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
