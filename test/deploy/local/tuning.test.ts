import { resolve } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { tuned, tuningOf } from '../../../deploy/local/tuning.js';

const inference = {
  name: 'inference',
  entry: 'dist/inference.js',
  environment: { CLOISTER_WORKERS: '2', CLOISTER_HOST: 'here' },
};

describe('a setting of one process', () => {
  test('replaces what the launcher works out, in that process alone', () => {
    const tuning = tuningOf({
      CLOISTER_INFERENCE__WORKERS: '4',
      CLOISTER_ATTESTATION_SERVICE__LOG_LEVEL: 'debug',
      CLOISTER_PORT: '4000',
    });
    expect(tuned(inference, tuning).environment).toEqual({ CLOISTER_WORKERS: '4', CLOISTER_HOST: 'here' });
    expect(tuned({ ...inference, name: 'diagnosis' }, tuning)).toEqual({ ...inference, name: 'diagnosis' });
    expect(tuned({ ...inference, name: 'attestation-service' }, tuning).environment.CLOISTER_LOG_LEVEL).toBe('debug');
  });

  test('can take the code of the process from another checkout', () => {
    const { entry, environment } = tuned(inference, tuningOf({ CLOISTER_INFERENCE__ROOT: '/other' }));
    expect(entry).toBe(resolve('/other/dist/inference.js'));
    expect(environment).toEqual(inference.environment);
  });

  test('is refused for a process that there is not', () => {
    expect(() => tuningOf({ CLOISTER_INFERENC__WORKERS: '4' })).toThrow(/CLOISTER_INFERENC__WORKERS names no process/);
  });
});
