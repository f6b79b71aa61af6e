import { Refusal } from '../../enclave/refusals.js';
import type { AttestedIdentity } from '../../runtime/attestedIdentity.js';
import type { Exchange, Route } from './exchange.js';

export interface EvidenceOptions {
  readonly identity: Pick<AttestedIdentity, 'evidence'>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** Quotes at once: a quote is slow where hardware makes it. */
const MAXIMUM_AT_ONCE = 4;
const MAXIMUM_PER_SECOND = 20;

/** GET /evidence?nonce=: a fresh quote over the gateway's keys, for anybody who wants to know who this is. */
export function createEvidenceRoute({ identity, now }: EvidenceOptions): Route {
  let atOnce = 0;
  let second = 0;
  let inSecond = 0;
  const enter = () => {
    const current = Math.floor(now() / 1000);
    if (current !== second) [second, inSecond] = [current, 0];
    if (atOnce >= MAXIMUM_AT_ONCE || inSecond >= MAXIMUM_PER_SECOND) {
      throw new Refusal('BUSY', 'Too much evidence is asked for at once.');
    }
    atOnce += 1;
    inSecond += 1;
  };
  const handle = async ({ url, response }: Exchange) => {
    const nonce = nonceOf(url.searchParams.get('nonce'));
    enter();
    try {
      const evidence = await identity.evidence(nonce);
      response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-store' });
      response.end(JSON.stringify(evidence));
    } finally {
      atOnce -= 1;
    }
  };
  return { methods: ['GET'], path: '/evidence', handle };
}

/** 16 to 64 bytes as base64url, so that a relying party knows that the quote was not made before. */
function nonceOf(value: string | null): string {
  const bytes = value !== null && /^[\w-]{22,86}$/.test(value) ? Buffer.from(value, 'base64url') : Buffer.alloc(0);
  if (value === null || bytes.length < 16 || bytes.length > 64 || bytes.toString('base64url') !== value) {
    throw new Refusal('BAD_INPUT', 'nonce must be 16 to 64 bytes as base64url.');
  }
  return value;
}
