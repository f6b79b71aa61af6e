import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { applyOverlay, parseOverlay, parsePolicy } from '../../../enclave/appraisal/loadPolicies.js';

const read = (file: string): Record<string, unknown> =>
  JSON.parse(readFileSync(`schema/policies/${file}`, 'utf8')) as Record<string, unknown>;
const imaging = read('imaging.json');
const overlay = parseOverlay(read('development.overlay.json'));
const refused = expect.objectContaining({ code: 'CONFIGURATION_INVALID' });

describe('a policy document', () => {
  test.each(readdirSync('schema/policies').filter((file) => !/overlay|callers/.test(file)))('%s is one', (file) => {
    expect(parsePolicy(read(file))).toMatchObject({
      name: file.replace('.json', ''),
      acceptsSimulated: false,
      notice: null,
    });
  });

  test.each([
    ['a misspelt field', { acceptDebug: true }, /acceptDebug is not known/],
    ['an unknown TEE', { teeTypes: ['trustzone'] }, /teeTypes must be a list of/],
    ['an age of zero', { maximumAgeSeconds: 0 }, /maximumAgeSeconds must be a whole number from 1/],
    ['an age as text', { maximumAgeSeconds: '60' }, /maximumAgeSeconds/],
    ['true as a text', { acceptsDebug: 'false' }, /acceptsDebug must be true or false/],
    ['a name with a slash', { name: '../imaging' }, /name must be lower-case/],
    ['simulated evidence in a published policy', { acceptsSimulated: true }, /acceptsSimulated must be false/],
    ['a local channel in a published policy', { recipientChannels: ['local'] }, /must not name local/],
    ['a notice in a published policy', { notice: 'x' }, /notice must be null/],
  ])('rejects %s', (_, change, message) => {
    expect(() => parsePolicy({ ...imaging, ...change })).toThrow(refused);
    expect(() => parsePolicy({ ...imaging, ...change })).toThrow(message);
  });

  test('reports missing fields together', () => {
    expect(() => parsePolicy({ name: 'x' })).toThrow(/description.*enclaves.*teeTypes.*notice/);
  });

  test.each([[null], [[]], ['text'], [1]])('is not %j', (json) => {
    expect(() => parsePolicy(json)).toThrow(refused);
  });
});

describe('the development overlay', () => {
  test('lets in simulated enclaves and local channels, and says so', () => {
    const policy = applyOverlay(parsePolicy(imaging), overlay);
    expect(policy).toMatchObject({ name: 'imaging', acceptsSimulated: true, recipientChannels: ['sealed', 'local'] });
    expect(policy.notice).toMatch(/development only/);
    expect(policy.acceptsDebug).toBe(false);
  });

  test('opens no policy to people that has none', () => {
    expect(applyOverlay(parsePolicy(read('component.json')), overlay).recipientChannels).toEqual([]);
  });

  test.each([
    ['an unknown field', { acceptsDebug: true }],
    ['another mode', { overlay: 'production' }],
    ['an empty notice', { notice: '' }],
  ])('is rejected with %s', (_, change) => {
    expect(() => parseOverlay({ ...read('development.overlay.json'), ...change })).toThrow(refused);
  });
});
