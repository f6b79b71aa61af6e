import type { RefusalCode, RefusalKind } from '../refusals.js';
import { Refusal, REFUSALS } from '../refusals.js';

/**
 * Evidence that is not genuine, or of which we could not tell.
 *
 * `reasons` names every check that failed, in order: a machine-readable word such as `quote-signature`, for chains after
 * the chain's name, as in `pck:cert-expired`; words that end in `parse:` are followed by free text.
 */
export class EvidenceRefusal extends Refusal {
  readonly reasons: readonly string[];

  constructor(reasons: readonly [string, ...string[]], options: { cause?: unknown } = {}) {
    super(codeOf(reasons), `The evidence is refused: ${reasons.join(', ')}.`, options);
    this.reasons = reasons;
  }
}

/**
 * The first code of the gravest kind: what is known to be forged is not hidden by what could not be told, and nothing is
 * called genuine but not acceptable while the one or the other is open.
 */
function codeOf(reasons: readonly [string, ...string[]]): RefusalCode {
  const codes = reasons.filter((reason) => isKnown(reason, reasons)).map(codeOfReason);
  const first = (kind: RefusalKind) => codes.find((code) => REFUSALS[code].kind === kind);
  return first('not-genuine') ?? first('could-not-tell') ?? codeOfReason(reasons[0]);
}

/** Which reasons rest on the word of which part of the collateral. */
const SAID_BY: readonly { readonly part: RegExp; readonly says: RegExp }[] = [
  { part: /(^|:)crl-signature$/, says: /^(pck:|ask-)revoked$/ },
  { part: /^tcbinfo/, says: /^(fmspc-mismatch|pceid-mismatch|no-tcb-level|tcb-revoked|tdx-module.*)$/ },
  { part: /^qeid/, says: /^(qe-(mrsigner|prodid|attributes|miscselect|no-tcb-level)|tcb-revoked)$/ },
];

/** What collateral says that is not the vendor's is not known of the evidence. */
function isKnown(reason: string, reasons: readonly string[]): boolean {
  const isBad = (part: RegExp) =>
    reasons.some((other) => part.test(other) && codeOfReason(other) === 'COLLATERAL_INVALID');
  return !SAID_BY.some(({ part, says }) => says.test(reason) && isBad(part));
}

const CODES: readonly (readonly [RegExp, RefusalCode])[] = [
  [/^(parse:|att-key-type|tee-type|body-type|tdx-v3|qe-vendor|cert-type)/, 'EVIDENCE_MALFORMED'],
  [/^(length|version|sig-algo|(policy|sig|flags)-reserved|author-key|hardware-type)$/, 'EVIDENCE_MALFORMED'],
  [/crl-(expired|future)$|(^|:)no-crl$|^(tcbinfo|qeid)(:cert-expired|-expired|-future)$/, 'COLLATERAL_UNAVAILABLE'],
  [/crl-signature$|^crl-parse:|^(tcbinfo|qeid)(:|-parse|-signature|-id)/, 'COLLATERAL_INVALID'],
  [/^(pck:untrusted-root|untrusted-ark)$/, 'EVIDENCE_ROOT_UNTRUSTED'],
  [/^(pck:revoked|ask-revoked)$/, 'EVIDENCE_REVOKED'],
  [/^(pck|chain-|(ark|ask|vcek)-)/, 'EVIDENCE_CHAIN_INVALID'],
  [/^(qe-report-signature|qe-report-data|quote-signature)$/, 'EVIDENCE_SIGNATURE_INVALID'],
  [/^(report-signature|signing-key-kind|mask-chip-key|chip-id|vmpl)$/, 'EVIDENCE_SIGNATURE_INVALID'],
  [/^(runtime-data|td-quote-mismatch)$/, 'EVIDENCE_BINDING_MISMATCH'],
  [/^td-quote-missing$/, 'EVIDENCE_UNAVAILABLE'],
  [/^debug$/, 'EVIDENCE_DEBUG'],
];

/** What remains are the checks of platform, product, quoting enclave and TCB. */
function codeOfReason(reason: string): RefusalCode {
  return CODES.find(([pattern]) => pattern.test(reason))?.[1] ?? 'EVIDENCE_TCB_INVALID';
}
