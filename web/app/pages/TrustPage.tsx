import { ENCLAVES } from '../../api/operations.js';
import type { EnclaveState, VerdictOutcome } from '../../api/types.js';
import { useQuery } from '../../api/useQuery.js';
import { Failures } from '../../components/Failures.js';
import { Refusals } from '../../components/Refusals.js';
import { RowTable } from '../../components/RowTable.js';
import { TrustChecks } from '../../components/TrustChecks.js';
import { useTrust } from '../../trust/trustState.js';
import type { TrustReport } from '../../trust/verifyGateway.js';
import { Badge } from '../../ui/Badge.js';
import type { Tone } from '../../ui/tone.js';
import { Button } from '../../ui/Button.js';
import { Card, Empty, Loading } from '../../ui/Card.js';
import { Facts } from '../../ui/Facts.js';
import { Page } from '../../ui/Page.js';
import { clock, instant, shortDigest } from '../../ui/format.js';
import { useConfiguration } from '../Configuration.js';

export function TrustPage() {
  const { report, inDoubt, verifying, verifyAgain } = useTrust();
  const { gateway, policy } = useConfiguration();
  return (
    <Page
      title="What was verified"
      lead={
        <>
          The gateway at <code>{gateway}</code>, by this browser, under the policy <code>{policy.name}</code>. Last
          verified at {clock(report.verifiedAt)}; it is verified again every ten minutes.
        </>
      }
      actions={
        <Button look="primary" busy={verifying} onClick={verifyAgain}>
          {verifying ? 'Verifying…' : 'Verify again'}
        </Button>
      }
    >
      {inDoubt?.refusal !== undefined && (
        <div role="alert" className="verdict verdict-unknown">
          <p>
            The check at {clock(inDoubt.verifiedAt)} could not be completed: {inDoubt.refusal.message}{' '}
            <code>{inDoubt.refusal.code}</code>
          </p>
          <p>The portal goes on with the result below, which the policy accepts until it is too old.</p>
        </div>
      )}
      <Card title="Checks by this browser">
        <TrustChecks checks={report.checks} />
      </Card>
      <Result report={report} />
      <OtherEnclaves />
    </Page>
  );
}

function Result({ report: { result, platform } }: { report: TrustReport }) {
  if (result === undefined) return null;
  return (
    <Card title="Attestation result">
      <Facts
        facts={[
          ['Identifier', <code key="id">{result.id}</code>],
          ['Issuer', <code key="issuer">{result.issuer}</code>],
          ['Issued', instant(result.issuedAt * 1000)],
          ['Expires', instant(result.expiresAt * 1000)],
          ['Platform', `${platform ?? 'not named'} (${result.teeType}${result.simulated ? ', simulated' : ''})`],
          ['Measurement', <code key="measurement">{result.measurement}</code>],
          ['Signer', result.signer === undefined ? 'not stated' : <code key="signer">{result.signer}</code>],
          ['Product and security version', `${result.productId ?? '–'}, ${result.securityVersion ?? '–'}`],
        ]}
      />
    </Card>
  );
}

const OUTCOMES: Readonly<Record<VerdictOutcome, { words: string; tone: Tone }>> = {
  ACCEPTED: { words: 'accepted', tone: 'good' },
  NOT_GENUINE: { words: 'not genuine', tone: 'bad' },
  NOT_ACCEPTABLE: { words: 'not acceptable', tone: 'bad' },
  COULD_NOT_TELL: { words: 'could not tell', tone: 'caution' },
};

/** What the platform says of its other enclaves. This browser did not verify it; the gateway did, whose program it did verify. */
function OtherEnclaves() {
  const { data, loading, refusals } = useQuery(ENCLAVES, {});
  const enclaves = data?.enclaves ?? [];
  return (
    <Card title="All enclaves, as the verified gateway reports them">
      <p className="muted">
        This browser verified the gateway only. The gateway and its partners verify each other; this is what they found.
      </p>
      <Refusals refusals={refusals} />
      {loading && <Loading what="Asking for the state of the enclaves." />}
      {!loading && enclaves.length === 0 && refusals.length === 0 && <Empty>No enclave is reported.</Empty>}
      {enclaves.length > 0 && (
        <RowTable caption="Enclaves" columns={['Enclave', 'State', 'Measurement', 'Issued', 'Policies']}>
          {enclaves.map((enclave) => (
            <EnclaveRow key={enclave.name} enclave={enclave} />
          ))}
        </RowTable>
      )}
    </Card>
  );
}

function EnclaveRow({ enclave }: { enclave: EnclaveState }) {
  const { attestationResult: result, verdicts } = enclave;
  return (
    <tr>
      <th scope="row">{enclave.name}</th>
      <td>
        {enclave.reachable ? (
          result?.simulated === true ? (
            <Badge tone="caution">Simulated</Badge>
          ) : (
            'Reachable'
          )
        ) : (
          <Badge tone="bad">Unreachable</Badge>
        )}
        {enclave.reason !== null && <span className="muted block">{enclave.reason}</span>}
      </td>
      <td>{result === null ? '–' : <code title={result.measurement}>{shortDigest(result.measurement)}</code>}</td>
      <td>{result === null ? '–' : instant(result.issuedAt * 1000)}</td>
      <td>
        {verdicts.map((verdict) => (
          <div key={verdict.policy} className="enclave-verdict">
            <Badge tone={isNoParty(verdict) ? 'neutral' : OUTCOMES[verdict.outcome].tone}>
              {verdict.policy}: {OUTCOMES[verdict.outcome].words}
            </Badge>
            {verdict.code !== null && verdict.failures.length > 0 && <Failures failures={verdict.failures} />}
          </div>
        ))}
      </td>
    </tr>
  );
}

/** An enclave that a policy does not name is refused by design: the diagnosis provider may not see patient records. */
function isNoParty({ failures }: EnclaveState['verdicts'][number]): boolean {
  return failures.length > 0 && failures.every(({ claim }) => claim === 'enclave');
}
