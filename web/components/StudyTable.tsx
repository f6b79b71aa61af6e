import { Link } from 'react-router';
import type { StudyRow } from '../api/types.js';
import { page } from '../app/urls.js';
import { instant } from '../ui/format.js';
import { Badge } from '../ui/Badge.js';
import { RowTable } from './RowTable.js';

export function StudyTable({ studies }: { studies: readonly StudyRow[] }) {
  return (
    <RowTable caption="Imaging studies" columns={['Received', 'Modality', 'Body part', 'Size', 'Origin']}>
      {studies.map((study) => (
        <tr key={study.id}>
          <th scope="row">
            <Link to={page.imagingStudy(study.id)}>{instant(study.started)}</Link>
          </th>
          <td>{study.modality ?? 'not stated'}</td>
          <td>{study.bodySite ?? 'not stated'}</td>
          <td className="number">
            {study.columns} × {study.rows}
          </td>
          <td>{study.synthetic ? <Badge tone="caution">Synthetic</Badge> : 'Uploaded'}</td>
        </tr>
      ))}
    </RowTable>
  );
}
