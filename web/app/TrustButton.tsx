import { NavLink } from 'react-router';
import { titleOf } from '../trust/checks.js';
import { useTrust } from '../trust/trustState.js';
import { clock } from '../ui/format.js';
import { Icon } from '../ui/Icon.js';
import { page } from './urls.js';

/** The state of trust in words, on every page. It is never only a colour or a tick. */
export function TrustButton() {
  const { report, inDoubt } = useTrust();
  const conceded = report.checks.filter((check) => check.outcome === 'conceded');
  const title = `Verified at ${clock(report.verifiedAt)}. ${conceded.map((check) => `${titleOf(check.id)}: ${check.finding}`).join(' ')}`;
  return (
    <NavLink
      to={page.trust()}
      className={conceded.length > 0 || inDoubt ? 'trust trust-caution' : 'trust'}
      title={title}
    >
      <Icon name="shield" />
      <span>
        {report.result?.simulated === true ? 'Simulated enclave' : 'Enclave verified'}
        <small>
          {inDoubt === undefined ? `checked ${clock(report.verifiedAt).slice(0, 5)}` : 'last check incomplete'}
        </small>
      </span>
    </NavLink>
  );
}
