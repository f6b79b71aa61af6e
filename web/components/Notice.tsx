import type { ReactNode } from 'react';
import { Icon } from '../ui/Icon.js';
import { useTrust } from '../trust/trustState.js';
import { Link } from 'react-router';
import { page } from '../app/urls.js';

/** What every page must say while no hardware or seal protects the data. It cannot be closed. */
export function Notice({ notice, children }: { notice: string; children?: ReactNode }) {
  return (
    <aside className="notice" aria-label="Notice">
      <Icon name="warning" />
      <p>
        {notice} {children}
      </p>
    </aside>
  );
}

/** The notice of the deployment, or one from what was found where the deployment forgot to give one. */
export function DeploymentNotice({ notice }: { notice: string | null }) {
  const { report } = useTrust();
  const conceded = report.checks.filter((check) => check.outcome === 'conceded');
  const text = notice ?? (conceded.length > 0 ? conceded.map((check) => check.finding).join(' ') : undefined);
  return text === undefined ? null : (
    <Notice notice={text}>
      <Link to={page.trust()}>What was verified</Link>
    </Notice>
  );
}
