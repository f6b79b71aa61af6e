import { useReducer, useState } from 'react';
import { NavLink, Outlet, ScrollRestoration } from 'react-router';
import { UNREAD_NOTICES } from '../api/operations.js';
import { may, type Permission } from '../api/permissions.js';
import { useQuery } from '../api/useQuery.js';
import { DeploymentNotice } from '../components/Notice.js';
import { useSession } from '../session/sessionState.js';
import { Icon, type IconName } from '../ui/Icon.js';
import { AccountMenu } from './AccountMenu.js';
import { useConfiguration } from './Configuration.js';
import { SearchBox } from './SearchBox.js';
import { SearchContext } from './search.js';
import { Shortcuts } from './Shortcuts.js';
import { TrustButton } from './TrustButton.js';
import { RecountContext } from './unread.js';
import { page } from './urls.js';

const NOTICES_EVERY_MS = 15_000;

const SECTIONS: readonly { words: string; to: string; icon: IconName; needs: Permission }[] = [
  { words: 'Worklist', to: page.worklist(), icon: 'list', needs: 'readReports' },
  { words: 'Patients', to: page.patients(), icon: 'people', needs: 'readPatients' },
  { words: 'Notices', to: page.notices(), icon: 'bell', needs: 'readNotices' },
  { words: 'Audit', to: page.audit(), icon: 'book', needs: 'readAudit' },
];

export function Layout() {
  const { account, endsSoon, signIn } = useSession();
  const { notice } = useConfiguration();
  const [search, setSearch] = useState('');
  const [recounts, recount] = useReducer((count: number) => count + 1, 0);
  return (
    <SearchContext value={{ search, setSearch }}>
      <a className="skip" href="#content">
        Skip to the content
      </a>
      <DeploymentNotice notice={notice} />
      {endsSoon && (
        <aside className="notice" aria-label="Session">
          <Icon name="warning" />
          <p role="status">
            Your session ends within a minute.{' '}
            <button type="button" className="link" onClick={signIn}>
              Sign in again
            </button>
          </p>
        </aside>
      )}
      <header className="bar">
        <NavLink to={page.start()} className="brand" aria-label="Cloister, start page">
          <Icon name="arch" /> Cloister
        </NavLink>
        <nav aria-label="Main">
          <ul>
            {SECTIONS.filter((section) => may(account, section.needs)).map((section) => (
              <li key={section.to}>
                <NavLink to={section.to}>
                  <Icon name={section.icon} /> {section.words}
                  {section.needs === 'readNotices' && <Unread recounts={recounts} />}
                </NavLink>
              </li>
            ))}
          </ul>
        </nav>
        {may(account, 'readPatients') && <SearchBox />}
        <div className="bar-end">
          <TrustButton />
          <Shortcuts />
          <AccountMenu />
        </div>
      </header>
      <main id="content" tabIndex={-1}>
        <RecountContext value={recount}>
          <Outlet />
        </RecountContext>
      </main>
      <ScrollRestoration />
    </SearchContext>
  );
}

/** How many notices wait. Where the number cannot be had, none is shown, which is not the same as zero. */
function Unread({ recounts }: { recounts: number }) {
  const { data } = useQuery(UNREAD_NOTICES, {}, { everyMs: NOTICES_EVERY_MS, again: recounts });
  const count = data?.communications?.length;
  if (count === undefined) return null;
  return (
    <span className={count === 0 ? 'count count-zero' : 'count'}>
      {count === 50 ? '50+' : count}
      <span className="hidden"> not acknowledged</span>
    </span>
  );
}
