import { createContext, use, type ReactNode } from 'react';
import type { PortalConfig } from '../config/portalConfig.js';

const ConfigurationContext = createContext<PortalConfig | undefined>(undefined);

export function Configuration({ config, children }: { config: PortalConfig; children: ReactNode }) {
  return <ConfigurationContext value={config}>{children}</ConfigurationContext>;
}

export function useConfiguration(): PortalConfig {
  const config = use(ConfigurationContext);
  if (config === undefined) throw new Error('useConfiguration outside Configuration');
  return config;
}
