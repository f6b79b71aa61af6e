import { randomBytes } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { issueTicket, type TicketSubject, verifyTicket } from '../../../subgraphs/patient/imageTicket.js';
import { createSealer } from '../../../subgraphs/patient/sealer.js';

const sealer = createSealer(randomBytes(32));
const subject: TicketSubject = { imagingStudyId: '1', sha256: 'ab'.repeat(32), recipient: 'inference' };
const now = new Date('2026-03-01T08:00:00.900Z');
const later = (seconds: number) => new Date(now.getTime() + seconds * 1000);
const ticket = issueTicket(sealer, subject, now);

describe('a ticket', () => {
  test('is good for five minutes', () => {
    expect(() => verifyTicket(sealer, subject, ticket, now)).not.toThrow();
    expect(() => verifyTicket(sealer, subject, ticket, later(299))).not.toThrow();
    expect(() => verifyTicket(sealer, subject, ticket, later(300))).toThrow(
      expect.objectContaining({ code: 'TICKET_INVALID' }),
    );
  });

  test.each<[string, Partial<TicketSubject>]>([
    ['another study', { imagingStudyId: '2' }],
    ['another image', { sha256: 'cd'.repeat(32) }],
    ['another enclave', { recipient: 'diagnosis' }],
  ])('is not good for %s', (_, change) => {
    expect(() => verifyTicket(sealer, { ...subject, ...change }, ticket, now)).toThrow(
      expect.objectContaining({ code: 'TICKET_INVALID' }),
    );
  });

  test('is not good where its expiry was moved, or another service made it', () => {
    const [expires = '', mac = ''] = ticket.split('.');
    const forged = [`${Number(expires) + 600}.${mac}`, issueTicket(createSealer(randomBytes(32)), subject, now)];
    for (const attempt of forged)
      expect(() => verifyTicket(sealer, subject, attempt, now)).toThrow(
        expect.objectContaining({ code: 'TICKET_INVALID' }),
      );
  });

  test('is not good with any one character changed', () => {
    for (let index = 0; index < ticket.length; index += 1) {
      const other = ticket[index] === 'A' ? 'E' : 'A';
      const changed = ticket.slice(0, index) + other + ticket.slice(index + 1);
      expect(() => verifyTicket(sealer, subject, changed, now)).toThrow(
        expect.objectContaining({ code: 'TICKET_INVALID' }),
      );
    }
  });

  test.each(['', '.', 'x', `${ticket} `, ticket.slice(0, -1), `${'9'.repeat(400)}.x`, '0'.repeat(100_000)])(
    'of no form is refused',
    (text) => {
      expect(() => verifyTicket(sealer, subject, text, now)).toThrow(
        expect.objectContaining({ code: 'TICKET_INVALID' }),
      );
    },
  );
});
