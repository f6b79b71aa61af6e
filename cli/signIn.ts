import * as client from 'openid-client';
import { Refusal } from '../enclave/refusals.js';

export interface SignInOptions {
  readonly issuer: string;
  readonly account: string;
  readonly password: string;
  /** The resource (RFC 8707) that the access token is for. */
  readonly audience: string;
  readonly scope?: string;
}

const clientId = 'cloister-cli';
const redirectUri = 'http://127.0.0.1/callback';
// The library marks it as deprecated to make it stand out; it is used for a provider on this very machine only.
// eslint-disable-next-line @typescript-eslint/no-deprecated
const allowPlainHttp = client.allowInsecureRequests;
const MAXIMUM_HOPS = 6;

/**
 * Signs in at the development identity provider by filling in its form, as a person would in a browser: authorization
 * code with PKCE (RFC 7636). Nothing listens at the redirect address; the code is taken from the last redirect.
 * @returns an access token.
 * @throws Refusal UNAUTHENTICATED where the account or password is wrong, PEER_UNREACHABLE where nobody answers.
 */
export async function signInWithPassword(options: SignInOptions): Promise<string> {
  const { account, audience, issuer, password, scope = 'openid' } = options;
  try {
    const server = await client.discovery(new URL(issuer), clientId, undefined, client.None(), {
      execute: isLoopback(new URL(issuer)) ? [allowPlainHttp] : [],
    });
    const verifier = client.randomPKCECodeVerifier();
    const state = client.randomState();
    const start = client.buildAuthorizationUrl(server, {
      redirect_uri: redirectUri,
      scope,
      state,
      resource: audience,
      code_challenge: await client.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
    });
    const back = await fillInForm(start, { account, password });
    const tokens = await client.authorizationCodeGrant(
      server,
      back,
      { pkceCodeVerifier: verifier, expectedState: state },
      { resource: audience },
    );
    return tokens.access_token;
  } catch (error) {
    if (error instanceof Refusal) throw error;
    if (isUnreachable(error))
      throw new Refusal('PEER_UNREACHABLE', `The identity provider ${issuer} does not answer.`, { cause: error });
    throw new Refusal('UNAUTHENTICATED', `The identity provider ${issuer} gave no access token.`, { cause: error });
  }
}

function isLoopback({ hostname }: URL): boolean {
  return ['localhost', '127.0.0.1', '[::1]'].includes(hostname);
}

/** Follows redirects with a cookie jar of its own, posts the form when it appears, and ends at the redirect address. */
async function fillInForm(start: URL, credentials: { account: string; password: string }): Promise<URL> {
  const cookies = new Map<string, string>();
  let url = start;
  let form: URLSearchParams | undefined;
  for (let hop = 0; hop < MAXIMUM_HOPS; hop++) {
    const answer = await fetch(url, {
      redirect: 'manual',
      method: form === undefined ? 'GET' : 'POST',
      headers: { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') },
      signal: AbortSignal.timeout(10_000),
      ...(form === undefined ? {} : { body: form }),
    });
    keepCookies(answer, cookies);
    const location = answer.headers.get('location');
    await answer.body?.cancel();
    if (location !== null) {
      url = new URL(location, url);
      form = undefined;
      if (url.href.startsWith(`${redirectUri}?`)) return url;
    } else if (answer.ok && form === undefined) form = new URLSearchParams({ ...credentials });
    else if (answer.status === 401)
      throw new Refusal('UNAUTHENTICATED', 'There is no such account, or the password is wrong.');
    else throw new Refusal('UNAUTHENTICATED', `The identity provider answered with status ${answer.status}.`);
  }
  throw new Refusal('UNAUTHENTICATED', `The identity provider sent more than ${MAXIMUM_HOPS} redirects.`);
}

function keepCookies(answer: Response, cookies: Map<string, string>): void {
  for (const line of answer.headers.getSetCookie()) {
    const [, name, value] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
    if (name !== undefined) cookies.set(name, value ?? '');
  }
}

/** A refused connection or a deadline, however deep openid-client has wrapped it. */
function isUnreachable(error: unknown): boolean {
  let cause = error as { name?: string; code?: string; cause?: unknown } | undefined;
  for (let depth = 0; cause !== undefined && depth < 5; depth++) {
    if (cause.name === 'TimeoutError' || ['ECONNREFUSED', 'ECONNRESET', 'ENOTFOUND'].includes(cause.code ?? ''))
      return true;
    cause = cause.cause as typeof cause;
  }
  return false;
}
