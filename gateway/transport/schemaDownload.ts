import { gzipSync } from 'node:zlib';
import type { IncomingHttpHeaders } from 'node:http';
import type { Contract } from '../contracts/contract.js';
import type { Contracts } from '../contracts/contracts.js';
import type { Exchange, Route } from './exchange.js';
import { etagOf } from './staticFiles.js';

const PATH = '/schema.graphql';
const TYPE = 'application/graphql; charset=utf-8';

/** GET /schema.graphql: what callers may ask for and under which conditions; the same for all of them. */
export function createSchemaRoute(sdl: string): Route {
  const variants = variantsOf(sdl, etagOf(sdl));
  return {
    methods: ['GET'],
    path: PATH,
    handle: (exchange) => send(exchange, variants, { cacheControl: 'no-cache', vary: ['accept-encoding'] }),
  };
}

/**
 * GET /schema.graphql[?contract=NAME]: the caller's own contract, or a narrower one that is for them too.
 *
 * @returns a route that throws Refusal NOT_FOUND where the caller may not have what they ask for
 */
export function createContractSchemaRoute(contracts: Contracts): Route {
  const variants = new Map<Contract, Variants>(
    contracts.all.map((contract) => [contract, variantsOf(contract.sdl, contract.etag)]),
  );
  return {
    methods: ['GET'],
    path: PATH,
    async handle(exchange) {
      const { caller } = await exchange.caller();
      const contract = contracts.select(caller, exchange.url.searchParams.get('contract') ?? undefined);
      const chosen = variants.get(contract) ?? variantsOf(contract.sdl, contract.etag);
      // Whom it is for decides what it is: no cache may give it to another.
      send(exchange, chosen, { cacheControl: 'private, no-cache', vary: ['accept-encoding', 'authorization'] });
    },
  };
}

/** Two representations are two entities: each has a validator of its own (RFC 9110, 8.8.3.3). */
interface Variant {
  readonly bytes: Buffer;
  readonly etag: string;
  readonly encoding?: 'gzip';
}

interface Variants {
  readonly identity: Variant;
  readonly gzip: Variant;
}

function variantsOf(sdl: string, etag: string): Variants {
  const bytes = Buffer.from(sdl, 'utf8');
  return {
    identity: { bytes, etag },
    gzip: { bytes: gzipSync(bytes, { level: 9 }), etag: `${etag.slice(0, -1)}-gzip"`, encoding: 'gzip' },
  };
}

function send(
  { request, response }: Exchange,
  variants: Variants,
  { cacheControl, vary }: { readonly cacheControl: string; readonly vary: readonly string[] },
): void {
  const { bytes, etag, encoding } = acceptsGzip(request.headers) ? variants.gzip : variants.identity;
  const known = response.getHeader('vary');
  const headers = {
    etag,
    'cache-control': cacheControl,
    vary: [...(typeof known === 'string' ? [known] : []), ...vary].join(', '),
  };
  if (isKnown(request.headers['if-none-match'], etag)) {
    response.writeHead(304, headers).end();
    return;
  }
  response.writeHead(200, {
    ...headers,
    'content-type': TYPE,
    'content-length': bytes.length,
    ...(encoding === undefined ? {} : { 'content-encoding': encoding }),
  });
  response.end(bytes);
}

/** RFC 9110, 12.5.3: gzip by its name or by *, unless its weight is 0. Nothing that was said means identity. */
function acceptsGzip({ 'accept-encoding': accepted }: IncomingHttpHeaders): boolean {
  const weights = new Map<string, number>();
  for (const item of accepted?.split(',') ?? []) {
    const [coding = '', ...parameters] = item.split(';').map((part) => part.trim().toLowerCase());
    const weight = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2);
    weights.set(coding, weight === undefined ? 1 : Number(weight));
  }
  return (weights.get('gzip') ?? weights.get('x-gzip') ?? weights.get('*') ?? 0) > 0;
}

/** RFC 9110, 13.1.2: a list, compared weakly. */
function isKnown(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  return header.split(',').some((item) => item.trim() === '*' || item.trim().replace(/^W\//, '') === etag);
}
