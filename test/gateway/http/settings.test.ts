import { describe, expect, test } from '@jest/globals';
import { configReference, parseConfig } from '../../../runtime/config.js';
import { DEMAND } from '../../../gateway/http/demand/demandControl.js';
import { INPUT_LIMITS } from '../../../gateway/http/inputLimits.js';
import { OPERATION_LIMITS } from '../../../gateway/http/operationLimits.js';
import {
  admissionOf,
  callerRatesOf,
  demandOf,
  httpSettings,
  inputLimitsOf,
  operationLimitsOf,
} from '../../../gateway/http/settings.js';

const read = (env: Record<string, string> = {}) => parseConfig(httpSettings, env);

describe('without settings', () => {
  test('every limit is the standard one', () => {
    const settings = read();
    expect(operationLimitsOf(settings)).toEqual(OPERATION_LIMITS);
    expect(inputLimitsOf(settings)).toEqual(INPUT_LIMITS);
    expect(demandOf(settings)).toEqual(DEMAND);
    expect(settings).toMatchObject({
      csrf: 'on',
      documentMode: 'off',
      introspection: 'everybody',
      documentManifest: '',
    });
  });

  test('a caller may ask twenty times a second, for whatever it costs', () => {
    const rates = callerRatesOf(read(), () => 0);
    expect(Array.from({ length: 1200 }, () => rates.takeRequest('ada')).every((wait) => wait === 0)).toBe(true);
    expect(rates.takeRequest('ada')).toBe(50);
    expect(rates.takeCost('ada', 1e12)).toBe(0);
  });
});

describe('settings', () => {
  test('change limits and modes', async () => {
    const settings = read({
      CLOISTER_DEPTH_LIMIT: '5',
      CLOISTER_LIST_LIMIT: '7',
      CLOISTER_DEMAND_MODE: 'enforce',
      CLOISTER_CALLER_REQUESTS_PER_MINUTE: '0',
      CLOISTER_CALLER_COST_PER_MINUTE: '60',
      CLOISTER_CONCURRENT_OPERATIONS: '1',
      CLOISTER_QUEUED_OPERATIONS: '1',
    });
    expect([operationLimitsOf(settings).depth, operationLimitsOf(settings).listItems]).toEqual([5, 7]);
    expect([inputLimitsOf(settings).listItems, demandOf(settings).mode]).toEqual([7, 'enforce']);
    const rates = callerRatesOf(settings, () => 0);
    expect([rates.takeRequest('ada'), rates.takeCost('ada', 60), rates.takeCost('ada', 1)]).toEqual([0, 0, 1000]);
    const admission = admissionOf(settings);
    const { signal } = new AbortController();
    const leave = await admission.enter('ada', signal);
    const waiting = admission.enter('ada', signal);
    expect(() => admission.enter('ada', signal)).toThrow(expect.objectContaining({ code: 'BUSY' }));
    leave();
    (await waiting)();
    expect([admission.inside, admission.waiting]).toEqual([0, 0]);
  });

  test.each([
    ['CLOISTER_DEPTH_LIMIT', '0'],
    ['CLOISTER_DEPTH_LIMIT', 'deep'],
    ['CLOISTER_TOKEN_LIMIT', '-1'],
    ['CLOISTER_DEMAND_MODE', 'sometimes'],
    ['CLOISTER_DOCUMENT_MODE', 'on'],
    ['CLOISTER_CSRF_PROTECTION', 'true'],
    ['CLOISTER_INTROSPECTION', ' anybody'],
    ['CLOISTER_QUEUE_WAIT_MS', '1.5'],
  ])('are refused: %s=%s', (name, value) => {
    expect(() => read({ [name]: value })).toThrow(expect.objectContaining({ code: 'CONFIGURATION_INVALID' }));
    expect(() => read({ [name]: value })).toThrow(name);
  });

  test('are all in the reference, each once and with a default', () => {
    const names = Object.values(httpSettings).map(({ env }) => env);
    expect(new Set(names).size).toBe(names.length);
    expect(configReference(httpSettings)).not.toContain('required');
  });
});
