import type { OperationKind, PlannedFetch } from './plan.js';

/** How fetches leave. */
export interface SubgraphTransport {
  /**
   * Sends one GraphQL request.
   *
   * @param body ready JSON text
   * @throws Refusal TIMEOUT, UPSTREAM_FAILED, PEER_UNREACHABLE or whatever stands in the way
   */
  fetch(subgraph: string, body: string, options: FetchOptions): Promise<SubgraphAnswer>;
}

export interface FetchOptions {
  readonly kind: OperationKind;
  readonly fetch: PlannedFetch;
  /** The context of the request, opaque to the executor. */
  readonly context: unknown;
  readonly signal: AbortSignal | undefined;
}

export interface SubgraphAnswer {
  readonly status: number;
  /** Parsed JSON; undefined where the answer is none. */
  readonly body: unknown;
}
