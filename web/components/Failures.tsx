import type { ClaimFailure } from '../../enclave/refusals.js';

/** Every failed claim: what was expected, and what came. */
export function Failures({ failures }: { failures: readonly ClaimFailure[] }) {
  if (failures.length === 0) return null;
  return (
    <div className="table-scroll" tabIndex={0} role="region" aria-label="Failed claims">
      <table className="failures">
        <thead>
          <tr>
            <th scope="col">Claim</th>
            <th scope="col">Expected</th>
            <th scope="col">Actual</th>
          </tr>
        </thead>
        <tbody>
          {failures.map((failure) => (
            <tr key={failure.claim}>
              <th scope="row">{failure.claim}</th>
              <td>
                <code>{failure.expected}</code>
              </td>
              <td>
                <code>{failure.actual}</code>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
