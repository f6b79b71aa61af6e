import { useEffect, useRef } from 'react';
import { useSession } from '../session/sessionState.js';
import { Button } from '../ui/Button.js';
import { Icon } from '../ui/Icon.js';
import { words } from '../ui/format.js';

/** Who is signed in, as what, with which scopes; and the way out. */
export function AccountMenu() {
  const { account, signOut } = useSession();
  const menu = useRef<HTMLDetailsElement>(null);

  useEffect(() => {
    const close = (event: Event) => {
      const isEscape = event instanceof KeyboardEvent && event.key === 'Escape';
      const isOutside = event.type === 'pointerdown' && !menu.current?.contains(event.target as Node);
      if (menu.current !== null && (isEscape || isOutside)) menu.current.open = false;
    };
    document.addEventListener('keydown', close);
    document.addEventListener('pointerdown', close);
    return () => {
      document.removeEventListener('keydown', close);
      document.removeEventListener('pointerdown', close);
    };
  }, []);

  return (
    <details className="account" ref={menu}>
      <summary
        title={`Account of ${account.name}`}
        aria-label={`Account of ${account.name}, ${account.roles.map(words).join(', ') || 'no role'}`}
      >
        <Icon name="user" />
        <span>
          {account.name}
          <small>{account.roles.map(words).join(', ') || 'No role'}</small>
        </span>
      </summary>
      <div className="account-menu">
        <p>
          Signed in as <strong>{account.name}</strong> (<code>{account.id}</code>)
        </p>
        <p>Role: {account.roles.map(words).join(', ') || 'none'}</p>
        <p className="muted">This account may:</p>
        <ul>
          {[...account.scopes].sort().map((scope) => (
            <li key={scope}>
              <code>{scope}</code>
            </li>
          ))}
        </ul>
        <Button onClick={signOut}>Sign out</Button>
      </div>
    </details>
  );
}
