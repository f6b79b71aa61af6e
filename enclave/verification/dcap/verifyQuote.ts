import { createHash } from 'node:crypto';
import type { Certificate } from '../../asn1/certificate.js';
import { chainFailures, equal, readChain, rootOf } from '../certificateChain.js';
import type { Collateral } from './collateral.js';
import type { Endorsements, SignedText } from './endorsements.js';
import { readEndorsements } from './endorsements.js';
import { EvidenceRefusal } from '../evidenceRefusal.js';
import type { PckPlatform } from './pckExtension.js';
import { readPckPlatform } from './pckExtension.js';
import { matchQeLevel, qeFailures } from './qeIdentity.js';
import type { Quote } from './quote.js';
import { parseQuote } from './quote.js';
import { revocationFailures } from '../revocation.js';
import type { VerifySignature } from '../nodePrimitives.js';
import { publicKeyOfPoint, verifySignature } from '../nodePrimitives.js';
import { matchTcbLevel } from './tcbInfo.js';
import type { TcbStatus } from './tcbStatus.js';
import { convergeTcbStatus } from './tcbStatus.js';
import type { TrustRoot } from '../trustRoot.js';

export interface VerifyOptions {
  /** Milliseconds since 1970: the only clock. */
  readonly now: number;
  readonly trustRoots: readonly TrustRoot[];
  readonly collateral: Collateral;
  /** True hands a debug enclave's report to the appraisal, as a fact; absent means that it is refused here. */
  readonly allowDebug?: boolean;
  /** Where signatures were verified before; see rememberSignatures. */
  readonly verify?: VerifySignature;
}

/** A quote that is genuine. Whether its enclave and its TCB status are acceptable is the relying party's question. */
export interface VerifiedQuote {
  readonly quote: Quote;
  /** The pinned root that vouches for it. */
  readonly trustRoot: TrustRoot;
  /** Of platform and quoting enclave together; never Revoked. */
  readonly tcbStatus: TcbStatus;
  readonly platformTcbStatus: TcbStatus;
  readonly qeTcbStatus: TcbStatus;
  /** Of both matched levels, without repetition. */
  readonly advisoryIds: readonly string[];
  /** Date of the platform's level, milliseconds since 1970. */
  readonly tcbDate: number;
  readonly tcbEvaluationDataNumber: number;
  /** Hex, lower case. */
  readonly fmspc: string;
}

/**
 * Is this SGX quote genuine? Every check of Intel's quote verification library, each failure collected.
 *
 * It does not say whether the enclave is one that anybody wants, nor whether a TCB status other than Revoked is good
 * enough: those are facts in the answer.
 *
 * @throws EvidenceRefusal with all reasons; with only the first where the quote or its chain cannot be read at all.
 */
export function verifyQuote(bytes: Uint8Array, options: VerifyOptions): VerifiedQuote {
  const quote = parseQuote(bytes);
  const { chain, leaf, platform } = readPckChain(quote);
  const endorsements = readEndorsements(options.collateral);
  const { tcbInfo, qeIdentity } = endorsements;
  const root = rootOf(chain, options.trustRoots);
  const level = matchTcbLevel(tcbInfo.content, platform);
  const qeLevel = matchQeLevel(qeIdentity.content, quote.quotingEnclave.report);
  const tcbStatus = level && qeLevel && convergeTcbStatus(level.status, qeLevel.status);
  const failures = [
    ...headerFailures(quote),
    ...endorsements.failures,
    ...wholeChainFailures('pck', chain, endorsements, options),
    ...wholeChainFailures('tcbinfo', tcbInfo.chain, endorsements, options),
    ...wholeChainFailures('qeid', qeIdentity.chain, endorsements, options),
    ...quoteSignatureFailures(quote, leaf, options.verify),
    ...signedTextFailures('tcbinfo', tcbInfo, 'SGX', options),
    ...signedTextFailures('qeid', qeIdentity, 'QE', options),
    ...platformFailures(platform, tcbInfo.content),
    ...qeFailures(quote.quotingEnclave.report, qeIdentity.content),
    ...(qeLevel ? [] : ['qe-no-tcb-level']),
    ...(level ? [] : ['no-tcb-level']),
    ...(tcbStatus === 'Revoked' ? ['tcb-revoked'] : []),
    ...(quote.report.debug && options.allowDebug !== true ? ['debug'] : []),
  ];
  const [first, ...rest] = failures;
  if (first !== undefined) throw new EvidenceRefusal([first, ...rest]);
  // Each of these is undefined only together with a failure above.
  if (!root || !level || !qeLevel || !tcbStatus) throw new EvidenceRefusal(['pck:untrusted-root']);
  return {
    quote,
    trustRoot: root,
    tcbStatus,
    platformTcbStatus: level.status,
    qeTcbStatus: qeLevel.status,
    advisoryIds: [...new Set([...level.advisoryIds, ...qeLevel.advisoryIds])],
    tcbDate: level.date,
    tcbEvaluationDataNumber: tcbInfo.content.tcbEvaluationDataNumber,
    fmspc: platform.fmspc,
  };
}

const ECDSA_P256 = 2;
const TEE_SGX = 0;
const TEE_TDX = 0x81;
const INTEL_QE_VENDOR_ID = '939a7233f79c4ca9940a0db3957f0607';
const PCK_CHAIN = 5;

function headerFailures(quote: Quote): string[] {
  const failures: string[] = [];
  if (quote.attestationKeyType !== ECDSA_P256) failures.push('att-key-type');
  if (quote.teeType === TEE_TDX) failures.push('tdx-v3');
  else if (quote.teeType !== TEE_SGX) failures.push('tee-type');
  if (quote.qeVendorId !== INTEL_QE_VENDOR_ID) failures.push('qe-vendor');
  return failures;
}

/** The chain that came inside the quote: the attacker holds all of it until it is verified up to a pinned root. */
function readPckChain(quote: Quote): { chain: Certificate[]; leaf: Certificate; platform: PckPlatform } {
  if (quote.certificationType !== PCK_CHAIN) throw new EvidenceRefusal(['cert-type']);
  try {
    const chain = readChain(Buffer.from(quote.certificationData).toString('latin1'));
    const [leaf] = chain;
    if (!leaf || chain.length < 2) throw new EvidenceRefusal(['pck-chain-missing']);
    return { chain, leaf, platform: readPckPlatform(leaf) };
  } catch (cause) {
    if (cause instanceof EvidenceRefusal) throw cause;
    throw new EvidenceRefusal([`pck-parse:${cause instanceof Error ? cause.message : 'unknown'}`], { cause });
  }
}

const LEAF_NAMES = { pck: 'SGX PCK Certificate', tcbinfo: 'SGX TCB Signing', qeid: 'SGX TCB Signing' };

function wholeChainFailures(
  name: keyof typeof LEAF_NAMES,
  chain: readonly Certificate[],
  endorsements: Endorsements,
  { now, trustRoots, verify = verifySignature }: VerifyOptions,
): string[] {
  const failures = [
    ...chainFailures(chain, { now, trustRoots, verify }),
    ...revocationFailures(chain, endorsements.revocationLists, { now, verify }),
  ];
  // As in Intel's verifier, so that no certificate of the same root serves for another purpose.
  if (!Buffer.from(chain[0]?.subject ?? []).includes(LEAF_NAMES[name])) failures.push('leaf-name');
  return [...new Set(failures)].map((failure) => `${name}:${failure}`);
}

/** PCK → quoting enclave's report → attestation key → quote. */
function quoteSignatureFailures(quote: Quote, leaf: Certificate, verify: VerifySignature = verifySignature): string[] {
  const { quotingEnclave: qe, attestationKey } = quote;
  const encoding = 'ieee-p1363';
  const failures: string[] = [];
  if (!verify({ publicKey: leaf.publicKey, data: qe.signed, signature: qe.signature, encoding })) {
    failures.push('qe-report-signature');
  }
  const binding = createHash('sha256').update(attestationKey).update(qe.authenticationData).digest();
  if (!equal(qe.report.reportData, Buffer.concat([binding, Buffer.alloc(32)]))) failures.push('qe-report-data');
  const publicKey = publicKeyOfPoint(attestationKey);
  if (!verify({ publicKey, data: quote.signed, signature: quote.signature, encoding }))
    failures.push('quote-signature');
  return failures;
}

function signedTextFailures(
  name: 'tcbinfo' | 'qeid',
  { text, signature, chain, content }: SignedText<{ id: string; issueDate: number; nextUpdate: number }>,
  id: string,
  { now, verify = verifySignature }: VerifyOptions,
): string[] {
  const publicKey = chain[0]?.publicKey ?? new Uint8Array();
  const failures: string[] = [];
  if (!verify({ publicKey, data: Buffer.from(text), signature, encoding: 'ieee-p1363' })) failures.push('signature');
  if (now < content.issueDate) failures.push('future');
  if (now > content.nextUpdate) failures.push('expired');
  if (content.id !== id) failures.push('id');
  return failures.map((failure) => `${name}-${failure}`);
}

function platformFailures(platform: PckPlatform, tcbInfo: { fmspc: string; pceId: string }): string[] {
  const failures: string[] = [];
  if (platform.fmspc !== tcbInfo.fmspc) failures.push('fmspc-mismatch');
  if (platform.pceId !== tcbInfo.pceId) failures.push('pceid-mismatch');
  return failures;
}
