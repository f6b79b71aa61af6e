import type { TrustReport } from '../trust/verifyGateway.js';
import { Button } from '../ui/Button.js';
import { Loading } from '../ui/Card.js';
import { clock } from '../ui/format.js';
import { Failures } from './Failures.js';
import { Front } from './Front.js';
import { TrustChecks } from './TrustChecks.js';

interface TrustBlockedProps {
  /** Undefined while the first verification runs. */
  readonly report: TrustReport | undefined;
  readonly verifying: boolean;
  readonly verifyAgain: () => void;
  readonly notice: string | null;
}

/** All there is of the portal while the gateway is not accepted. */
export function TrustBlocked({ report, verifying, verifyAgain, notice }: TrustBlockedProps) {
  if (report?.refusal === undefined) {
    return (
      <Front title="Verifying the gateway" notice={notice}>
        <Loading what="Asking for evidence and having it judged. Nothing else is sent before that." />
      </Front>
    );
  }
  const { refusal } = report;
  const couldNotTell = report.outcome === 'could-not-tell';
  return (
    <Front title={couldNotTell ? 'The gateway could not be verified' : 'The gateway was refused'} notice={notice} wide>
      <div role="alert" className={couldNotTell ? 'verdict verdict-unknown' : 'verdict verdict-refused'}>
        <p>
          <strong>{refusal.definition.meaning}</strong> <code>{refusal.code}</code>
        </p>
        <p>{refusal.message}</p>
        <p>
          <strong>Who must act:</strong> {refusal.definition.action}
        </p>
        <p>
          Nothing is sent now: no sign-in, no query, no image. The portal stays closed until the gateway is verified.
        </p>
      </div>
      <Failures failures={refusal.failures} />
      <p className="row">
        <Button look="primary" busy={verifying} onClick={verifyAgain}>
          {verifying ? 'Verifying…' : couldNotTell ? 'Try again' : 'Verify again'}
        </Button>
        <span className="muted">Last tried at {clock(report.verifiedAt)}</span>
      </p>
      <h2>What was checked</h2>
      <TrustChecks checks={report.checks} />
    </Front>
  );
}
