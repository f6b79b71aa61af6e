import { describe, expect, test } from '@jest/globals';
import { Refusal } from '../../enclave/refusals.js';
import * as config from '../../runtime/config.js';

const spec = config.defineConfig({
  host: config.text({ env: 'CLOISTER_HOST', default: '127.0.0.1', help: 'Address.' }),
  port: config.port({ env: 'CLOISTER_PORT', default: 4011, help: 'Port.' }),
  deadline: config.number({ env: 'CLOISTER_DEADLINE', default: 500, min: 1, max: 1000, unit: 'ms', help: 'Deadline.' }),
  issuer: config.url({ env: 'CLOISTER_ISSUER', help: 'Issuer.' }),
  level: config.choice({ env: 'CLOISTER_LEVEL', default: 'info', of: ['info', 'warn'], help: 'Level.' }),
  enclaves: config.urlsByName({ env: 'CLOISTER_ENCLAVES', default: '', help: 'Enclaves.' }),
  origins: config.list({ env: 'CLOISTER_ORIGINS', default: 'a, b', help: 'Origins.' }),
});

const good = { CLOISTER_ISSUER: 'http://localhost:4001/' };

function refusalOf(env: Record<string, string>): Refusal {
  try {
    config.parseConfig(spec, env);
  } catch (thrown) {
    if (thrown instanceof Refusal) return thrown;
  }
  throw new Error('was not refused');
}

describe('configuration', () => {
  test('becomes one typed, frozen value with its defaults', () => {
    const value = config.parseConfig(spec, {
      ...good,
      CLOISTER_ENCLAVES: 'patient=https://127.0.0.1:4011,gateway=https://h',
    });
    expect(value).toMatchObject({ host: '127.0.0.1', port: 4011, deadline: 500, level: 'info', origins: ['a', 'b'] });
    expect(value.issuer).toBe('http://localhost:4001');
    expect(value.enclaves.get('patient')).toBe('https://127.0.0.1:4011');
    expect(Object.isFrozen(value)).toBe(true);
  });

  test('takes an empty variable for an absent one', () => {
    expect(config.parseConfig(spec, { ...good, CLOISTER_PORT: ' ' }).port).toBe(4011);
  });

  test('reports every problem at once', () => {
    const refusal = refusalOf({ CLOISTER_PORT: '70000', CLOISTER_LEVEL: 'loud' });
    expect(refusal.code).toBe('CONFIGURATION_INVALID');
    expect(refusal.message).toContain('CLOISTER_PORT must be a whole number from 0 to 65535');
    expect(refusal.message).toContain('CLOISTER_LEVEL must be info or warn');
    expect(refusal.message).toContain('CLOISTER_ISSUER is missing');
  });

  test.each([
    ['a number that is not whole', { CLOISTER_DEADLINE: '1.5' }],
    ['a number in hex', { CLOISTER_DEADLINE: '0x10' }],
    ['a number below its minimum', { CLOISTER_DEADLINE: '0' }],
    ['a URL with credentials', { CLOISTER_ISSUER: 'https://user:secret@issuer' }],
    ['a URL with a query', { CLOISTER_ISSUER: 'https://issuer/?a=b' }],
    ['a URL of another protocol', { CLOISTER_ISSUER: 'file:///etc/passwd' }],
    ['a name given twice', { CLOISTER_ENCLAVES: 'a=https://x,a=https://y' }],
    ['a part without a name', { CLOISTER_ENCLAVES: 'https://x' }],
    ['too many parts', { CLOISTER_ORIGINS: Array.from({ length: 33 }, (_, i) => `o${i}`).join(',') }],
  ])('refuses %s', (_, env) => {
    expect(refusalOf({ ...good, ...env }).code).toBe('CONFIGURATION_INVALID');
  });

  test('does not repeat a long value, which may be a secret in the wrong variable', () => {
    const secret = 'correct-horse-battery-staple-0123456789';
    expect(refusalOf({ ...good, CLOISTER_PORT: secret }).message).not.toContain(secret);
  });

  test('prints a reference table with every variable', () => {
    const table = config.configReference(spec);
    for (const setting of Object.values(spec)) expect(table).toContain(`| ${setting.env} |`);
    expect(table).toContain('| CLOISTER_DEADLINE | 1 to 1000 ms | 500 | Deadline. |');
    expect(table).toContain('| CLOISTER_ISSUER | URL | required | Issuer. |');
  });
});
