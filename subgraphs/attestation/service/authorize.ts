import { createRemoteJWKSet, errors, jwtVerify, type JWTPayload, type JWTVerifyGetKey } from 'jose';
import { Refusal } from '../../../enclave/refusals.js';
import { fetchJson } from '../../../runtime/fetchJson.js';
import { ProtocolRefusal } from './azureError.js';

/** Who may read and change policies and policy signers. */
export interface Authorization {
  /** What a 401 says in WWW-Authenticate: where to get a token, and for what (RFC 6750, and Entra's two parameters). */
  readonly challenge: string;
  /** @throws Refusal UNAUTHENTICATED, SCOPE_MISSING or ISSUER_UNREACHABLE; returns where it is permitted. */
  authorize(header: string | undefined, operation: 'read' | 'write'): Promise<void>;
}

export interface AuthorizationOptions {
  /** The `iss` of access tokens; its discovery document names the key set. */
  readonly issuer: string;
  /** The `aud` of access tokens. */
  readonly audience: string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** Azure's names for the two roles, and the scopes that stand for them. Who may write may read. */
const READERS = { roles: ['Attestation Reader'], scopes: ['system/AttestationPolicy.read'] };
const WRITERS = { roles: ['Attestation Contributor'], scopes: ['system/AttestationPolicy.write'] };

/** Characters of a token. */
const MAXIMUM_TOKEN = 8192;
const TIMEOUT_MS = 5000;
const MAXIMUM_DISCOVERY_BYTES = 65_536;
const ALGORITHMS = ['RS256', 'PS256', 'ES256'];

/** Access tokens of one identity provider, with keys from its own key set and never from the token. */
export function createAuthorization({ issuer, audience, now }: AuthorizationOptions): Authorization {
  let keys: Promise<JWTVerifyGetKey> | undefined;
  const getKeys = () => {
    keys ??= discoverKeys(issuer);
    keys.catch(() => (keys = undefined));
    return keys;
  };

  async function verify(token: string): Promise<JWTPayload> {
    const getKey = await getKeys();
    try {
      const { payload } = await jwtVerify(token, getKey, {
        issuer,
        audience,
        algorithms: ALGORITHMS,
        requiredClaims: ['sub', 'exp'],
        currentDate: new Date(now()),
        clockTolerance: 5,
      });
      return payload;
    } catch (cause) {
      throw refusalOf(cause, issuer);
    }
  }

  return {
    challenge: `Bearer authorization_uri="${issuer}", resource="${audience}"`,
    async authorize(header, operation) {
      const token = /^Bearer +([\w.~+/=-]+)$/i.exec(header ?? '')?.[1];
      if (token === undefined || token.length > MAXIMUM_TOKEN) throw invalid('is missing or not a bearer token');
      const claims = await verify(token);
      const accepted = operation === 'write' ? [WRITERS] : [READERS, WRITERS];
      if (accepted.some((party) => belongs(claims, party))) return;
      const [{ roles, scopes } = READERS] = accepted;
      throw new ProtocolRefusal(
        'Unauthorized',
        'SCOPE_MISSING',
        `This needs the role ${roles.join()} or the scope ${scopes.join()}.`,
      );
    },
  };
}

/** For an instance that has no identity provider: nobody is permitted. */
export const nobodyAuthorized: Authorization = {
  challenge: 'Bearer',
  authorize: () =>
    Promise.reject(
      new Refusal('UNAUTHENTICATED', 'This service has no identity provider, so that nobody may do this.'),
    ),
};

function belongs({ roles, scope }: JWTPayload, party: typeof READERS): boolean {
  const named = Array.isArray(roles) ? roles : [];
  const scopes = typeof scope === 'string' ? scope.split(' ') : [];
  return party.roles.some((role) => named.includes(role)) || party.scopes.some((each) => scopes.includes(each));
}

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

function refusalOf(cause: unknown, issuer: string): Refusal {
  if (cause instanceof Refusal) return cause;
  const isAboutToken = cause instanceof errors.JOSEError && !(cause instanceof errors.JWKSTimeout);
  if (isAboutToken && cause.code !== 'ERR_JOSE_GENERIC') return invalid(`is not valid (${cause.code})`, cause);
  return new Refusal('ISSUER_UNREACHABLE', `The keys of the identity provider ${issuer} cannot be had.`, { cause });
}

function invalid(what: string, cause?: unknown): Refusal {
  return new Refusal('UNAUTHENTICATED', `The access token ${what}.`, { cause });
}
