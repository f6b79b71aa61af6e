import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** An answer of a stand-in for a vendor's service: from its path and query, or undefined for 404. */
export type VendorAnswer = (url: URL) => VendorContent | undefined;

export interface VendorContent {
  readonly type: string;
  readonly body: string | Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Answers in place of the service. `answer` is what the service itself would do. */
export type Fault = (response: ServerResponse, answer: () => void, request: IncomingMessage) => void;

export interface VendorService {
  readonly url: string;
  /** Path and query of every request so far. */
  readonly requests: string[];
  /** Headers of the last request. */
  readonly lastHeaders: () => IncomingMessage['headers'];
  /** From now on requests whose path contains `part` are answered by the fault; undefined: as before. */
  misbehave(fault: Fault | undefined, part?: string): void;
  /** As a machine that is switched off: connections are refused. */
  close(): Promise<void>;
}

/** A real HTTP server in a vendor's place, which can be told to misbehave. */
export async function startVendorService(answer: VendorAnswer): Promise<VendorService> {
  const requests: string[] = [];
  let headers: IncomingMessage['headers'] = {};
  let misbehaviour: { fault: Fault; part: string } | undefined;
  const server = createServer((request, response) => {
    const target = request.url ?? '/';
    requests.push(target);
    ({ headers } = request);
    const behave = () => send(response, answer(new URL(target, 'http://stand-in.invalid')));
    if (misbehaviour && target.includes(misbehaviour.part)) misbehaviour.fault(response, behave, request);
    else behave();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    lastHeaders: () => headers,
    misbehave: (fault, part = '') => void (misbehaviour = fault && { fault, part }),
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

function send(response: ServerResponse, content: VendorContent | undefined): void {
  if (!content) response.writeHead(404).end();
  else response.writeHead(200, { ...content.headers, 'content-type': content.type }).end(content.body);
}

/** What can go wrong with a service. */
export const FAULTS = {
  /** Takes the request and says nothing. */
  hang: (): Fault => () => undefined,
  /** Begins, and never ends. */
  stall: (): Fault => (response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).write('{');
  },
  slow:
    (delayMs: number): Fault =>
    (_response, answer) =>
      void setTimeout(answer, delayMs),
  redirect:
    (to: string): Fault =>
    (response) => {
      response.writeHead(302, { location: to }).end();
    },
  status:
    (status: number, headers: Record<string, string> = {}): Fault =>
    (response) => {
      response.writeHead(status, headers).end('a page about it');
    },
  content:
    (type: string, body: string | Uint8Array, headers: Record<string, string> = {}): Fault =>
    (response) => {
      response.writeHead(200, { 'content-type': type, ...headers }).end(body);
    },
  /** An answer without end: what is written is never the last of it. */
  endless:
    (type: string): Fault =>
    (response) => {
      response.writeHead(200, { 'content-type': type });
      const chunk = Buffer.alloc(65_536, 0x20);
      const more = () => {
        while (!response.destroyed && response.write(chunk));
      };
      response.on('drain', more).on('error', () => undefined);
      more();
    },
  headers:
    (bytes: number): Fault =>
    (response) => {
      response
        .writeHead(200, { 'content-type': 'application/json', 'tcb-info-issuer-chain': 'x'.repeat(bytes) })
        .end('{}');
    },
  /** Announces more than it sends. */
  truncated:
    (type: string, body: string): Fault =>
    (response) => {
      response
        .writeHead(200, { 'content-type': type, 'content-length': 2 * body.length })
        .write(body, () => response.destroy());
    },
  hangUp: (): Fault => (response) => void response.destroy(),
  /** Bytes that are no HTTP. */
  noise: (): Fault => (response) => void response.socket?.end('\0\0\0 not HTTP \r\n\r\n'),
};
