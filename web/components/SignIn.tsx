import { useConfiguration } from '../app/Configuration.js';
import { titleOf } from '../trust/checks.js';
import { useTrust } from '../trust/trustState.js';
import { Button } from '../ui/Button.js';
import { Loading } from '../ui/Card.js';
import { clock } from '../ui/format.js';
import { Front } from './Front.js';
import { TrustChecks } from './TrustChecks.js';

interface SignInProps {
  readonly busy: boolean;
  /** Why one is here again. */
  readonly reason: string | undefined;
  readonly signIn: () => void;
}

export function SignIn({ busy, reason, signIn }: SignInProps) {
  const { notice } = useConfiguration();
  const { report } = useTrust();
  const passed = report.checks.filter((check) => check.outcome === 'passed').map(({ id }) => titleOf(id).toLowerCase());
  const conceded = report.checks.filter((check) => check.outcome === 'conceded');
  if (busy) {
    return (
      <Front title="Signing in" notice={notice}>
        <Loading what="Finishing the sign-in." />
      </Front>
    );
  }
  return (
    <Front title="Sign in" notice={notice}>
      {reason !== undefined && (
        <p role="alert" className="verdict verdict-unknown">
          {reason}
        </p>
      )}
      <p>Diagnostic imaging for your patients, read with the help of a model and signed off by you.</p>
      <p>
        <Button look="primary" onClick={signIn}>
          Sign in
        </Button>
      </p>
      <p>
        Before you sign in, this page verified the gateway at {clock(report.verifiedAt)}: {passed.join(', ')}.
      </p>
      {conceded.length > 0 && (
        <ul className="concessions" aria-label="What is not protected">
          {conceded.map(({ id, finding }) => (
            <li key={id}>{finding}</li>
          ))}
        </ul>
      )}
      <details>
        <summary>Every check</summary>
        <TrustChecks checks={report.checks} />
      </details>
    </Front>
  );
}
