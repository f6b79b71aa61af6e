import { describe, expect, test } from '@jest/globals';
import { Refusal } from '../../enclave/refusals.js';
import { createLog } from '../../runtime/log.js';
import type { LogFields } from '../../runtime/log.js';

function capture() {
  const lines: string[] = [];
  const log = createLog({ name: 'patient', level: 'info', destination: { write: (line) => void lines.push(line) } });
  return { log, lines, last: () => JSON.parse(lines.at(-1) ?? '{}') as Record<string, unknown> };
}

describe('the log', () => {
  test('writes JSON lines with the process, a level in words and a time', () => {
    const { log, last } = capture();
    log.info({ port: 4011 }, 'Ready.');
    expect(last()).toMatchObject({ level: 'info', name: 'patient', port: 4011, message: 'Ready.' });
    expect(last().time).toMatch(/^\d{4}-\d\d-\d\dT/);
  });

  test('drops every field that is not on its list', () => {
    const { log, lines } = capture();
    log.info({ token: 'eyJhbGciOi', familyName: 'Silva', url: 'https://x' } as LogFields, 'Asked.');
    expect(lines[0]).not.toContain('eyJ');
    expect(lines[0]).not.toContain('Silva');
    expect(lines[0]).toContain('https://x');
  });

  test('drops structures in allowed fields, since they could carry other fields', () => {
    const { log, lines } = capture();
    log.info({ reason: { familyName: 'Silva' }, party: [['Silva']] }, 'Asked.');
    expect(lines[0]).not.toContain('Silva');
  });

  test('carries the fields of a request on each line of its child', () => {
    const { log, last } = capture();
    const child = log.child({ requestId: 'r1', cookie: 'secret' } as LogFields);
    child.warn({ code: 'BUSY' }, 'Refused.');
    expect(last()).toMatchObject({ requestId: 'r1', code: 'BUSY' });
    expect(last()).not.toHaveProperty('cookie');
  });

  test('writes the message of a refusal, and only the place of any other error', () => {
    const { log, lines, last } = capture();
    log.error(
      { error: new Refusal('NOT_FOUND', 'No study s1.', { cause: new Error('row of Maria Silva') }) },
      'Failed.',
    );
    expect(last().error).toMatchObject({ code: 'NOT_FOUND', message: 'No study s1.', cause: { name: 'Error' } });
    expect(lines[0]).not.toContain('Silva');
    expect(lines[0]).toContain('log.test.ts');
  });

  test('keeps the failed claims of an appraisal, and nothing that was added to them', () => {
    const { log, last } = capture();
    const failure = { claim: 'debug', expected: 'false', actual: 'true', extra: 'x' };
    log.warn({ failures: [failure] }, 'Refused.');
    expect(last().failures).toEqual([{ claim: 'debug', expected: 'false', actual: 'true' }]);
  });
});
