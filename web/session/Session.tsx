import type { User, UserManager } from 'oidc-client-ts';
import { useCallback, useEffect, useState, type ReactNode } from 'react';
import { page } from '../app/urls.js';
import { SignIn } from '../components/SignIn.js';
import { accountOf } from './account.js';
import { SessionContext } from './sessionState.js';
import { useIdleLimit } from './useIdleLimit.js';

type Phase =
  | { readonly name: 'resuming' }
  | { readonly name: 'signed-out'; readonly reason?: string; readonly locked?: true }
  | { readonly name: 'signed-in'; readonly user: User };

/** Signs people in. It exists only inside Trust: no token is asked for or sent before the gateway was verified. */
export function Session({ manager, children }: { manager: UserManager; children: ReactNode }) {
  const [phase, setPhase] = useState<Phase>({ name: 'resuming' });
  const [endsSoon, setEndsSoon] = useState(false);

  const end = useCallback(() => {
    void manager.removeUser();
    setPhase({ name: 'signed-out', reason: SESSION_ENDED });
  }, [manager]);

  const lock = useCallback(() => {
    void manager.removeUser();
    setPhase({ name: 'signed-out', reason: LOCKED, locked: true });
  }, [manager]);
  useIdleLimit({ active: phase.name === 'signed-in', limitMs: IDLE_MINUTES * 60_000, onIdle: lock });

  useEffect(() => {
    let current = true;
    resume(manager).then(
      (user) => current && setPhase(user === undefined ? { name: 'signed-out' } : { name: 'signed-in', user }),
      (thrown: unknown) => current && setPhase({ name: 'signed-out', reason: signInFailure(thrown) }),
    );
    const ending = () => setEndsSoon(true);
    manager.events.addAccessTokenExpired(end);
    manager.events.addAccessTokenExpiring(ending);
    return () => {
      current = false;
      manager.events.removeAccessTokenExpired(end);
      manager.events.removeAccessTokenExpiring(ending);
    };
  }, [manager, end]);

  const signIn = () => {
    // Whoever comes to a locked screen must say again who they are, whatever the identity service remembers.
    const locked = phase.name === 'signed-out' && phase.locked === true;
    void manager
      .signinRedirect({ state: window.location.pathname, ...(locked ? { prompt: 'login' } : {}) })
      .catch((thrown: unknown) => setPhase({ name: 'signed-out', reason: signInFailure(thrown) }));
  };
  const signOut = () => {
    void manager.signoutRedirect().catch(() => {
      void manager.removeUser();
      setPhase({ name: 'signed-out' });
    });
  };

  if (phase.name !== 'signed-in') {
    return (
      <SignIn
        busy={phase.name === 'resuming'}
        reason={phase.name === 'signed-out' ? phase.reason : undefined}
        signIn={signIn}
      />
    );
  }
  const { user } = phase;
  const account = accountOf({
    accessToken: user.access_token,
    name: user.profile.name ?? user.profile.preferred_username,
  });
  return (
    <SessionContext value={{ account, accessToken: user.access_token, endsSoon, signIn, signOut, end }}>
      {children}
    </SessionContext>
  );
}

const IDLE_MINUTES = 15;
const LOCKED = `Locked, because nobody used this page for ${IDLE_MINUTES} minutes. Sign in to go on where you were.`;
const SESSION_ENDED = 'Your session has ended. Sign in again to go on where you were.';

/** Finishes a sign-in that is under way, or takes up the one of this tab. */
async function resume(manager: UserManager): Promise<User | undefined> {
  if (window.location.pathname === page.signedIn()) {
    const user = await manager.signinCallback().finally(() => window.history.replaceState(null, '', page.start()));
    window.history.replaceState(null, '', returnPath(user?.state));
    return user;
  }
  const user = await manager.getUser();
  return user === null || user.expired === true ? undefined : user;
}

/** A path of this portal; anything else that came back through the address bar is not followed. */
function returnPath(state: unknown): string {
  const isOurs = typeof state === 'string' && /^\/(?!\/)[\w/-]*$/.test(state) && state !== page.signedIn();
  return isOurs ? state : page.start();
}

function signInFailure(thrown: unknown): string {
  const detail = thrown instanceof Error ? thrown.message : 'no reason given';
  return `The sign-in did not succeed (${detail}). Try again; if it fails again, tell the administrator of the identity service.`;
}
