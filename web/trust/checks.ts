/**
 * Everything that is checked before the portal sends anything, one row each. The list is fixed: a check that was not
 * reached stays in it and says so.
 */
export const CHECKS = [
  {
    id: 'evidence',
    title: 'Evidence',
    question: 'Did the gateway show evidence, and does the attestation service find it genuine?',
  },
  {
    id: 'nonce',
    title: 'Freshness',
    question: 'Was the evidence made for this visit, over a number that this browser drew?',
  },
  { id: 'signature', title: 'Signature', question: 'Did the pinned attestation service sign the attestation result?' },
  { id: 'issuer', title: 'Issuer', question: 'Is it the attestation service that this hospital chose?' },
  { id: 'validity', title: 'Age', question: 'Is the attestation result in date and young enough?' },
  { id: 'binding', title: 'Keys', question: 'Does the evidence vouch for the keys that the gateway showed?' },
  { id: 'measurement', title: 'Program', question: 'Is the gateway exactly the program that this hospital pinned?' },
  {
    id: 'platform',
    title: 'Platform',
    question: 'Is it a kind of enclave, at a patch level, that the policy accepts?',
  },
  { id: 'debug', title: 'Debug mode', question: 'Is the enclave closed to debuggers?' },
  { id: 'hardware', title: 'Hardware', question: 'Does real hardware stand behind the evidence?' },
  { id: 'channel', title: 'Channel', question: 'Is what the browser sends sealed to the attested key?' },
] as const;

export type CheckId = (typeof CHECKS)[number]['id'];

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

  all(): readonly Check[] {
    return CHECKS.map(({ id }) => ({ id, ...(this.#rows.get(id) ?? NOT_REACHED) }));
  }
}

const NOT_REACHED: CheckDetail = { outcome: 'not-reached', finding: 'Not reached: an earlier check did not pass.' };

export function titleOf(id: CheckId): string {
  return CHECKS.find((check) => check.id === id)?.title ?? id;
}
