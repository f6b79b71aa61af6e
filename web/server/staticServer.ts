import { readFile, readdir } from 'node:fs/promises';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { extname, join, relative, sep } from 'node:path';
import { contentSecurityPolicy } from './contentSecurityPolicy.js';

export interface StaticSite {
  /** Folder of the built portal. */
  readonly portal: string;
  /** File that is served as /config.json; read for every request, so that a new pin needs no restart. */
  readonly config: string;
}

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.json': 'application/json',
  '.map': 'application/json',
  '.woff2': 'font/woff2',
};

const LONGEST_PATH = 512;
const YEAR_SECONDS = 31_536_000;

interface StaticFile {
  readonly bytes: Buffer;
  readonly contentType: string;
}

/**
 * Serves the portal. The files are read once, and only what was there then can be asked for: no path of a request ever
 * reaches the file system. Paths without a file extension are pages of the portal and get index.html.
 *
 * @throws where the folder holds no index.html.
 */
export async function createStaticServer(site: StaticSite): Promise<Server> {
  const files = await readFiles(site.portal);
  const index = indexOf(files, site.portal);

  const server = createServer((request, response) => {
    void answer(request.method, request.url).then(
      (reply) => send(response, reply, request.method === 'HEAD'),
      () => send(response, { status: 500, text: 'The portal could not be served.' }, false),
    );
  });
  server.headersTimeout = 10_000;
  server.requestTimeout = 15_000;
  server.maxHeadersCount = 64;
  return server;

  async function answer(method = '', url = ''): Promise<Reply> {
    if (method !== 'GET' && method !== 'HEAD')
      return { status: 405, text: 'Only GET.', headers: { allow: 'GET, HEAD' } };
    if (url.length > LONGEST_PATH * 8) return { status: 414, text: 'The address is too long.' };
    const path = url.split('?', 1)[0] ?? '/';
    if (path === '/healthz') return { status: 200, text: 'ok' };
    if (path === '/config.json') return { status: 200, file: await configFile(site.config), cache: 'no-store' };
    const file = path.length <= LONGEST_PATH ? files.get(path) : undefined;
    if (file !== undefined && path !== '/index.html') return { status: 200, file, cache: cacheOf(path) };
    if (extname(path) !== '' && path !== '/index.html') return { status: 404, text: 'There is no such file.' };
    return { status: 200, file: index, cache: 'no-cache', headers: await pageHeaders(site.config) };
  }
}

function indexOf(files: ReadonlyMap<string, StaticFile>, folder: string): StaticFile {
  const index = files.get('/index.html');
  if (index === undefined) throw new Error(`${folder} holds no index.html: build the portal first`);
  return index;
}

interface Reply {
  readonly status: number;
  readonly file?: StaticFile;
  readonly text?: string;
  readonly cache?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

async function configFile(path: string): Promise<StaticFile> {
  return { bytes: await readFile(path), contentType: 'application/json' };
}

async function pageHeaders(config: string): Promise<Record<string, string>> {
  const parsed: unknown = JSON.parse(await readFile(config, 'utf8'));
  return {
    'content-security-policy': contentSecurityPolicy(parsed),
    'cross-origin-opener-policy': 'same-origin',
    'permissions-policy': 'camera=(), microphone=(), geolocation=(), payment=(), usb=()',
    'x-frame-options': 'DENY',
  };
}

function send(
  response: ServerResponse,
  { status, file, text = '', cache = 'no-store', headers = {} }: Reply,
  headOnly: boolean,
): void {
  const bytes = file?.bytes ?? Buffer.from(text);
  response.writeHead(status, {
    'content-type': file?.contentType ?? 'text/plain; charset=utf-8',
    'content-length': bytes.length,
    'cache-control': cache,
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cross-origin-resource-policy': 'same-origin',
    ...headers,
  });
  response.end(headOnly ? undefined : bytes);
}

/** Files whose name holds a digest of their content never change. */
function cacheOf(path: string): string {
  return path.startsWith('/assets/') ? `public, max-age=${YEAR_SECONDS}, immutable` : 'no-cache';
}

async function readFiles(folder: string): Promise<ReadonlyMap<string, StaticFile>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && CONTENT_TYPES[extname(entry.name)] !== undefined);
  const read = files.map(async (entry) => {
    const path = join(entry.parentPath, entry.name);
    const url = `/${relative(folder, path).split(sep).join('/')}`;
    return [url, { bytes: await readFile(path), contentType: CONTENT_TYPES[extname(entry.name)] ?? '' }] as const;
  });
  return new Map(await Promise.all(read));
}
