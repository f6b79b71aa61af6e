import { useState } from 'react';
import { Link } from 'react-router';
import { PATIENTS } from '../../api/operations.js';
import { whyNot } from '../../api/permissions.js';
import { useQuery } from '../../api/useQuery.js';
import { patientName } from '../../components/patientName.js';
import { Refusals } from '../../components/Refusals.js';
import { RowTable } from '../../components/RowTable.js';
import { useSession } from '../../session/sessionState.js';
import { Button, LinkButton } from '../../ui/Button.js';
import { Card, Empty, Loading } from '../../ui/Card.js';
import { Page } from '../../ui/Page.js';
import { age, day, instant, words } from '../../ui/format.js';
import { useSearch } from '../search.js';
import { page } from '../urls.js';

export function PatientsPage() {
  const { account } = useSession();
  const { search, setSearch } = useSearch();
  const why = whyNot(account, 'registerPatient');
  return (
    <Page
      title="Patients"
      lead={search === '' ? 'Newest registration first.' : undefined}
      actions={
        why === undefined ? (
          <LinkButton to={page.intake()} look="primary" icon="plus">
            Register a patient
          </LinkButton>
        ) : (
          <Button icon="plus" disabledBecause={why}>
            Register a patient
          </Button>
        )
      }
    >
      {search !== '' && (
        <p className="row">
          <span role="status">
            Patients who match <strong>{search}</strong>
          </span>
          <Button look="quiet" icon="cross" onClick={() => setSearch('')}>
            Clear the search
          </Button>
        </p>
      )}
      <Results key={search} search={search} />
    </Page>
  );
}

const PAGE_SIZE = 20;

function Results({ search }: { search: string }) {
  /** The cursor of each page up to this one; the first page has none. */
  const [cursors, setCursors] = useState<readonly (string | null)[]>([null]);
  const { data, loading, refusals } = useQuery(PATIENTS, {
    search: search === '' ? null : search,
    first: PAGE_SIZE,
    after: cursors.at(-1) ?? null,
  });
  const next = data?.patients?.endCursor ?? null;
  const patients = data?.patients?.nodes ?? [];
  return (
    <Card title={search === '' ? 'All patients' : 'Matches'}>
      <Refusals refusals={refusals} />
      {loading && <Loading what="Loading patients." />}
      {!loading && patients.length === 0 && refusals.length === 0 && (
        <Empty>
          {search === ''
            ? 'No patient is registered yet.'
            : 'No patient matches. A search finds the beginning of names, a whole national identifier, or a birth date as YYYY-MM-DD.'}
        </Empty>
      )}
      {patients.length > 0 && (
        <RowTable caption="Patients" columns={['Name', 'Born', 'Gender', 'National identifier', 'Registered']}>
          {patients.map((patient) => (
            <tr key={patient.id}>
              <th scope="row">
                <Link to={page.patient(patient.id)}>{patientName(patient)}</Link>
              </th>
              <td>
                {patient.birthDate === null ? '–' : `${day(patient.birthDate)} (${age(patient.birthDate, new Date())})`}
              </td>
              <td>{patient.gender === null ? '–' : words(patient.gender)}</td>
              <td>{patient.nationalIdentifier ?? '–'}</td>
              <td>{instant(patient.registeredAt)}</td>
            </tr>
          ))}
        </RowTable>
      )}
      {(cursors.length > 1 || next !== null) && (
        <nav className="pages" aria-label="Pages of patients">
          <Button
            icon="back"
            disabledBecause={cursors.length > 1 ? undefined : 'This is the first page.'}
            onClick={() => setCursors(cursors.slice(0, -1))}
          >
            Previous
          </Button>
          <span>Page {cursors.length}</span>
          <Button
            icon="next"
            disabledBecause={next === null ? 'This is the last page.' : undefined}
            onClick={() => next !== null && setCursors([...cursors, next])}
          >
            Next
          </Button>
        </nav>
      )}
    </Card>
  );
}
