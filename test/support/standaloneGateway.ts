import { readCommandLine } from '../../gateway/standalone/commandLine.js';
import { startStandalone, type StandaloneGateway } from '../../gateway/standalone/server.js';
import { silentLog, type Log } from '../../runtime/log.js';
import { createMetrics } from '../../runtime/metrics.js';

export interface TestStandalone extends StandaloneGateway {
  readonly url: string;
  /** POSTs JSON to /graphql. */
  post(body: unknown, headers?: Readonly<Record<string, string>>): Promise<Response>;
  /** POSTs JSON to /graphql; the answer's JSON. */
  ask(body: unknown): Promise<unknown>;
}

/** The gateway for any supergraph on a free port, with the flags that a person would type. */
export async function startTestStandalone(
  supergraphSdl: string,
  flags: readonly string[] = [],
  options: { readonly log?: Log; readonly random?: () => number } = {},
): Promise<TestStandalone> {
  const gateway = await startStandalone({
    supergraphSdl,
    config: readCommandLine(['--port', '0', ...flags], {}),
    random: options.random ?? (() => 0.5),
    log: options.log ?? silentLog,
    metrics: createMetrics('gateway', { processMetrics: false }),
  });
  const url = `http://127.0.0.1:${gateway.port}`;
  const post = (body: unknown, headers: Readonly<Record<string, string>> = {}) =>
    fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json', ...headers },
      body: JSON.stringify(body),
    });
  return { ...gateway, url, post, ask: async (body) => (await (await post(body)).json()) as unknown };
}
