import type { Model, Report } from '../api/types.js';
import { Button } from '../ui/Button.js';
import { Card } from '../ui/Card.js';
import { Facts } from '../ui/Facts.js';
import { instant } from '../ui/format.js';
import { Icon } from '../ui/Icon.js';
import { download } from './download.js';
import { MADE_BY_A_MODEL, findingWords } from './findingWords.js';
import { IntendedUse } from './IntendedUse.js';
import { ModelCard } from './ModelCard.js';
import { ProbabilityBar } from './ProbabilityBar.js';

interface FindingPanelProps {
  readonly report: Report;
  /** The provider's model card; undefined while it is loading or where it could not be had. */
  readonly model: Model | undefined;
}

/** What the model answered, with all that is needed to judge the answer. */
export function FindingPanel({ report, model }: FindingPanelProps) {
  const { observation } = report;
  if (observation === null) return null;
  const words = findingWords(observation);
  const { device } = observation;
  return (
    <Card title="Model’s answer">
      {report.status === 'PRELIMINARY' && (
        <p className="made-by-model">
          <Icon name="warning" />
          {MADE_BY_A_MODEL}
        </p>
      )}
      <p className={`finding finding-${words.tone}`}>{words.sentence}</p>
      <p>{words.advice}</p>
      <ProbabilityBar observation={observation} uncertain={model?.uncertain} />
      <IntendedUse text={model?.intendedUse ?? INTENDED_USE} />
      <details>
        <summary>Model, figures and receipt</summary>
        <Facts
          facts={[
            ['Model', device.model],
            ['Version', device.version],
            ['SHA-256 of the model file', <code key="digest">{device.sha256}</code>],
            [
              'Likeness to validated images',
              `distance ${observation.outOfDistributionScore.toFixed(1)}; from ${observation.outOfDistributionThreshold.toFixed(1)} no answer is given`,
            ],
            ['Answered', instant(observation.effectiveAt)],
          ]}
        />
        <p>
          <Button icon="download" onClick={() => download(observation.receipt, `receipt-${report.id}.jwt`)}>
            Download receipt
          </Button>
        </p>
        <p className="muted">
          Signed in the inference enclave over the image, the model and this answer.{' '}
          <code>cloister verify-receipt</code> checks it without a connection.
        </p>
        {model !== undefined && <ModelCard model={model} />}
      </details>
    </Card>
  );
}

/** Said where the model card could not be had. */
const INTENDED_USE = 'Decision support for chest films of children, for evaluation only.';
