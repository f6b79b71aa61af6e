import { createContext, use, type ReactNode } from 'react';
import type { ApiClient } from './client.js';

const ApiContext = createContext<ApiClient | undefined>(undefined);

export function Api({ client, children }: { client: ApiClient; children: ReactNode }) {
  return <ApiContext value={client}>{children}</ApiContext>;
}

/** The gateway, as the person who is signed in. */
export function useApi(): ApiClient {
  const client = use(ApiContext);
  if (client === undefined) throw new Error('useApi outside Api');
  return client;
}
