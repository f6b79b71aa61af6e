import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Metrics } from './metrics.js';

/**
 * What operators and orchestrators may ask of every process, over plain HTTP: is it alive, is it ready, what has it
 * counted. Nothing here reads a body or holds health data.
 */
export interface ManagementOptions {
  /** Reasons why the process should get no traffic now; empty means ready. */
  readonly notReady: () => readonly string[];
  /** What will keep it from being ready later unless somebody acts; it serves meanwhile. Absent: nothing is known. */
  readonly warnings?: () => readonly string[];
  readonly metrics: Metrics;
}

/** Answers the three management routes; false where the request is for somebody else. */
export type ManagementHandler = (request: IncomingMessage, response: ServerResponse) => boolean;

export function createManagementHandler({ notReady, warnings, metrics }: ManagementOptions): ManagementHandler {
  return (request, response) => {
    const path = (request.url ?? '').split('?')[0];
    if (path !== '/healthz' && path !== '/readyz' && path !== '/metrics') return false;
    if (request.method !== 'GET' && request.method !== 'HEAD') send(response, 405, 'text/plain', 'Only GET.\n');
    else if (path === '/healthz') sendJson(response, 200, { status: 'alive' });
    else if (path === '/readyz') {
      const reasons = notReady();
      const warned = warnings?.() ?? [];
      sendJson(response, reasons.length === 0 ? 200 : 503, {
        status: reasons.length === 0 ? 'ready' : 'not ready',
        reasons,
        ...(warned.length > 0 && { warnings: warned }),
      });
    } else {
      metrics.render().then(
        ({ contentType, body }) => send(response, 200, contentType, body),
        () => send(response, 500, 'text/plain', 'The metrics could not be collected.\n'),
      );
    }
    return true;
  };
}

/** A listener for nothing but the management routes. */
export async function startManagement(
  options: ManagementOptions & { readonly host: string; readonly port: number },
): Promise<{ readonly port: number; close(): Promise<void> }> {
  const handle = createManagementHandler(options);
  const server = createServer({ requestTimeout: 5000, headersTimeout: 5000 }, (request, response) => {
    if (!handle(request, response)) send(response, 404, 'text/plain', 'There is /healthz, /readyz and /metrics.\n');
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function sendJson(response: ServerResponse, status: number, value: unknown): void {
  send(response, status, 'application/json; charset=utf-8', `${JSON.stringify(value)}\n`);
}

function send(response: ServerResponse, status: number, contentType: string, body: string): void {
  response.writeHead(status, {
    'content-type': contentType,
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
  });
  response.end(body);
}
