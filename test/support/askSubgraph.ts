import type { AttestedClient } from '../../runtime/attestedClient.js';
import { type Caller, CALLER_HEADER, encodeCaller } from '../../runtime/caller.js';

export interface GraphQLAnswer {
  readonly data?: Record<string, unknown> | null;
  readonly errors?: readonly {
    readonly message: string;
    readonly path?: readonly unknown[];
    readonly extensions: { readonly code: string };
  }[];
}

/** Asks a subgraph as the gateway does, for a caller with these scopes. */
export async function askSubgraph(
  gateway: AttestedClient,
  {
    query,
    variables = {},
    scopes = [],
  }: { query: string; variables?: Record<string, unknown>; scopes?: readonly string[] },
): Promise<GraphQLAnswer> {
  const caller: Caller =
    scopes.length === 0
      ? { kind: 'anonymous', id: '', roles: [], scopes, channel: 'attested' }
      : { kind: 'enclave', id: 'patient', roles: [], scopes, channel: 'attested' };
  const { body } = await gateway.request({
    method: 'POST',
    path: '/graphql',
    headers: { 'content-type': 'application/json', [CALLER_HEADER]: encodeCaller(caller) },
    body: JSON.stringify({ query, variables }),
  });
  return JSON.parse(body.toString('utf8')) as GraphQLAnswer;
}
