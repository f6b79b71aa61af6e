import type { Exchange, Route } from './exchange.js';
import { etagOf } from './staticFiles.js';

/** GET /schema.graphql: what callers may ask for and under which conditions. */
export function createSchemaRoute(sdl: string): Route {
  const etag = etagOf(sdl);
  const handle = ({ request, response }: Exchange): void => {
    const headers = { etag, 'cache-control': 'no-cache' };
    if (request.headers['if-none-match'] === etag) response.writeHead(304, headers).end();
    else response.writeHead(200, { ...headers, 'content-type': 'application/graphql; charset=utf-8' }).end(sdl);
  };
  return { methods: ['GET'], path: '/schema.graphql', handle };
}
