import type { ReactNode } from 'react';
import { Link } from 'react-router';
import type { ReportRow } from '../api/types.js';
import { page } from '../app/urls.js';
import { Badge } from '../ui/Badge.js';
import { ago, instant, percent } from '../ui/format.js';
import { findingWords } from './findingWords.js';
import { ReportStatus } from './ReportStatus.js';
import { RowTable } from './RowTable.js';

interface ReportTableProps<Row extends ReportRow> {
  readonly caption: string;
  readonly reports: readonly Row[];
  /** What the row is called, which is also its link: the patient, or the time of the request. */
  readonly nameOf: (report: Row) => ReactNode;
  readonly nameTitle: string;
  /** Stands below the name. */
  readonly noteOf?: (report: Row) => string | undefined;
  readonly now: number;
}

export function ReportTable<Row extends ReportRow>({
  caption,
  reports,
  nameOf,
  nameTitle,
  noteOf,
  now,
}: ReportTableProps<Row>) {
  return (
    <RowTable caption={caption} columns={[nameTitle, 'Model’s answer', 'Probability', 'Requested', 'Status']}>
      {reports.map((report) => (
        <tr key={report.id}>
          <th scope="row">
            <Link to={page.diagnosticReport(report.id)}>{nameOf(report)}</Link>
            <span className="note">{noteOf?.(report)}</span>
          </th>
          <td>
            <Answer report={report} />
          </td>
          <td className="number">
            {report.observation?.probability == null ? '–' : percent(report.observation.probability)}
          </td>
          <td>
            <time dateTime={report.requestedAt} title={instant(report.requestedAt)}>
              {ago(report.requestedAt, now)}
            </time>
          </td>
          <td>
            <ReportStatus report={report} />
          </td>
        </tr>
      ))}
    </RowTable>
  );
}

function Answer({ report }: { report: ReportRow }) {
  if (report.observation === null) {
    if (report.status === 'REGISTERED') return <span className="muted">None yet</span>;
    return <span className="muted">{report.task.failureCode ?? 'Withheld or none'}</span>;
  }
  const { short, tone } = findingWords(report.observation);
  return <Badge tone={tone}>{short}</Badge>;
}
