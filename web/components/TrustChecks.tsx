import type { Check, CheckOutcome } from '../../enclave/gatewayTrust/checks.js';
import { CHECKS } from '../trust/checks.js';
import { Badge } from '../ui/Badge.js';
import type { Tone } from '../ui/tone.js';
import type { IconName } from '../ui/Icon.js';

const OUTCOMES: Readonly<Record<CheckOutcome, { words: string; tone: Tone; icon: IconName }>> = {
  passed: { words: 'Verified', tone: 'good', icon: 'check' },
  failed: { words: 'Failed', tone: 'bad', icon: 'cross' },
  conceded: { words: 'No; development only', tone: 'caution', icon: 'warning' },
  'could-not-tell': { words: 'Could not tell', tone: 'caution', icon: 'question' },
  'not-reached': { words: 'Not reached', tone: 'neutral', icon: 'dash' },
};

/** Every check with its outcome, what was found, and the values that were compared. */
export function TrustChecks({ checks }: { checks: readonly Check[] }) {
  return (
    <ol className="checks" aria-label="Checks">
      {checks.map((check) => {
        const { words, tone, icon } = OUTCOMES[check.outcome];
        const definition = CHECKS.find(({ id }) => id === check.id);
        return (
          <li key={check.id} className={`check check-${check.outcome}`}>
            <div className="check-head">
              <h3>{definition?.title}</h3>
              <Badge tone={tone} icon={icon}>
                {words}
              </Badge>
            </div>
            <p className="check-question">{definition?.question}</p>
            <p>{check.finding}</p>
            {check.expected !== undefined && <Value name="Expected" value={check.expected} />}
            {check.actual !== undefined && (
              <Value name={check.expected === undefined ? 'Value' : 'Actual'} value={check.actual} />
            )}
          </li>
        );
      })}
    </ol>
  );
}

function Value({ name, value }: { name: string; value: string }) {
  return (
    <p className="check-value">
      <span>{name}</span> <code>{value}</code>
    </p>
  );
}
