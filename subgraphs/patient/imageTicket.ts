import { timingSafeEqual } from 'node:crypto';
import { Refusal } from '../../enclave/refusals.js';
import type { Sealer } from './sealer.js';

/**
 * A ticket lets one enclave get one image for five minutes. It passes through the gateway and the diagnosis subgraph,
 * who can read it and cannot use it: the recipient's name is in it, and is compared with the attested peer's.
 *
 * Form: seconds since 1970 at which it expires, a dot, and a MAC (16 bytes, hex) over everything that it is for.
 */
export interface TicketSubject {
  readonly imagingStudyId: string;
  /** Of the image file, hex. */
  readonly sha256: string;
  /** The name of an enclave. */
  readonly recipient: string;
}

const LIFETIME_SECONDS = 300;
const PURPOSE = { table: 'image_ticket', column: 'mac' };

export function issueTicket(sealer: Sealer, subject: TicketSubject, now: Date): string {
  const expires = Math.floor(now.getTime() / 1000) + LIFETIME_SECONDS;
  return `${expires}.${macOf(sealer, subject, expires).toString('hex')}`;
}

/** @throws Refusal TICKET_INVALID, which does not say whether the ticket was forged, for something else, or too old. */
export function verifyTicket(sealer: Sealer, subject: TicketSubject, ticket: string, now: Date): void {
  const [, seconds, mac] = /^(\d{1,12})\.([0-9a-f]{32})$/.exec(ticket) ?? [];
  const expires = Number(seconds ?? 0);
  const given = Buffer.from(mac ?? '', 'hex');
  const expected = macOf(sealer, subject, expires);
  const genuine = given.length === expected.length && timingSafeEqual(given, expected);
  if (!genuine || expires * 1000 <= now.getTime()) {
    throw new Refusal('TICKET_INVALID', 'The ticket is not one for this image and this enclave, or it has expired.');
  }
}

function macOf(sealer: Sealer, { imagingStudyId, sha256, recipient }: TicketSubject, expires: number): Buffer {
  return Buffer.from(sealer.index(PURPOSE, JSON.stringify([imagingStudyId, sha256, recipient, expires])));
}
