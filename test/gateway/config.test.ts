import { expect, test } from '@jest/globals';
import { settings } from '../../gateway/config.js';
import { parseConfig } from '../../runtime/config.js';

test('the gateway starts without any setting, with the published limits', () => {
  expect(parseConfig(settings, {})).toMatchObject({
    httpPort: 4000,
    attestedPort: 4010,
    patient: 'https://127.0.0.1:4011',
    bodyLimitKb: 100,
    imageLimitMb: 64,
    depthLimit: 12,
  });
});

test('every wrong setting is named at once', () => {
  const wrong = { CLOISTER_DEPTH_LIMIT: '0', CLOISTER_IMAGE_LIMIT_MB: 'many', CLOISTER_SUBGRAPH_PATIENT: 'here' };
  expect(() => parseConfig(settings, wrong)).toThrow(/SUBGRAPH_PATIENT.*IMAGE_LIMIT_MB.*DEPTH_LIMIT/s);
});
