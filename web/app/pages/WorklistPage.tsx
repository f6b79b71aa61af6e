import { useState } from 'react';
import { WORKLIST } from '../../api/operations.js';
import type { WorklistRow } from '../../api/types.js';
import { useQuery } from '../../api/useQuery.js';
import { patientName } from '../../components/patientName.js';
import { Refusals } from '../../components/Refusals.js';
import { ReportTable } from '../../components/ReportTable.js';
import { Card, Empty, Loading } from '../../ui/Card.js';
import { Page } from '../../ui/Page.js';
import { age, clock } from '../../ui/format.js';
import { sortWorklist, type WorklistOrder } from '../worklistOrder.js';

const REFRESH_MS = 15_000;

export function WorklistPage() {
  const { data, loading, refusals, answeredAt: now } = useQuery(WORKLIST, {}, { everyMs: REFRESH_MS });
  const [order, setOrder] = useState<WorklistOrder>('finding-first');
  const preliminary = sortWorklist(data?.preliminary?.nodes ?? [], order);
  const registered = data?.registered?.nodes ?? [];
  const done = (data?.recent?.nodes ?? []).filter(({ status }) => status === 'FINAL' || status === 'CANCELLED');
  return (
    <Page title="Worklist" lead={loading ? undefined : `Refreshes by itself; last at ${clock(now)}.`}>
      <Refusals refusals={refusals} />
      {loading && <Loading what="Loading the worklist." />}
      {data !== undefined && (
        <>
          <Card
            title={`Waiting for you (${preliminary.length}${data.preliminary?.endCursor ? '+' : ''})`}
            aside={
              <label className="row">
                Order
                <select value={order} onChange={(event) => setOrder(event.target.value as WorklistOrder)}>
                  <option value="finding-first">Findings first</option>
                  <option value="longest-wait">Longest wait first</option>
                </select>
              </label>
            }
          >
            <p className="muted">
              Preliminary — made by a model, not yet reviewed. Read each image yourself before you sign.
            </p>
            <Rows
              caption="Reports that wait for a clinician"
              reports={preliminary}
              none="No report waits for a clinician."
              now={now}
            />
          </Card>
          <Card title={`Under way (${registered.length})`}>
            <Rows caption="Diagnoses under way" reports={registered} none="No diagnosis is under way." now={now} />
          </Card>
          <Card title="Recently decided">
            <Rows
              caption="Signed, rejected and failed reports"
              reports={done}
              none="Nothing was decided yet."
              now={now}
            />
          </Card>
        </>
      )}
    </Page>
  );
}

interface RowsProps {
  readonly caption: string;
  readonly reports: readonly WorklistRow[];
  readonly none: string;
  readonly now: number;
}

function Rows({ caption, reports, none, now }: RowsProps) {
  if (reports.length === 0) return <Empty>{none}</Empty>;
  return (
    <ReportTable
      caption={caption}
      reports={reports}
      nameTitle="Patient"
      nameOf={(report) => patientName(report.subject)}
      noteOf={({ subject }) => (subject?.birthDate == null ? undefined : age(subject.birthDate, new Date(now)))}
      now={now}
    />
  );
}
