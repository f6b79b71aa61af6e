import type { ReactNode } from 'react';
import { PERMISSIONS, whyNot, type Permission } from '../api/permissions.js';
import { useSession } from '../session/sessionState.js';
import { Page } from '../ui/Page.js';
import { schemaSource } from './urls.js';

/** A page that only some may open; the others learn why. The gateway would refuse them anyway. */
export function Needs({ permission, children }: { permission: Permission; children: ReactNode }) {
  const { account } = useSession();
  const reason = whyNot(account, permission);
  if (reason === undefined) return children;
  const { field } = PERMISSIONS[permission];
  return (
    <Page title="Not for this account">
      <p>{reason}</p>
      <p>Ask the administrator for the role that has it, or sign in with another account.</p>
      {field !== undefined && (
        <p className="muted">
          The rule is <code>@requiresScopes</code> at <code>{schemaSource('patient.graphql', field)}</code>.
        </p>
      )}
    </Page>
  );
}
