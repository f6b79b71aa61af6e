import { describe, expect, test } from '@jest/globals';
import { refusalFromAnswer } from '../../runtime/refusalFromAnswer.js';

const codeOf = (body: string): string => refusalFromAnswer('inference', 500, Buffer.from(body)).code;

describe('what another process refuses with', () => {
  test('keeps its code', () => expect(codeOf('{"error":{"code":"BUSY","message":"later"}}')).toBe('BUSY'));

  test('does not keep its words', () => {
    const { message } = refusalFromAnswer(
      'patient',
      403,
      Buffer.from('{"error":{"code":"NOT_FOUND","message":"Jane Doe"}}'),
    );
    expect(message).toContain('patient');
    expect(message).not.toContain('Jane');
  });

  test.each([
    '',
    'null',
    '[]',
    '<html>',
    '{"error":null}',
    '{"error":{"code":7}}',
    '{"error":{"code":"toString"}}',
    '{"error":{"code":"INTERNAL"}}',
  ])('becomes UPSTREAM_FAILED where it is %s', (body) => expect(codeOf(body)).toBe('UPSTREAM_FAILED'));
});
