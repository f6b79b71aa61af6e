import type { ReadableError } from '../api/readableError.js';
import { Icon } from '../ui/Icon.js';
import { Failures } from './Failures.js';

/** Refusals as a person reads them. The same refusal at several places is said once, with its places. */
export function Refusals({ refusals }: { refusals: readonly ReadableError[] }) {
  if (refusals.length === 0) return null;
  return (
    <div role="alert" className="refusals">
      {groups(refusals).map(({ first, places }) => (
        <div key={`${first.code} ${first.message}`} className={`refusal refusal-${first.kind}`}>
          <Icon name={first.kind === 'could-not-tell' ? 'question' : 'warning'} />
          <div>
            <p>
              <strong>{first.title}.</strong> {first.meaning}
            </p>
            {first.message !== '' && first.message !== first.meaning && <p>{first.message}</p>}
            <p>
              {first.action} <code>{first.code}</code>
              {first.policy !== undefined && (
                <>
                  {' '}
                  Policy <code>{first.policy}</code>.
                </>
              )}
            </p>
            {places.length > 0 && <p className="muted">Missing here: {places.join(', ')}</p>}
            <Failures failures={first.failures} />
          </div>
        </div>
      ))}
    </div>
  );
}

function groups(refusals: readonly ReadableError[]): { first: ReadableError; places: readonly string[] }[] {
  const places = new Map<string, { first: ReadableError; places: Set<string> }>();
  for (const refusal of refusals) {
    const cause = [refusal.code, refusal.policy, refusal.message].join(' ');
    const group = places.get(cause) ?? { first: refusal, places: new Set() };
    places.set(cause, group);
    const place = refusal.path
      .filter((step) => typeof step === 'string')
      .slice(1)
      .join('.');
    if (place !== '') group.places.add(place);
  }
  return [...places.values()].map((group) => ({ first: group.first, places: [...group.places] }));
}
