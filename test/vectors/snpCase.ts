import type { RefusalCode } from '../../enclave/refusals.js';
import type { SnpEvidence, SnpEvidenceChanges } from '../support/snpEvidence.js';
import { pssSigner, stranger } from '../support/snpEvidence.js';
import type { Refused } from './vectorCase.js';
import { refused } from './vectorCase.js';

/** One SEV-SNP vector before it is made: sound evidence, one thing changed, and the verdict that we hold to be right. */
export interface SnpCase {
  readonly id: string;
  /** What is changed, in words. */
  readonly note: string;
  /** How the evidence is made. */
  readonly made?: SnpEvidenceChanges;
  /** What is changed in it once it is signed. */
  readonly sent?: (evidence: SnpEvidence) => SnpSent;
  /** Milliseconds since 1970. */
  readonly at?: number;
  /** Empty trust store. */
  readonly underNoRoot?: true;
  readonly expect: 'accepted' | Refused;
}

export interface SnpSent {
  readonly report?: Uint8Array;
  /** Leaf, ASK, ARK; or PEM. */
  readonly certificates?: readonly [Uint8Array, Uint8Array, Uint8Array] | string;
  /** `none`: it could not be had. `not-checked`: nobody wants to know. */
  readonly revocationList?: Uint8Array | 'none' | 'not-checked';
}

export const accepted = (id: string, note: string, made: SnpEvidenceChanges, sent?: SnpCase['sent']): SnpCase => ({
  id: `ok-${id}`,
  note,
  made,
  ...(sent && { sent }),
  expect: 'accepted',
});

type Change = SnpEvidenceChanges | SnpCase['sent'];
export type Reasons = readonly [string, ...string[]];

/** Cases that are all refused with one code. */
export const withCode =
  (code: RefusalCode) =>
  (id: string, note: string, change: Change, ...reasons: Reasons): SnpCase => ({
    id,
    note,
    ...(typeof change === 'function' ? { sent: change } : { made: change ?? {} }),
    expect: refused(code, ...reasons),
  });
export const report = (change: SnpEvidenceChanges['report']): SnpEvidenceChanges => (change ? { report: change } : {});
export const onTurin = (changes: SnpEvidenceChanges): SnpEvidenceChanges => ({ product: 'Turin', ...changes });
export const onGenoa = (changes: SnpEvidenceChanges): SnpEvidenceChanges => ({ product: 'Genoa', ...changes });
export const byVlek = (changes: SnpEvidenceChanges): SnpEvidenceChanges => ({ signer: 'vlek', ...changes });

export const byStranger = pssSigner(stranger.rsa.privateKey);
export const strangersKey = new Uint8Array(stranger.rsa.publicKey.export({ format: 'der', type: 'spki' }));
