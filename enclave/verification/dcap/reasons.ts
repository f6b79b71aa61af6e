import type { ChainReason } from '../certificateChain.js';
import { CHAIN_REASONS } from '../certificateChain.js';
import { EvidenceRefusal } from '../evidenceRefusal.js';
import type { RevocationReason } from '../revocation.js';
import { REVOCATION_REASONS } from '../revocation.js';

/** Every reason why a quote is refused, in words that programs can rely on. */
const WORDS = [
  'att-key-type',
  'tee-type',
  'body-type',
  'tdx-v3',
  'qe-vendor',
  'cert-type',
  'pck-chain-missing',
  'qe-report-signature',
  'qe-report-data',
  'quote-signature',
  'tcbinfo-signature',
  'tcbinfo-future',
  'tcbinfo-expired',
  'tcbinfo-id',
  'qeid-signature',
  'qeid-future',
  'qeid-expired',
  'qeid-id',
  'fmspc-mismatch',
  'pceid-mismatch',
  'qe-mrsigner',
  'qe-prodid',
  'qe-attributes',
  'qe-miscselect',
  'qe-debug',
  'qe-no-tcb-level',
  'no-tcb-level',
  'tdx-module-mrsigner',
  'tdx-module-attributes',
  'tdx-module-no-level',
  'tdx-module2-missing',
  'tcb-revoked',
  'debug',
] as const;

/** Followed by a colon and free text. */
const WORDS_WITH_TEXT = [
  'parse',
  'crl-parse',
  'pck-parse',
  'tcbinfo-parse',
  'qeid-parse',
  'tdx-module-missing',
] as const;

/** Followed by a colon and what is wrong with the chain. */
const CHAINS = ['pck', 'tcbinfo', 'qeid'] as const;
const WRONG_WITH_CHAIN = [...CHAIN_REASONS, ...REVOCATION_REASONS, 'leaf-name'] as const;

export type ChainName = (typeof CHAINS)[number];

export type DcapReason =
  | (typeof WORDS)[number]
  | `${(typeof WORDS_WITH_TEXT)[number]}:${string}`
  | `${ChainName}:${ChainReason | RevocationReason | 'leaf-name'}`;

/** All of them; those that free text follows end with their colon. */
export const DCAP_REASONS: readonly string[] = [
  ...WORDS,
  ...WORDS_WITH_TEXT.map((word) => `${word}:`),
  ...CHAINS.flatMap((chain) => WRONG_WITH_CHAIN.map((word) => `${chain}:${word}`)),
];

/** The refusal of a quote; its reasons are on the list. */
export function refuseQuote(
  reasons: readonly [DcapReason, ...DcapReason[]],
  options: { cause?: unknown } = {},
): EvidenceRefusal {
  return new EvidenceRefusal(reasons, options);
}
