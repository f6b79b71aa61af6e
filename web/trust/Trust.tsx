import { useCallback, useEffect, useState, type ReactNode } from 'react';
import { base64urlOf } from '../../enclave/bytes.js';
import type { PortalConfig } from '../config/portalConfig.js';
import { TrustBlocked } from '../components/TrustBlocked.js';
import { standing, type Standing } from './standing.js';
import { TrustContext } from './trustState.js';
import { verifyGateway } from './verifyGateway.js';

const VERIFY_EVERY_MS = 10 * 60_000;
const TIMEOUT_MS = 15_000;
const NONCE_BYTES = 32;

/**
 * Stands between the start and everything else: the children, who sign people in and ask the gateway for health data,
 * exist only while the gateway's report is accepted.
 */
export function Trust({ config, children }: { config: PortalConfig; children: ReactNode }) {
  const [round, setRound] = useState(0);
  const [finished, setFinished] = useState<{ round: number; standing: Standing }>();
  const verifyAgain = useCallback(() => setRound((now) => now + 1), []);

  useEffect(() => {
    const abort = new AbortController();
    const timer = window.setTimeout(verifyAgain, VERIFY_EVERY_MS);
    void verifyGateway({
      config,
      fetch: (url, init) => window.fetch(url, init),
      nonce: base64urlOf(crypto.getRandomValues(new Uint8Array(NONCE_BYTES))),
      now: Date.now(),
      signal: AbortSignal.any([abort.signal, AbortSignal.timeout(TIMEOUT_MS)]),
    }).then((latest) => {
      if (abort.signal.aborted) return;
      setFinished((previous) => ({
        round,
        standing: standing(previous?.standing.report, latest, config.policy.maximumAgeSeconds),
      }));
    });
    return () => {
      abort.abort();
      window.clearTimeout(timer);
    };
  }, [config, round, verifyAgain]);

  const verifying = finished?.round !== round;
  const current = finished?.standing;
  if (current?.report.outcome !== 'accepted') {
    return (
      <TrustBlocked report={current?.report} verifying={verifying} verifyAgain={verifyAgain} notice={config.notice} />
    );
  }
  return <TrustContext value={{ ...current, verifying, verifyAgain }}>{children}</TrustContext>;
}
