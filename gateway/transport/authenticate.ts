import { createRemoteJWKSet, errors, jwtVerify, type JWTVerifyGetKey } from 'jose';
import { Refusal } from '../../enclave/refusals.js';
import type { Caller } from '../../runtime/caller.js';
import { fetchJson } from '../../runtime/fetchJson.js';

/** Who is behind an Authorization header. @throws Refusal UNAUTHENTICATED or ISSUER_UNREACHABLE; never answers anonymous for a bad token. */
export type Authenticate = (authorization: string | undefined) => Promise<Caller>;

export interface AuthenticateOptions {
  /** The `iss` of access tokens; its discovery document names the key set. */
  readonly issuer: string;
  /** The `aud` of access tokens. */
  readonly audience: string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** Characters of a token. */
const MAXIMUM_TOKEN = 8192;
const MAXIMUM_ENTRIES = 64;
const TIMEOUT_MS = 5000;
const MAXIMUM_DISCOVERY_BYTES = 65_536;

/**
 * Verifies access tokens of one issuer (RFC 9068): `at+jwt`, ES256 and nothing else, keys from the issuer's own key set, never
 * from the token.
 */
export function createAuthenticate(options: AuthenticateOptions): Authenticate {
  const { issuer, audience, now } = options;
  let keys: Promise<JWTVerifyGetKey> | undefined;
  const getKeys = () => {
    keys ??= discoverKeys(issuer);
    keys.catch(() => (keys = undefined));
    return keys;
  };

  return async (authorization) => {
    if (authorization === undefined) return ANONYMOUS;
    const token = /^Bearer +([\w.~+/=-]+)$/i.exec(authorization)?.[1];
    if (token === undefined || token.length > MAXIMUM_TOKEN) throw invalid('is not a bearer token');
    const getKey = await getKeys();
    try {
      const { payload } = await jwtVerify(token, getKey, {
        issuer,
        audience,
        algorithms: ['ES256'],
        typ: 'at+jwt',
        requiredClaims: ['sub', 'iat', 'exp'],
        currentDate: new Date(now()),
        clockTolerance: 5,
      });
      return personOf(payload);
    } catch (cause) {
      throw refusalOf(cause, issuer);
    }
  };
}

const ANONYMOUS: Caller = Object.freeze({ kind: 'anonymous', id: '', roles: [], scopes: [], channel: 'local' });

async function discoverKeys(issuer: string): Promise<JWTVerifyGetKey> {
  const url = `${issuer}/.well-known/openid-configuration`;
  const request = { url, timeoutMs: TIMEOUT_MS, maximumBytes: MAXIMUM_DISCOVERY_BYTES };
  const { body } = await fetchJson(request).catch((cause: unknown) => {
    throw new Refusal('ISSUER_UNREACHABLE', `The identity provider ${issuer} cannot be reached.`, { cause });
  });
  const { issuer: stated, jwks_uri: jwksUri } = (body ?? {}) as { issuer?: unknown; jwks_uri?: unknown };
  if (stated !== issuer || typeof jwksUri !== 'string' || !URL.canParse(jwksUri)) {
    throw new Refusal('ISSUER_UNREACHABLE', `${url} does not describe the identity provider ${issuer}.`);
  }
  return createRemoteJWKSet(new URL(jwksUri), { timeoutDuration: TIMEOUT_MS });
}

function personOf({ sub, roles, scope }: { sub?: string; roles?: unknown; scope?: unknown }): Caller {
  if (sub === undefined || sub === '' || sub.length > 256) throw invalid('names no account');
  const scopes = typeof scope === 'string' ? scope.split(' ').filter((entry) => entry !== '') : [];
  const named = Array.isArray(roles) ? roles.filter((role) => typeof role === 'string') : [];
  if (scopes.length > MAXIMUM_ENTRIES || named.length > MAXIMUM_ENTRIES) throw invalid('has too many scopes or roles');
  return { kind: 'person', id: sub, roles: named, scopes, channel: 'local' };
}

function refusalOf(cause: unknown, issuer: string): Refusal {
  if (cause instanceof Refusal) return cause;
  const isAboutToken = cause instanceof errors.JOSEError && !(cause instanceof errors.JWKSTimeout);
  if (isAboutToken && cause.code !== 'ERR_JOSE_GENERIC') return invalid(`is not valid (${cause.code})`, cause);
  return new Refusal('ISSUER_UNREACHABLE', `The keys of the identity provider ${issuer} cannot be had.`, { cause });
}

function invalid(what: string, cause?: unknown): Refusal {
  return new Refusal('UNAUTHENTICATED', `The access token ${what}.`, { cause });
}
