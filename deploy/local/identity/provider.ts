import type { IncomingMessage, ServerResponse } from 'node:http';
import { Provider, errors, type Configuration, type Interaction } from 'oidc-provider';
import type { IdentityKeys } from './keys.js';
import { errorPage, respondWithPage, signOutPage, signedOutPage } from './pages.js';
import { allScopes, grantedScopes, personOf, type Person } from './people.js';

export interface IdentityOptions {
  readonly issuer: string;
  readonly keys: IdentityKeys;
  readonly portalOrigin: string;
  /** The resource (RFC 8707) that access tokens are for. */
  readonly audience: string;
  readonly accessTokenSeconds?: number;
}

export const PORTAL_CLIENT = 'cloister-portal';
export const CLI_CLIENT = 'cloister-cli';
/** Where the command line receives its code: a loopback address (RFC 8252 section 7.3); any port is accepted. */
export const CLI_REDIRECT_URI = 'http://127.0.0.1/callback';

/** The OpenID provider, without its sign-in page (see server.ts). Sessions live in memory; keys are given. */
export function createProvider(options: IdentityOptions): Provider {
  const { accessTokenSeconds = 3600, audience, issuer, keys, portalOrigin } = options;
  const configuration: Configuration = {
    clients: [
      {
        client_id: PORTAL_CLIENT,
        client_name: 'Cloister portal',
        application_type: 'web',
        token_endpoint_auth_method: 'none',
        grant_types: ['authorization_code', 'refresh_token'],
        redirect_uris: [`${portalOrigin}/callback`],
        post_logout_redirect_uris: [portalOrigin, `${portalOrigin}/`],
      },
      {
        client_id: CLI_CLIENT,
        client_name: 'Cloister command line',
        application_type: 'native',
        token_endpoint_auth_method: 'none',
        grant_types: ['authorization_code'],
        redirect_uris: [CLI_REDIRECT_URI],
      },
    ],
    jwks: { keys: keys.jwks.keys.map((key) => ({ ...key })) },
    cookies: { keys: [...keys.cookieKeys], short: { signed: true }, long: { signed: true } },
    clientBasedCORS: (_ctx, origin) => origin === portalOrigin,
    scopes: ['openid', 'profile', 'offline_access'],
    claims: { openid: ['sub', 'roles'], profile: ['name'] },
    conformIdTokenClaims: false,
    responseTypes: ['code'],
    pkce: { required: () => true },
    findAccount: (_ctx, id) => {
      const person = personOf(id);
      return (
        person && { accountId: id, claims: () => Promise.resolve({ sub: id, name: person.name, roles: person.roles }) }
      );
    },
    loadExistingGrant: async (ctx) =>
      await implicitGrant(ctx.oidc.provider, audience, ctx.oidc.session?.accountId, ctx.oidc.client?.clientId),
    issueRefreshToken: (_ctx, client) => client.grantTypeAllowed('refresh_token'),
    interactions: { url: (_ctx, interaction) => `/interaction/${interaction.uid}` },
    ttl: {
      AccessToken: accessTokenSeconds,
      AuthorizationCode: 60,
      IdToken: 3600,
      Interaction: 600,
      Session: 28_800,
      Grant: 28_800,
      RefreshToken: 28_800,
    },
    features: {
      devInteractions: { enabled: false },
      revocation: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => audience,
        useGrantedResource: () => true,
        getResourceServerInfo: (_ctx, resource) => {
          if (resource !== audience) throw new errors.InvalidTarget();
          return {
            scope: allScopes.join(' '),
            audience,
            accessTokenFormat: 'jwt',
            accessTokenTTL: accessTokenSeconds,
            jwt: { sign: { alg: 'ES256' } },
          };
        },
      },
      rpInitiatedLogout: {
        enabled: true,
        logoutSource: (ctx, form) => respondWithPage(ctx, signOutPage(form)),
        postLogoutSuccessSource: (ctx) => respondWithPage(ctx, signedOutPage()),
      },
    },
    extraTokenClaims: (_ctx, token) => {
      const person = 'accountId' in token ? personOf(token.accountId) : undefined;
      return person && { roles: person.roles };
    },
    formats: {
      customizers: {
        jwt: (_ctx, token, jwt) => {
          const person = 'accountId' in token ? personOf(token.accountId) : undefined;
          if (person === undefined) return;
          const asked = typeof jwt.payload.scope === 'string' ? jwt.payload.scope.split(' ') : [];
          jwt.payload.scope = grantedScopes(person, asked).join(' ');
        },
      },
    },
    renderError: (ctx, out) => respondWithPage(ctx, errorPage(out.error, out.error_description ?? '')),
  };
  return new Provider(issuer, configuration);
}

/** Ends an interaction: the person is signed in and, because all clients are our own, consents to what was asked. */
export async function signIn(
  provider: Provider,
  exchange: { req: IncomingMessage; res: ServerResponse },
  person: Person,
  interaction: Interaction,
  audience: string,
): Promise<void> {
  const clientId = String(interaction.params.client_id);
  const grant = await implicitGrant(provider, audience, person.id, clientId);
  const result = {
    login: { accountId: person.id },
    ...(grant?.jti === undefined ? {} : { consent: { grantId: grant.jti } }),
  };
  await provider.interactionFinished(exchange.req, exchange.res, result, { mergeWithLastSubmission: false });
}

async function implicitGrant(
  provider: Provider,
  audience: string,
  accountId: string | undefined,
  clientId: string | undefined,
) {
  if (accountId === undefined || clientId === undefined) return undefined;
  const grant = new provider.Grant({ accountId, clientId });
  grant.addOIDCScope('openid profile offline_access');
  grant.addOIDCClaims(['sub', 'name', 'roles']);
  grant.addResourceScope(audience, allScopes.join(' '));
  await grant.save();
  return grant;
}
