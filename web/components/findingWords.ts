import type { DiagnosticReportStatus, Finding, Observation, Task } from '../api/types.js';
import type { Tone } from '../ui/tone.js';
import { percent } from '../ui/format.js';

/** What the model answered, said so that nobody takes it for more than it is. */
export interface FindingWords {
  readonly short: string;
  readonly sentence: string;
  readonly advice: string;
  readonly tone: Tone;
}

export function findingWords({ finding, code }: { finding: Finding; code: string }): FindingWords {
  switch (finding) {
    case 'FINDING':
      return {
        short: `Signs of ${code}`,
        sentence: `The model sees signs of ${code}.`,
        advice: 'Read the image yourself and compare; the model is wrong at times, and it looks for nothing else.',
        tone: 'bad',
      };
    case 'NO_FINDING':
      return {
        short: `No signs of ${code}`,
        sentence: `The model sees no signs of ${code}.`,
        advice: `This does not rule ${code} out, and says nothing about any other finding.`,
        tone: 'neutral',
      };
    case 'UNCERTAIN':
      return {
        short: 'Uncertain',
        sentence: `The model cannot say: its probability for ${code} is too close to the threshold.`,
        advice: 'Treat this as no answer. Read the image without the model.',
        tone: 'caution',
      };
    case 'OUT_OF_DISTRIBUTION':
      return {
        short: 'Unlike validated images',
        sentence: 'The model gives no answer: this image is unlike those that it was validated on.',
        advice:
          'It may be another body part, age group or projection, or the exposure is unusual. No probability is given. Read the image without the model.',
        tone: 'caution',
      };
  }
}

/** How the probability stands to the threshold; undefined where there is none. */
export function probabilityWords({
  probability,
  threshold,
  code,
}: Pick<Observation, 'probability' | 'threshold' | 'code'>): string | undefined {
  if (probability === null) return undefined;
  const side = probability >= threshold ? 'at or above' : 'below';
  return `Calibrated probability of ${code}: ${percent(probability)}, ${side} the threshold of ${percent(threshold)}.`;
}

export const MADE_BY_A_MODEL = 'Preliminary — made by a model, not yet reviewed';

export function statusWords(status: DiagnosticReportStatus, task: Pick<Task, 'status'>): { words: string; tone: Tone } {
  switch (status) {
    case 'REGISTERED':
      return { words: 'Under way', tone: 'accent' };
    case 'PRELIMINARY':
      return { words: 'Preliminary', tone: 'caution' };
    case 'FINAL':
      return { words: 'Final', tone: 'good' };
    case 'CANCELLED':
      return task.status === 'FAILED' ? { words: 'Failed', tone: 'bad' } : { words: 'Rejected', tone: 'neutral' };
  }
}
