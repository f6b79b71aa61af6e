import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AttestationResult } from '../../enclave/results/attestationResult.js';
import type { Caller } from '../../runtime/caller.js';
import type { Log } from '../../runtime/log.js';

/** One HTTP request on its way through the gateway. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly url: URL;
  readonly requestId: string;
  readonly log: Log;
  /** Who asks. @throws Refusal UNAUTHENTICATED for a token that is not valid. */
  caller(): Promise<{ readonly caller: Caller; readonly callerResult?: AttestationResult }>;
}

/** A route of the gateway. `path` is matched whole; `:name` matches one segment. */
export interface Route {
  readonly methods: readonly string[];
  readonly path: string;
  handle(exchange: Exchange, params: Readonly<Record<string, string>>): Promise<void> | void;
}
