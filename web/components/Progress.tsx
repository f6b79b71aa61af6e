import type { Task } from '../api/types.js';
import { Card } from '../ui/Card.js';

const STEPS = ['Requested', 'Enclaves verify each other, the model reads the image', 'Answer in the record'] as const;

/** A diagnosis under way. The answer comes by itself; nobody has to wait here. */
export function DiagnosisProgress({ task }: { task: Task }) {
  const current = task.status === 'IN_PROGRESS' ? 1 : 0;
  return (
    <Card title="Diagnosis under way">
      <ol className="steps" role="status" aria-live="polite">
        {STEPS.map((step, index) => (
          <li key={step} className={index < current ? 'step-done' : index === current ? 'step-now' : 'step-later'}>
            <span>
              {step}
              {index === current && <span className="muted"> (now)</span>}
            </span>
          </li>
        ))}
      </ol>
      <progress aria-label="Diagnosis under way" />
      <p className="muted">
        {task.attempts > 1 && `Attempt ${task.attempts}. `}
        You may leave this page: a notice tells you when the report waits for you.
      </p>
      {task.failureCode !== null && (
        <p>
          The last attempt did not succeed (<code>{task.failureCode}</code>
          {task.failureReason === null ? '' : `: ${task.failureReason}`}); it is tried again.
        </p>
      )}
    </Card>
  );
}
