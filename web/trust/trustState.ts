import { createContext, use } from 'react';
import type { Standing } from './standing.js';

export interface TrustState extends Standing {
  readonly verifying: boolean;
  readonly verifyAgain: () => void;
}

export const TrustContext = createContext<TrustState | undefined>(undefined);

/** What is known of the gateway. Inside Trust its report is always accepted. */
export function useTrust(): TrustState {
  const state = use(TrustContext);
  if (state === undefined) throw new Error('useTrust outside Trust');
  return state;
}
