import { CHAIN_REASONS } from '../certificateChain.js';
import type { ChainReason } from '../certificateChain.js';
import { EvidenceRefusal } from '../evidenceRefusal.js';

/** Every reason why a report is refused, in words that programs can rely on. */
const WORDS = [
  'length',
  'version',
  'sig-algo',
  'policy-reserved',
  'sig-reserved',
  'flags-reserved',
  'vmpl',
  'author-key',
  'chain-missing',
  'untrusted-ark',
  'no-crl',
  'crl-signature',
  'crl-future',
  'crl-expired',
  'ask-revoked',
  'vcek-name',
  'vcek-identity',
  'product-unknown',
  'product-mismatch',
  'report-signature',
  'signing-key-kind',
  'mask-chip-key',
  'chip-id',
  'cpu-mismatch',
  'debug',
] as const;

/** Followed by a colon and free text. */
const WORDS_WITH_TEXT = ['chain-parse', 'vcek-parse', 'crl-parse'] as const;

/** Followed by the last arcs of the extension that certifies a patch level. */
const PATCH_LEVEL = 'tcb-mismatch-';
export const PATCH_LEVELS = ['3.1', '3.2', '3.3', '3.4', '3.5', '3.6', '3.7', '3.8', '3.9'] as const;
export type PatchLevel = (typeof PATCH_LEVELS)[number];

/** The certificates of the chain, leaf first. */
const CERTIFICATES = ['vcek', 'ask', 'ark'] as const;
type CertificateName = (typeof CERTIFICATES)[number];
type CertificateWord<Word extends string> = Word extends `${'cert' | 'leaf'}-${infer Rest}` ? Rest : Word;
type CertificateReason = `${CertificateName}-${CertificateWord<ChainReason>}` | 'ark-self';

export type SnpReason =
  | (typeof WORDS)[number]
  | `${(typeof WORDS_WITH_TEXT)[number]}:${string}`
  | `${typeof PATCH_LEVEL}${PatchLevel}`
  | CertificateReason;

/** `cert-expired` becomes `ask-expired`, `not-ca` becomes `ask-not-ca`; the root signs itself. */
export function certificateReason(name: CertificateName, word: ChainReason): SnpReason {
  if (name === 'ark' && word === 'cert-signature') return 'ark-self';
  return `${name}-${word.replace(/^(cert|leaf)-/, '') as CertificateWord<ChainReason>}`;
}

export function patchLevelReason(level: PatchLevel): SnpReason {
  return `${PATCH_LEVEL}${level}`;
}

/** Only the leaf can be a CA by mistake; nothing stands below the leaf or its issuer that a path length could forbid. */
const IMPOSSIBLE: readonly string[] = [
  ...['vcek-not-ca', 'vcek-pathlen', 'ask-is-ca', 'ask-pathlen', 'ark-is-ca'],
  // `untrusted-ark` says it once, of the whole chain.
  ...CERTIFICATES.map((name) => `${name}-untrusted-root`),
];

/** All of them; those that free text follows end with their colon. */
export const SNP_REASONS: readonly string[] = [
  ...WORDS,
  ...WORDS_WITH_TEXT.map((word) => `${word}:`),
  ...PATCH_LEVELS.map(patchLevelReason),
  ...CERTIFICATES.flatMap((name) => CHAIN_REASONS.map((word) => certificateReason(name, word))).filter(
    (reason) => !IMPOSSIBLE.includes(reason),
  ),
];

/** The refusal of a report; its reasons are on the list. */
export function refuseReport(
  reasons: readonly [SnpReason, ...SnpReason[]],
  options: { cause?: unknown } = {},
): EvidenceRefusal {
  return new EvidenceRefusal(reasons, options);
}
