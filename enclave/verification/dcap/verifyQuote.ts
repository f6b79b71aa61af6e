import type { Certificate } from '../../asn1/certificate.js';
import { concatBytes, equalBytes } from '../../bytes.js';
import { rootOf } from '../certificateChain.js';
import { EvidenceRefusal } from '../evidenceRefusal.js';
import type { Primitives } from '../primitives.js';
import { revocationFailures } from '../revocation.js';
import type { TrustRoot } from '../trustRoot.js';
import type { Collateral } from './collateral.js';
import type { Endorsements, SignedText } from './endorsements.js';
import { readEndorsements } from './endorsements.js';
import { readPckChain } from './pckChain.js';
import type { PckPlatform } from './pckExtension.js';
import { qeFailures } from './qeIdentity.js';
import type { Quote } from './quote.js';
import { parseQuote } from './quote.js';
import { headerFailures, namedChainFailures } from './quoteOrigin.js';
import type { ChainName, DcapReason } from './reasons.js';
import { refuseQuote } from './reasons.js';
import type { TcbVerdict } from './tcbVerdict.js';
import { judgeTcb } from './tcbVerdict.js';

export interface VerifyQuoteOptions {
  /** Milliseconds since 1970: the only clock. */
  readonly now: number;
  readonly trustRoots: readonly TrustRoot[];
  readonly collateral: Collateral;
  readonly primitives: Primitives;
  /** True hands a debug enclave's report to the appraisal, as a fact; absent means that it is refused here. */
  readonly allowDebug?: boolean;
}

/** A quote that is genuine. Whether its enclave and its TCB status are acceptable is the relying party's question. */
export interface VerifiedQuote extends TcbVerdict {
  readonly quote: Quote;
  /** The pinned root that vouches for it. */
  readonly trustRoot: TrustRoot;
  readonly tcbEvaluationDataNumber: number;
  /** Hex, lower case. */
  readonly fmspc: string;
}

/**
 * Is this SGX or TDX quote genuine? Every check of Intel's quote verification library, each failure collected.
 *
 * It does not say whether the enclave is one that anybody wants, nor whether a TCB status other than Revoked is good
 * enough, nor how the TD is configured (SEPT_VE_DISABLE, bound service TDs): those are facts in the answer.
 *
 * @throws EvidenceRefusal with all reasons; with only the first where the quote or its chain cannot be read at all, and with
 *   those of the quote alone where collateral cannot.
 */
export function verifyQuote(bytes: Uint8Array, options: VerifyQuoteOptions): VerifiedQuote {
  const { trustRoots, collateral, primitives } = options;
  const quote = parseQuote(bytes);
  const { chain, leaf, platform } = readPckChain(quote);
  const endorsements = readBeside(collateral, () => [
    ...headerFailures(quote),
    ...namedChainFailures('pck', chain, options),
    ...quoteSignatureFailures(quote, leaf, primitives),
  ]);
  const { tcbInfo, qeIdentity } = endorsements;
  const names = quote.report.tee === 'tdx' ? { tcbInfo: 'TDX', qe: 'TD_QE' } : { tcbInfo: 'SGX', qe: 'QE' };
  const root = rootOf(chain, trustRoots);
  const tcb = judgeTcb({ quote, platform, tcbInfo: tcbInfo.content, qeIdentity: qeIdentity.content });
  const failures: DcapReason[] = [
    ...headerFailures(quote),
    ...endorsements.failures,
    ...wholeChainFailures('pck', chain, endorsements, options),
    ...wholeChainFailures('tcbinfo', tcbInfo.chain, endorsements, options),
    ...wholeChainFailures('qeid', qeIdentity.chain, endorsements, options),
    ...quoteSignatureFailures(quote, leaf, primitives),
    ...signedTextFailures('tcbinfo', tcbInfo, names.tcbInfo, options),
    ...signedTextFailures('qeid', qeIdentity, names.qe, options),
    ...platformFailures(platform, tcbInfo.content),
    ...qeFailures(quote.quotingEnclave.report, qeIdentity.content),
    ...tcb.failures,
    ...(quote.report.debug && options.allowDebug !== true ? ['debug' as const] : []),
  ];
  const [first, ...rest] = failures;
  if (first !== undefined) throw refuseQuote([first, ...rest]);
  // Each of these is undefined only together with a failure above.
  if (!root || !tcb.verdict) throw refuseQuote(['pck:untrusted-root']);
  const { tcbEvaluationDataNumber } = tcbInfo.content;
  return { quote, trustRoot: root, ...tcb.verdict, tcbEvaluationDataNumber, fmspc: platform.fmspc };
}

/** Collateral that cannot be read ends the verification, but hides nothing that the quote shows by itself. */
function readBeside(collateral: Collateral, ownFailures: () => DcapReason[]): Endorsements {
  try {
    return readEndorsements(collateral);
  } catch (cause) {
    if (!(cause instanceof EvidenceRefusal)) throw cause;
    const [first, ...rest] = cause.reasons as readonly [DcapReason, ...DcapReason[]];
    throw refuseQuote([first, ...rest, ...ownFailures()], { cause });
  }
}

function wholeChainFailures(
  name: ChainName,
  chain: readonly Certificate[],
  { revocationLists }: Endorsements,
  options: VerifyQuoteOptions,
): DcapReason[] {
  return namedChainFailures(name, chain, options, revocationFailures(chain, revocationLists, options));
}

/** SubjectPublicKeyInfo of a point on P-256, up to the point: 04 x y. */
const P256_PREFIX = Uint8Array.of(
  0x30,
  0x59,
  0x30,
  0x13,
  0x06,
  0x07,
  0x2a,
  0x86,
  0x48,
  0xce,
  0x3d,
  0x02,
  0x01,
  0x06,
  0x08,
  0x2a,
  0x86,
  0x48,
  0xce,
  0x3d,
  0x03,
  0x01,
  0x07,
  0x03,
  0x42,
  0x00,
  0x04,
);

/** PCK → quoting enclave's report → attestation key → quote. */
function quoteSignatureFailures(quote: Quote, leaf: Certificate, { verify, sha256 }: Primitives): DcapReason[] {
  const { quotingEnclave: qe, attestationKey } = quote;
  const algorithm = 'ES256';
  const failures: DcapReason[] = [];
  if (!verify({ algorithm, publicKey: leaf.publicKey, data: qe.signed, signature: qe.signature }))
    failures.push('qe-report-signature');
  const binding = sha256(attestationKey, qe.authenticationData);
  if (!equalBytes(qe.report.reportData, concatBytes(binding, new Uint8Array(32)))) failures.push('qe-report-data');
  const publicKey = concatBytes(P256_PREFIX, attestationKey);
  if (!verify({ algorithm, publicKey, data: quote.signed, signature: quote.signature }))
    failures.push('quote-signature');
  return failures;
}

function signedTextFailures(
  name: 'tcbinfo' | 'qeid',
  { text, signature, chain, content }: SignedText<{ id: string; issueDate: number; nextUpdate: number }>,
  id: string,
  { now, primitives }: VerifyQuoteOptions,
): DcapReason[] {
  const publicKey = chain[0]?.publicKey ?? new Uint8Array();
  const data = new TextEncoder().encode(text);
  const failures: ('signature' | 'future' | 'expired' | 'id')[] = [];
  if (!primitives.verify({ algorithm: 'ES256', publicKey, data, signature })) failures.push('signature');
  if (now < content.issueDate) failures.push('future');
  if (now > content.nextUpdate) failures.push('expired');
  if (content.id !== id) failures.push('id');
  return failures.map((failure) => `${name}-${failure}` as const);
}

function platformFailures(platform: PckPlatform, tcbInfo: { fmspc: string; pceId: string }): DcapReason[] {
  const failures: DcapReason[] = [];
  if (platform.fmspc !== tcbInfo.fmspc) failures.push('fmspc-mismatch');
  if (platform.pceId !== tcbInfo.pceId) failures.push('pceid-mismatch');
  return failures;
}
