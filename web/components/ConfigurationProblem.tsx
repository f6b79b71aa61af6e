import type { Refusal } from '../../enclave/refusals.js';
import { Front } from './Front.js';

/** The portal does not know where its gateway is, or what it must be. */
export function ConfigurationProblem({ refusal }: { refusal: Refusal }) {
  return (
    <Front title="This portal is not configured" notice={null}>
      <div role="alert" className="verdict verdict-refused">
        <p>
          <strong>{refusal.definition.meaning}</strong> <code>{refusal.code}</code>
        </p>
        <p>{refusal.message}</p>
        <p>{refusal.definition.action}</p>
      </div>
    </Front>
  );
}
