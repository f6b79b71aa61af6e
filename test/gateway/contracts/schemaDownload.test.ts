import { createServer, request as httpRequest, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Refusal } from '../../../enclave/refusals.js';
import { createContractSchemaRoute, createSchemaRoute } from '../../../gateway/transport/schemaDownload.js';
import type { Exchange, Route } from '../../../gateway/transport/exchange.js';
import type { Caller } from '../../../runtime/caller.js';
import { silentLog } from '../../../runtime/log.js';
import { ownContracts } from './supergraphs.js';

interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly bytes: Buffer;
}

const contracts = ownContracts();
const roles = new Map<string, readonly string[]>([
  ['Bearer partner', ['partner']],
  ['Bearer clinician', ['clinician']],
]);

function callerOf(authorization: string | undefined): Caller {
  const held = roles.get(authorization ?? '');
  if (held === undefined) return { kind: 'anonymous', id: '', roles: [], scopes: [], channel: 'local' };
  return { kind: 'person', id: 'somebody', roles: held, scopes: [], channel: 'local' };
}

let server: Server;
let everybodys: Server;
beforeAll(async () => {
  server = await listen(createContractSchemaRoute(contracts));
  everybodys = await listen(createSchemaRoute('type Query { a: Int }\n'));
});
afterAll(() => {
  server.close();
  everybodys.close();
});

async function listen(route: Route): Promise<Server> {
  const started = createServer((request, response) => {
    const url = new URL(request.url ?? '', 'http://gateway');
    response.setHeader('vary', 'origin');
    const caller = () => Promise.resolve({ caller: callerOf(request.headers.authorization) });
    const exchange: Exchange = { request, response, url, caller, requestId: 'r', log: silentLog };
    Promise.resolve()
      .then(() => route.handle(exchange, {}))
      .catch((thrown: unknown) => {
        response.writeHead(thrown instanceof Refusal ? thrown.definition.httpStatus : 500).end();
      });
  });
  await new Promise<void>((resolve) => {
    started.listen(0, '127.0.0.1', resolve);
  });
  return started;
}

function get(headers: Record<string, string> = {}, query = '', to = server, method = 'GET'): Promise<Answer> {
  const { port } = to.address() as AddressInfo;
  return new Promise((resolve, reject) => {
    httpRequest({ port, host: '127.0.0.1', path: `/schema.graphql${query}`, headers, method }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, headers: response.headers, bytes: Buffer.concat(chunks) });
      });
    })
      .on('error', reject)
      .end();
  });
}

const contract = (name: string) => contracts.all.find((candidate) => candidate.name === name);

describe('the schema that is downloaded', () => {
  test('is that of the caller’s contract', async () => {
    expect((await get()).bytes.toString()).toBe(contract('public')?.sdl);
    expect((await get({ authorization: 'Bearer partner' })).bytes.toString()).toBe(contract('partner')?.sdl);
    expect((await get({ authorization: 'Bearer clinician' })).bytes.toString()).toBe(contract('staff')?.sdl);
  });

  test('is a narrower one where the caller asks for it', async () => {
    const answer = await get({ authorization: 'Bearer partner' }, '?contract=public');
    expect(answer.bytes.toString()).toBe(contract('public')?.sdl);
  });

  test.each(['?contract=staff', '?contract=nowhere', '?contract=', '?contract=__proto__'])(
    'is refused with 404 where the caller may not have it (%s)',
    async (query) => {
      expect((await get({ authorization: 'Bearer partner' }, query)).status).toBe(404);
    },
  );

  test('is not chosen by a header of the client', async () => {
    const answer = await get({ 'x-contract': 'staff', 'cloister-contract': 'staff', 'x-roles': 'clinician' });
    expect(answer.bytes.toString()).toBe(contract('public')?.sdl);
  });

  test('is kept by no shared cache, and told apart by who asks', async () => {
    const { headers } = await get();
    expect(headers['cache-control']).toBe('private, no-cache');
    expect(headers.vary).toBe('origin, accept-encoding, authorization');
    expect(headers['content-type']).toBe('application/graphql; charset=utf-8');
  });

  const rows: [accepted: string, isGzip: boolean][] = [
    ['gzip', true],
    ['deflate, gzip;q=0.5', true],
    ['*', true],
    ['GZIP', true],
    ['x-gzip', true],
    ['gzip;q=0', false],
    ['*;q=0', false],
    ['gzip;q=0, *', false],
    ['br', false],
    ['identity', false],
    ['', false],
    ['gzip;q=nonsense', false],
  ];
  test.each(rows)('comes with Accept-Encoding: %s compressed or not', async (accepted, isGzip) => {
    const { bytes, headers } = await get({ 'accept-encoding': accepted });
    expect(headers['content-encoding']).toBe(isGzip ? 'gzip' : undefined);
    expect((isGzip ? gunzipSync(bytes) : bytes).toString()).toBe(contract('public')?.sdl);
    expect(headers['content-length']).toBe(`${bytes.length}`);
  });

  test('compressed is another entity, with another strong validator', async () => {
    const [plain, packed] = [await get(), await get({ 'accept-encoding': 'gzip' })];
    expect(plain.headers.etag).toMatch(/^"[\w-]+"$/);
    expect(packed.headers.etag).toMatch(/^"[\w-]+"$/);
    expect(packed.headers.etag).not.toBe(plain.headers.etag);
    expect(packed.bytes.length).toBeLessThan(plain.bytes.length / 2);
  });

  test('is not sent again to who has it', async () => {
    for (const encoding of ['identity', 'gzip']) {
      const { headers } = await get({ 'accept-encoding': encoding });
      for (const known of [headers.etag ?? '', `"other", ${headers.etag ?? ''}`, `W/${headers.etag ?? ''}`, '*']) {
        const again = await get({ 'accept-encoding': encoding, 'if-none-match': known });
        expect(again).toMatchObject({ status: 304, bytes: Buffer.alloc(0) });
        expect(again.headers.etag).toBe(headers.etag);
      }
    }
  });

  test('is sent to who has that of another contract or encoding', async () => {
    const { headers } = await get({ authorization: 'Bearer partner' });
    expect((await get({ 'if-none-match': headers.etag ?? '' })).status).toBe(200);
    const again = await get({
      authorization: 'Bearer partner',
      'accept-encoding': 'gzip',
      'if-none-match': headers.etag ?? '',
    });
    expect(again.status).toBe(200);
  });

  test('has the same headers without a body for HEAD', async () => {
    const { bytes, headers, status } = await get({}, '', server, 'HEAD');
    expect(status).toBe(200);
    expect(bytes.length).toBe(0);
    expect(headers['content-length']).toBe(`${contract('public')?.sdl.length ?? 0}`);
  });

  test('is the same for all where there is one', async () => {
    const { bytes, headers } = await get({}, '', everybodys);
    expect(bytes.toString()).toBe('type Query { a: Int }\n');
    expect(headers['cache-control']).toBe('no-cache');
    expect((await get({ 'if-none-match': headers.etag ?? '' }, '', everybodys)).status).toBe(304);
  });
});
