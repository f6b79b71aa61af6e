import type { Model } from '../api/types.js';
import { RowTable } from './RowTable.js';

export function ModelCard({ model }: { model: Model }) {
  return (
    <>
      <h3>Limits</h3>
      <ul>
        {model.limits.map((limit) => (
          <li key={limit}>{limit}</li>
        ))}
      </ul>
      <h3>Measured on</h3>
      <RowTable caption="Figures of the model" columns={['Figure', 'Value', '95 % interval', 'Images']}>
        {model.metrics.map((metric) => (
          <tr key={`${metric.name} ${metric.dataset}`}>
            <th scope="row">
              {metric.name} <span className="muted">{metric.dataset}</span>
            </th>
            <td className="number">{metric.value.toFixed(3)}</td>
            <td className="number">
              {metric.low !== null && metric.high !== null
                ? `${metric.low.toFixed(3)}–${metric.high.toFixed(3)}`
                : 'not given'}
            </td>
            <td className="number">{metric.n}</td>
          </tr>
        ))}
      </RowTable>
    </>
  );
}
