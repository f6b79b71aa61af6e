import type { ClaimFailure, Refusal } from '../refusals.js';

/**
 * Everything that is asked of a gateway before anything is sent to it, in order. The list is fixed: a check that was not
 * reached stays in it and says so. Titles and questions are for whoever shows them.
 */
export const CHECK_IDS = [
  /** Did the gateway show evidence, and does the attestation service find it genuine? */
  'evidence',
  /** Was the evidence made over the number that was drawn for this verification? */
  'nonce',
  /** Did the issuer sign the attestation result, with a certificate that is accepted? */
  'signature',
  /** Is it an issuer that was chosen? */
  'issuer',
  /** Is the result in date and young enough? */
  'validity',
  /** Does the evidence vouch for the keys that the gateway showed? */
  'binding',
  /** Is the gateway the expected program? */
  'measurement',
  /** Is it a kind of enclave, at a patch level, with an issuer's word, that the policy accepts? */
  'platform',
  'debug',
  /** Does real hardware stand behind the evidence? */
  'hardware',
  /** Does the policy accept the channel over which a person would speak to it? */
  'channel',
] as const;

export type CheckId = (typeof CHECK_IDS)[number];

/**
 * `conceded`: the answer is no, and only the development policy lets it pass.
 * `could-not-tell`: something needed for an answer could not be had.
 */
export type CheckOutcome = 'passed' | 'failed' | 'conceded' | 'could-not-tell' | 'not-reached';

export interface Check {
  readonly id: CheckId;
  readonly outcome: CheckOutcome;
  /** What was found, in words. */
  readonly finding: string;
  readonly expected?: string;
  readonly actual?: string;
}

export type CheckDetail = Omit<Check, 'id'>;

/** The rows under construction: each starts as not reached, and the first answer of a row stands. */
export class CheckList {
  readonly #rows = new Map<CheckId, CheckDetail>();

  answer(id: CheckId, detail: CheckDetail): void {
    if (!this.#rows.has(id)) this.#rows.set(id, detail);
  }

  /** Each failed claim into the row that it belongs to. */
  fail(failures: readonly ClaimFailure[]): void {
    for (const id of CHECK_IDS) {
      const [first, ...others] = failures.filter(({ claim }) => rowOf(claim) === id);
      if (first === undefined) continue;
      const { actual, expected } = first;
      this.answer(
        id,
        others.length === 0
          ? { outcome: 'failed', finding: `Does not match: ${first.claim}.`, expected, actual }
          : { outcome: 'failed', finding: [first, ...others].map(sentenceOf).join('; ') },
      );
    }
  }

  /** Puts a refusal into the row that it is about. */
  blame(refusal: Refusal): void {
    this.fail(refusal.failures);
    if (refusal.failures.length > 0) return;
    const outcome = refusal.definition.kind === 'could-not-tell' ? 'could-not-tell' : 'failed';
    this.answer(ROW_OF_CODE[refusal.code] ?? 'evidence', { outcome, finding: refusal.message });
  }

  all(): readonly Check[] {
    return CHECK_IDS.map((id) => ({ id, ...(this.#rows.get(id) ?? NOT_REACHED) }));
  }
}

const NOT_REACHED: CheckDetail = { outcome: 'not-reached', finding: 'Not reached: an earlier check did not pass.' };

function sentenceOf({ actual, claim, expected }: ClaimFailure): string {
  return `${claim}: expected ${expected}, got ${actual}`;
}

/** Any other claim is the platform's. */
const ROW_OF_CLAIM: Readonly<Record<string, CheckId>> = {
  nonce: 'nonce',
  'report data': 'binding',
  measurement: 'measurement',
  enclave: 'measurement',
  rtmr0: 'measurement',
  rtmr1: 'measurement',
  rtmr2: 'measurement',
  rtmr3: 'measurement',
  hostData: 'measurement',
  debug: 'debug',
  simulated: 'hardware',
  age: 'validity',
  expiresAt: 'validity',
  channel: 'channel',
};

function rowOf(claim: string): CheckId {
  return Object.hasOwn(ROW_OF_CLAIM, claim) ? (ROW_OF_CLAIM[claim] ?? 'platform') : 'platform';
}

const ROW_OF_CODE: Readonly<Partial<Record<Refusal['code'], CheckId>>> = {
  RESULT_MALFORMED: 'signature',
  RESULT_SIGNATURE_INVALID: 'signature',
  RESULT_ISSUER_UNTRUSTED: 'issuer',
  RESULT_EXPIRED: 'validity',
  EVIDENCE_BINDING_MISMATCH: 'binding',
};
