import { sameJson } from './sameJson.js';
import type { SubgraphServer } from './subgraphServer.js';
import type { FederationCase } from './suite.js';

/** What a case found wrong; empty where all is as it should be. */
export type Disagreements = readonly string[];

/** Answers one GraphQL request, as a parsed JSON body. */
export type Ask = (body: Readonly<Record<string, unknown>>) => Promise<unknown>;

interface Answer {
  readonly data?: unknown;
  readonly errors?: readonly { readonly message?: string; readonly path?: readonly (string | number)[] }[];
}

export async function runCase(
  { data, errors = false, fetches, name: _, neverSent, ...request }: FederationCase,
  ask: Ask,
  subgraphs: Pick<SubgraphServer, 'takeRequests'>,
): Promise<Disagreements> {
  subgraphs.takeRequests();
  const answer = (await ask(request)) as Answer;
  const requests = subgraphs.takeRequests();
  const found: string[] = [];
  const given = answer.errors ?? [];
  if (data !== undefined && !sameJson(answer.data ?? null, data)) {
    found.push(`data: expected ${JSON.stringify(data)}, got ${JSON.stringify(answer.data ?? null)}`);
  }
  const messages = given.map(({ message, path }) => `${message ?? '?'} at ${JSON.stringify(path)}`).join('; ');
  if (typeof errors === 'boolean') {
    if (given.length > 0 !== errors)
      found.push(errors ? 'errors: expected some, got none' : `errors: expected none, got ${messages}`);
  } else if (errors !== 'any') {
    const expected = errors.map((path) => JSON.stringify(path)).sort();
    const paths = [...new Set(given.map(({ path }) => JSON.stringify(path)))].sort();
    if (!sameJson(paths, expected)) found.push(`errors: expected at ${expected.join(', ')}, got ${messages}`);
  }
  if (fetches !== undefined && requests.length > fetches) {
    found.push(`fetches: expected at most ${fetches}, got ${requests.length}: ${JSON.stringify(requests)}`);
  }
  if (neverSent !== undefined && requests.some((sent) => JSON.stringify(sent).includes(neverSent))) {
    found.push(`sent: expected no ${neverSent}, got ${JSON.stringify(requests)}`);
  }
  return found;
}
