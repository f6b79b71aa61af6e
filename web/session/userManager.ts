import { UserManager, WebStorageStateStore } from 'oidc-client-ts';
import type { PortalConfig } from '../config/portalConfig.js';
import { page } from '../app/urls.js';

/** The gateway as a resource (RFC 8707): with it, the access token is a JWT for the gateway and for nobody else. */
const GATEWAY_RESOURCE = 'urn:cloister:gateway';

/**
 * Authorization code with PKCE. Tokens live in this tab's session storage and end with it; there is no silent renewal,
 * so that a screen left alone signs itself out when its token expires.
 */
export function createUserManager(
  { identity }: PortalConfig,
  { origin, tab }: { origin: string; tab: Storage },
): UserManager {
  const store = new WebStorageStateStore({ store: tab, prefix: 'cloister.' });
  return new UserManager({
    authority: identity.issuer,
    client_id: identity.clientId,
    redirect_uri: origin + page.signedIn(),
    post_logout_redirect_uri: origin + page.start(),
    response_type: 'code',
    scope: identity.scope,
    resource: GATEWAY_RESOURCE,
    extraTokenParams: { resource: GATEWAY_RESOURCE },
    userStore: store,
    stateStore: store,
    automaticSilentRenew: false,
    monitorSession: false,
    loadUserInfo: false,
  });
}
