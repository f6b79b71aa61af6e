import type { Observation } from '../api/types.js';
import { percent } from '../ui/format.js';
import { probabilityWords } from './findingWords.js';

interface ProbabilityBarProps {
  readonly observation: Observation;
  /** The band in which the model answers UNCERTAIN, where the model card is at hand. */
  readonly uncertain: readonly number[] | undefined;
}

const WIDTH = 400;

/** The probability on a line from 0 to 1 with the threshold and the band of uncertainty; the sentence says the same. */
export function ProbabilityBar({ observation, uncertain }: ProbabilityBarProps) {
  const sentence = probabilityWords(observation);
  const { probability, threshold } = observation;
  if (sentence === undefined || probability === null) return <p>No probability is given.</p>;
  const [low, high] = uncertain ?? [];
  const x = (fraction: number) => 8 + fraction * (WIDTH - 16);
  return (
    <figure className="probability">
      <svg viewBox={`0 0 ${WIDTH} 58`} aria-hidden="true">
        <rect className="probability-line" x={x(0)} y="26" width={x(1) - x(0)} height="10" rx="5" />
        {low !== undefined && high !== undefined && (
          <rect className="probability-band" x={x(low)} y="26" width={x(high) - x(low)} height="10" />
        )}
        <line className="probability-threshold" x1={x(threshold)} x2={x(threshold)} y1="18" y2="44" />
        <text x={x(threshold)} y="56" textAnchor={anchorOf(threshold)}>
          threshold {percent(threshold)}
        </text>
        <circle className="probability-point" cx={x(probability)} cy="31" r="8" />
        <text className="probability-value" x={x(probability)} y="14" textAnchor={anchorOf(probability)}>
          {percent(probability)}
        </text>
      </svg>
      <figcaption>
        {sentence}
        {low !== undefined &&
          high !== undefined &&
          ` Between ${percent(low)} and ${percent(high)} the model answers “uncertain”.`}
      </figcaption>
    </figure>
  );
}

function anchorOf(fraction: number): 'start' | 'middle' | 'end' {
  if (fraction < 0.15) return 'start';
  return fraction > 0.85 ? 'end' : 'middle';
}
