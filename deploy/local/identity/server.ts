import { createHash, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type Provider from 'oidc-provider';
import { errorPage, sendPage, signInPage } from './pages.js';
import { DEMONSTRATION_PASSWORD, personOf, type Person } from './people.js';
import { signIn } from './provider.js';

const MAXIMUM_FORM_BYTES = 4096;
const MAXIMUM_CONNECTIONS = 256;

/** The provider behind HTTP, with the sign-in page that the library leaves to us. */
export function createIdentityServer({ audience, provider }: { provider: Provider; audience: string }): Server {
  const library = provider.callback();
  const server = createServer((req, res) => {
    const path = new URL(req.url ?? '/', provider.issuer).pathname;
    if (path === '/healthz') res.writeHead(200, { 'content-type': 'text/plain' }).end('ok\n');
    else if (path.startsWith('/interaction/'))
      interact({ audience, provider }, req, res).catch((error: unknown) => {
        const expired = error instanceof Error && error.name === 'SessionNotFound';
        const page = expired
          ? errorPage('expired', 'This sign-in has expired, or was begun in another browser.')
          : errorPage('server_error', 'Something unexpected happened.');
        if (res.headersSent) res.destroy();
        else sendPage(res, expired ? 400 : 500, page);
      });
    else void library(req, res);
  });
  server.maxConnections = MAXIMUM_CONNECTIONS;
  server.headersTimeout = 10_000;
  server.requestTimeout = 20_000;
  return server;
}

/** The sign-in page: shows the form, or takes it and sends the browser on. */
async function interact(
  { audience, provider }: { provider: Provider; audience: string },
  req: IncomingMessage,
  res: ServerResponse,
): Promise<void> {
  const interaction = await provider.interactionDetails(req, res);
  const action = `/interaction/${interaction.uid}`;
  const targets = [new URL(String(interaction.params.redirect_uri)).origin];
  const form = req.method === 'POST' ? await readForm(req) : undefined;

  // Signed in already in this browser: only the consent is missing, and that is implied.
  const known = interaction.prompt.name === 'consent' ? personOf(interaction.session?.accountId ?? '') : undefined;
  const person = known ?? (form instanceof URLSearchParams ? personWithPassword(form) : undefined);
  if (person !== undefined) await signIn(provider, { req, res }, person, interaction, audience);
  else if (form === 'too large')
    sendPage(res, 413, errorPage('too_large', `A form holds at most ${MAXIMUM_FORM_BYTES} bytes.`), targets);
  else if (form !== undefined) {
    const problem = 'There is no such account, or the password is wrong.';
    sendPage(res, 401, signInPage({ action, account: form.get('account') ?? '', problem }), targets);
  } else sendPage(res, 200, signInPage({ action }), targets);
}

function personWithPassword(form: URLSearchParams): Person | undefined {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  const matches = timingSafeEqual(digest(form.get('password') ?? ''), digest(DEMONSTRATION_PASSWORD));
  return matches ? personOf(form.get('account') ?? '') : undefined;
}

async function readForm(req: IncomingMessage): Promise<URLSearchParams | 'too large'> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of req as AsyncIterable<Buffer>) {
    size += chunk.byteLength;
    if (size > MAXIMUM_FORM_BYTES) return 'too large';
    chunks.push(chunk);
  }
  return new URLSearchParams(Buffer.concat(chunks).toString('utf8'));
}
