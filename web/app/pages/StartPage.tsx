import { Navigate } from 'react-router';
import { may } from '../../api/permissions.js';
import { useSession } from '../../session/sessionState.js';
import { page } from '../urls.js';

/** Where each role's work begins. */
export function StartPage() {
  const { account } = useSession();
  if (may(account, 'readReports')) return <Navigate to={page.worklist()} replace />;
  if (may(account, 'readPatients')) return <Navigate to={page.patients()} replace />;
  if (may(account, 'readAudit')) return <Navigate to={page.audit()} replace />;
  return <Navigate to={page.trust()} replace />;
}
