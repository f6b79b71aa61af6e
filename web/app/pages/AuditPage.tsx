import { useState, type SubmitEvent } from 'react';
import { AUDIT_EVENTS } from '../../api/operations.js';
import type { AuditEntry, AuditOutcome } from '../../api/types.js';
import { useQuery } from '../../api/useQuery.js';
import { Refusals } from '../../components/Refusals.js';
import { RowTable } from '../../components/RowTable.js';
import { Badge } from '../../ui/Badge.js';
import type { Tone } from '../../ui/tone.js';
import { Button } from '../../ui/Button.js';
import { Card, Empty, Loading } from '../../ui/Card.js';
import { Field } from '../../ui/Field.js';
import { Page } from '../../ui/Page.js';
import { instant, words } from '../../ui/format.js';

export function AuditPage() {
  const [patientId, setPatientId] = useState('');
  function onSubmit(event: SubmitEvent<HTMLFormElement>) {
    event.preventDefault();
    const entered = new FormData(event.currentTarget).get('patient-id');
    setPatientId(typeof entered === 'string' ? entered.trim() : '');
  }
  return (
    <Page
      title="Audit trail"
      lead="Who did what, about whom by reference, and on which attestation result. It holds no health data."
    >
      <form className="filter" role="search" aria-label="Audit trail" onSubmit={onSubmit}>
        <Field id="patient-id" label="Patient record" hint="The random identifier of a record; empty for all.">
          {(control) => (
            <input {...control} type="text" autoComplete="off" spellCheck={false} defaultValue={patientId} />
          )}
        </Field>
        <Button type="submit" icon="search">
          Show
        </Button>
      </form>
      <Entries key={patientId} patientId={patientId} />
    </Page>
  );
}

const PAGE_SIZE = 50;
const TONES: Readonly<Record<AuditOutcome, Tone>> = { SUCCESS: 'neutral', REFUSED: 'caution', FAILURE: 'bad' };

function Entries({ patientId }: { patientId: string }) {
  const [cursors, setCursors] = useState<readonly (string | null)[]>([null]);
  const { data, loading, refusals } = useQuery(AUDIT_EVENTS, {
    patientId: patientId === '' ? null : patientId,
    first: PAGE_SIZE,
    after: cursors.at(-1) ?? null,
  });
  const entries = data?.auditEvents?.nodes ?? [];
  const next = data?.auditEvents?.endCursor ?? null;
  return (
    <Card title={patientId === '' ? 'All records' : 'One record'}>
      <Refusals refusals={refusals} />
      {loading && <Loading what="Loading the audit trail." />}
      {!loading && entries.length === 0 && refusals.length === 0 && <Empty>Nothing is in the trail.</Empty>}
      {entries.length > 0 && (
        <RowTable
          caption="Audit trail, newest first"
          columns={['When', 'Who', 'What', 'About', 'Outcome', 'Attestation result']}
        >
          {entries.map((entry) => (
            <Entry key={entry.id} entry={entry} />
          ))}
        </RowTable>
      )}
      {(cursors.length > 1 || next !== null) && (
        <nav className="pages" aria-label="Pages of the audit trail">
          <Button
            icon="back"
            disabledBecause={cursors.length > 1 ? undefined : 'This is the first page.'}
            onClick={() => setCursors(cursors.slice(0, -1))}
          >
            Newer
          </Button>
          <span>Page {cursors.length}</span>
          <Button
            icon="next"
            disabledBecause={next === null ? 'This is the last page.' : undefined}
            onClick={() => next !== null && setCursors([...cursors, next])}
          >
            Older
          </Button>
        </nav>
      )}
    </Card>
  );
}

function Entry({ entry }: { entry: AuditEntry }) {
  return (
    <tr>
      <th scope="row">
        <time dateTime={entry.recorded}>{instant(entry.recorded)}</time>
      </th>
      <td>
        {entry.agent}
        <span className="muted block">{entry.roles.map(words).join(', ')}</span>
      </td>
      <td>
        {entry.operation}
        <span className="muted block">{words(entry.action)}</span>
      </td>
      <td>
        {entry.entities.map((entity) => (
          <code key={entity} className="block">
            {entity}
          </code>
        ))}
      </td>
      <td>
        <Badge tone={TONES[entry.outcome]}>{words(entry.outcome)}</Badge>
        {entry.outcomeCode !== null && <code className="block">{entry.outcomeCode}</code>}
      </td>
      <td>
        {entry.attestationResult === null ? (
          '–'
        ) : (
          <code className="digest" title={entry.attestationResult}>
            {entry.attestationResult.slice(0, 12)}…
          </code>
        )}
      </td>
    </tr>
  );
}
