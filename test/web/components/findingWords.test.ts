import { describe, expect, test } from '@jest/globals';
import { findingWords, probabilityWords, statusWords } from '../../../web/components/findingWords.js';

describe('what the model answered, in words', () => {
  test.each(['FINDING', 'NO_FINDING', 'UNCERTAIN', 'OUT_OF_DISTRIBUTION'] as const)(
    '%s says whose answer it is and what to do',
    (finding) => {
      const { sentence, advice } = findingWords({ finding, code: 'pneumonia' });
      expect(sentence).toMatch(/^The model/);
      expect(advice).not.toBe('');
    },
  );

  test('no finding does not rule anything out', () => {
    expect(findingWords({ finding: 'NO_FINDING', code: 'pneumonia' }).advice).toMatch(/does not rule pneumonia out/);
  });

  test('uncertain is no answer', () => {
    expect(findingWords({ finding: 'UNCERTAIN', code: 'pneumonia' }).advice).toMatch(/no answer/);
  });

  test('a probability comes with its threshold, and out of distribution there is none', () => {
    expect(probabilityWords({ probability: 0.93, threshold: 0.5, code: 'pneumonia' })).toBe(
      'Calibrated probability of pneumonia: 93 %, at or above the threshold of 50 %.',
    );
    expect(probabilityWords({ probability: 0.06, threshold: 0.5, code: 'pneumonia' })).toMatch(/below the threshold/);
    expect(probabilityWords({ probability: null, threshold: 0.5, code: 'pneumonia' })).toBeUndefined();
  });

  test('a failed diagnosis is not called rejected', () => {
    expect(statusWords('CANCELLED', { status: 'FAILED' }).words).toBe('Failed');
    expect(statusWords('CANCELLED', { status: 'COMPLETED' }).words).toBe('Rejected');
  });
});
