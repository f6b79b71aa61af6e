import { readdir, readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { createHash } from 'node:crypto';
import type { Exchange, Route } from './exchange.js';

interface StaticFile {
  readonly bytes: Buffer;
  readonly type: string;
  readonly etag: string;
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.ttf': 'font/ttf',
  '.woff2': 'font/woff2',
};

/** What GraphiQL needs and nothing more: no other origin, no eval, no inline script. */
const GRAPHIQL_CSP = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self' data:",
  "connect-src 'self'",
  "worker-src 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
  "form-action 'none'",
].join('; ');

/**
 * GraphiQL from a folder that was built before. All files are read once, so a path of a request is never a path of the disk. No folder, no
 * route.
 */
export async function createGraphiqlRoutes(folder: string): Promise<Route[]> {
  const files = await readAll(folder, '/graphiql/');
  const index = files.get('/graphiql/index.html');
  if (index === undefined) return [];
  const serve = (file: StaticFile, exchange: Exchange) => send(file, exchange);
  return [
    { methods: ['GET'], path: '/graphiql', handle: (exchange) => serve(index, exchange) },
    ...[...files].map(([path, file]): Route => ({
      methods: ['GET'],
      path,
      handle: (exchange) => serve(file, exchange),
    })),
  ];
}

function send({ bytes, type, etag }: StaticFile, { request, response }: Exchange): void {
  const headers = { etag, 'cache-control': 'no-cache', 'content-security-policy': GRAPHIQL_CSP };
  if (request.headers['if-none-match'] === etag) {
    response.writeHead(304, headers).end();
    return;
  }
  response.writeHead(200, { ...headers, 'content-type': type, 'content-length': bytes.length });
  response.end(bytes);
}

async function readAll(folder: string, prefix: string): Promise<Map<string, StaticFile>> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const files = await Promise.all(
    entries.map(async (entry): Promise<[string, StaticFile][]> => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return [...(await readAll(path, `${prefix}${entry.name}/`))];
      const type = TYPES[extname(entry.name)];
      if (type === undefined) return [];
      const bytes = await readFile(path);
      return [[prefix + entry.name, { bytes, type, etag: etagOf(bytes) }]];
    }),
  );
  return new Map(files.flat());
}

/** A strong validator (RFC 9110, 8.8.3). */
export function etagOf(bytes: string | Buffer): string {
  return `"${createHash('sha256').update(bytes).digest('base64url')}"`;
}
