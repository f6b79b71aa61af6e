import type { IncomingHttpHeaders } from 'node:http';
import { Refusal } from '../../enclave/refusals.js';

/** The part of a request's context that goes along to subgraphs. */
export interface ForwardedContext {
  /** In lower case. */
  readonly headers: Readonly<Record<string, string>>;
}

/** What belongs to one connection or describes one body (RFC 9110 section 7.6.1, and what the transport sets itself). */
const NEVER: ReadonlySet<string> = new Set([
  'accept',
  'accept-encoding',
  'connection',
  'content-encoding',
  'content-length',
  'content-type',
  'expect',
  'host',
  'keep-alive',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/**
 * Reads those headers from a request that go on to subgraphs.
 *
 * @throws Refusal CONFIGURATION_INVALID for names that are none or may not go on
 */
export function forwardHeaders(
  names: readonly string[],
): (headers: IncomingHttpHeaders) => Readonly<Record<string, string>> {
  const forwarded = names.map((name) => name.toLowerCase());
  for (const name of forwarded) {
    if (!/^[!#$%&'*+.^_`|~0-9a-z-]{1,64}$/.test(name) || NEVER.has(name)) {
      throw new Refusal(
        'CONFIGURATION_INVALID',
        `The header ${JSON.stringify(name)} cannot be passed on to subgraphs.`,
      );
    }
  }
  return (headers) => {
    const kept: Record<string, string> = {};
    for (const name of forwarded) {
      const value = headers[name];
      if (value !== undefined) kept[name] = Array.isArray(value) ? value.join(', ') : value;
    }
    return kept;
  };
}
