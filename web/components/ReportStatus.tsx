import type { DiagnosticReportStatus, Task } from '../api/types.js';
import { Badge } from '../ui/Badge.js';
import { statusWords } from './findingWords.js';

export function ReportStatus({ report }: { report: { status: DiagnosticReportStatus; task: Task } }) {
  const { words, tone } = statusWords(report.status, report.task);
  return <Badge tone={tone}>{words}</Badge>;
}
