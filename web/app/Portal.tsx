import type { UserManager } from 'oidc-client-ts';
import { useMemo } from 'react';
import { RouterProvider, createBrowserRouter } from 'react-router';
import { Api } from '../api/Api.js';
import { createApiClient } from '../api/client.js';
import type { PortalConfig } from '../config/portalConfig.js';
import { Session } from '../session/Session.js';
import { useSession } from '../session/sessionState.js';
import { Trust } from '../trust/Trust.js';
import { Configuration } from './Configuration.js';
import { routes } from './routes.js';

/** The order is the point: verify the gateway, then sign in, then ask. */
export function Portal({ config, manager }: { config: PortalConfig; manager: UserManager }) {
  return (
    <Configuration config={config}>
      <Trust config={config}>
        <Session manager={manager}>
          <SignedIn gateway={config.gateway} />
        </Session>
      </Trust>
    </Configuration>
  );
}

function SignedIn({ gateway }: { gateway: string }) {
  const { accessToken, end } = useSession();
  const router = useMemo(() => createBrowserRouter(routes), []);
  const client = useMemo(
    () => createApiClient({ gateway, accessToken, fetch: (...request) => window.fetch(...request), onSignedOut: end }),
    [gateway, accessToken, end],
  );
  return (
    <Api client={client}>
      <RouterProvider router={router} />
    </Api>
  );
}
