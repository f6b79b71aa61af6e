import { createContext, use } from 'react';
import type { Account } from './account.js';

export interface SessionState {
  readonly account: Account;
  readonly accessToken: string;
  /** True in the last minute before the access token expires. */
  readonly endsSoon: boolean;
  readonly signIn: () => void;
  readonly signOut: () => void;
  /** The gateway no longer takes the token: forget it and ask the person to sign in again. */
  readonly end: () => void;
}

export const SessionContext = createContext<SessionState | undefined>(undefined);

export function useSession(): SessionState {
  const session = use(SessionContext);
  if (session === undefined) throw new Error('useSession outside Session');
  return session;
}
