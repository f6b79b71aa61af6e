import { beforeAll, describe, expect, test } from '@jest/globals';
import { Refusal } from '../../../enclave/refusals.js';
import { parsePortalConfig } from '../../../web/config/portalConfig.js';
import { developmentPolicy, publishedPolicy } from '../memory/pins.js';

let development: Record<string, unknown>;

beforeAll(async () => {
  development = {
    gateway: 'http://localhost:4000/',
    attestationService: {
      url: 'http://localhost:4001',
      issuer: 'http://localhost:4001',
      certificateSha256: ['ab'.repeat(32)],
    },
    identity: { issuer: 'http://localhost:4002', clientId: 'cloister-portal' },
    referenceValues: { gateway: [{ measurement: 'cd'.repeat(32) }] },
    mode: 'development',
    policy: await developmentPolicy(),
    notice: 'Simulated.',
  };
});

function problemOf(config: unknown): string {
  try {
    parsePortalConfig(config);
  } catch (thrown) {
    if (thrown instanceof Refusal && thrown.code === 'CONFIGURATION_INVALID') return thrown.message;
    throw thrown;
  }
  return '';
}

describe('config.json', () => {
  test('is accepted when complete', () => {
    const config = parsePortalConfig(development);
    expect(config.gateway).toBe('http://localhost:4000');
    expect(config.identity.scope).toBe('openid profile');
  });

  test('has all its problems named at once', () => {
    expect(problemOf({})).toMatch(
      /gateway.*attestationService\.url.*certificateSha256.*identity.*referenceValues\.gateway.*mode.*policy/,
    );
    expect(problemOf(undefined)).toMatch(/gateway must/);
  });

  test.each([
    ['a gateway that is no URL', { gateway: 'localhost:4000' }, /gateway must be/],
    [
      'a URL that would end the content security policy',
      { gateway: 'http://localhost:4000;script-src' },
      /gateway must be/,
    ],
    [
      'no certificate pin',
      { attestationService: { url: 'http://a', issuer: 'a', certificateSha256: [] } },
      /certificateSha256/,
    ],
    ['no reference value', { referenceValues: { gateway: [] } }, /referenceValues/],
    ['a measurement that is no hex', { referenceValues: { gateway: [{ measurement: 'any' }] } }, /referenceValues/],
    ['an unknown mode', { mode: 'test' }, /mode must be/],
  ])('is refused with %s', (_what, change, problem) => {
    expect(problemOf({ ...development, ...change })).toMatch(problem);
  });

  test('may accept simulated enclaves and open channels in development only', async () => {
    expect(problemOf({ ...development, mode: 'production' })).toMatch(/only mode development/);
    expect(problemOf({ ...development, mode: 'production', policy: await publishedPolicy(), notice: null })).toBe('');
  });
});
