import { readRevocationList } from '../../asn1/revocationList.js';
import { rootOf } from '../certificateChain.js';
import type { Primitives } from '../primitives.js';
import { revocationFailures } from '../revocation.js';
import type { TrustRoot } from '../trustRoot.js';
import type { SnpProduct } from './product.js';
import { productOfCpu, productOfName } from './product.js';
import type { SnpReason } from './reasons.js';
import { refuseReport } from './reasons.js';
import type { SnpReport } from './report.js';
import { parseReport } from './report.js';
import { formFailures } from './reportOrigin.js';
import type { SnpTcb } from './tcb.js';
import { readTcb, tcbFailures } from './tcb.js';
import type { VcekCertificates, VcekChain } from './vcekChain.js';
import { readVcekChain, vcekChainFailures } from './vcekChain.js';

export interface VerifyReportOptions {
  /** Milliseconds since 1970: the only clock. */
  readonly now: number;
  readonly trustRoots: readonly TrustRoot[];
  readonly certificates: VcekCertificates;
  /**
   * The vendor's CRL for the ASK, DER. Undefined where none could be had, which is a refusal; `not-checked` says aloud that
   * nobody wants to know.
   */
  readonly revocationList: Uint8Array | undefined | 'not-checked';
  readonly primitives: Primitives;
  /** True hands a debug guest's report to the appraisal, as a fact; absent means that it is refused here. */
  readonly allowDebug?: boolean;
}

/** A report that is genuine. Whether its guest and its TCB are acceptable is the relying party's question. */
export interface VerifiedReport {
  readonly report: SnpReport;
  /** The pinned root that vouches for it. */
  readonly trustRoot: TrustRoot;
  /** Whose key signed: that of one chip, or that of a cloud provider. */
  readonly signer: 'vcek' | 'vlek';
  /** The provider of a VLEK. */
  readonly cspId: string | undefined;
  readonly product: SnpProduct;
  /** What the report calls reported TCB: the certificate vouches for the same. */
  readonly tcb: SnpTcb;
  /** False where the caller did not want revocation to be looked at. */
  readonly revocationChecked: boolean;
}

/**
 * Is this SEV-SNP report genuine? Every check of AMD's documents (56860, 57230), each failure collected.
 *
 * It does not say whether the guest is one that anybody wants, nor whether its TCB is new enough, nor what its policy
 * allows besides debugging: those are facts in the answer.
 *
 * @throws EvidenceRefusal with all reasons; with only the first where the report or its chain cannot be read at all.
 */
export function verifyReport(bytes: Uint8Array, options: VerifyReportOptions): VerifiedReport {
  const report = parseReport(bytes);
  const chain = readVcekChain(options.certificates);
  const product = productOfName(chain.platform.productName);
  const signer = KINDS.get(chain.names.leaf);
  const root = rootOf(chain.chain, options.trustRoots);
  const failures: SnpReason[] = [
    ...formFailures(report),
    ...vcekChainFailures(chain, options),
    ...askRevocationFailures(chain, options),
    ...identityFailures(chain, signer, product),
    ...reportSignatureFailures(report, chain, options.primitives),
    ...signerFailures(report, chain, signer),
    ...productFailures(report, chain, product),
    ...(report.debug && options.allowDebug !== true ? (['debug'] as const) : []),
  ];
  const [first, ...rest] = failures;
  if (first !== undefined) throw refuseReport([first, ...rest]);
  // Each of these is undefined only together with a failure above.
  if (!root || !product || !signer) throw refuseReport(['untrusted-ark']);
  return {
    report,
    trustRoot: root,
    signer,
    cspId: chain.platform.cspId,
    product,
    tcb: readTcb(report.reportedTcb, product),
    revocationChecked: options.revocationList !== 'not-checked',
  };
}

type Signer = VerifiedReport['signer'];

/** By the common name of the leaf certificate. */
const KINDS: ReadonlyMap<string, Signer> = new Map([
  ['SEV-VCEK', 'vcek'],
  ['SEV-VLEK', 'vlek'],
]);

/** A real one has less than 2 KB. */
const MAXIMUM_CRL_BYTES = 1024 * 1024;

/** The ARK revokes the ASK. Nobody revokes a VCEK: a newer TCB version takes its place. */
function askRevocationFailures({ ask, ark }: VcekChain, options: VerifyReportOptions): SnpReason[] {
  const { revocationList } = options;
  if (revocationList === 'not-checked') return [];
  if (revocationList === undefined) return ['no-crl'];
  try {
    if (revocationList.length > MAXIMUM_CRL_BYTES)
      throw new RangeError(`${revocationList.length} bytes, at most ${MAXIMUM_CRL_BYTES}`);
    const failures = revocationFailures([ask, ark], [readRevocationList(revocationList)], options);
    return failures.map((failure) => (failure === 'revoked' ? 'ask-revoked' : failure));
  } catch (cause) {
    if (cause instanceof RangeError) return [`crl-parse:${cause.message}`];
    throw cause;
  }
}

/** Do the three certificates say the same about kind of key and product? */
function identityFailures(
  { names, platform: { hardwareId, cspId } }: VcekChain,
  signer: Signer | undefined,
  product: SnpProduct | undefined,
): SnpReason[] {
  const failures: SnpReason[] = [];
  if (signer === undefined) failures.push('vcek-name');
  const isOfChip = hardwareId !== undefined && cspId === undefined;
  const isOfProvider = hardwareId === undefined && cspId !== undefined;
  if (!(signer === 'vlek' ? isOfProvider : isOfChip)) failures.push('vcek-identity');
  if (product === undefined) return [...failures, 'product-unknown'];
  const askName = signer === 'vlek' ? `SEV-VLEK-${product}` : `SEV-${product}`;
  if (names.ask !== askName || names.ark !== `ARK-${product}`) failures.push('product-mismatch');
  return failures;
}

function reportSignatureFailures(
  { signed, signature }: SnpReport,
  { leaf }: VcekChain,
  { verify }: Primitives,
): SnpReason[] {
  const check = { algorithm: 'ES384', publicKey: leaf.publicKey, data: signed, signature } as const;
  return verify(check) ? [] : ['report-signature'];
}

/** Is the leaf the key that the report names, and that of its chip? */
function signerFailures(report: SnpReport, { platform }: VcekChain, signer: Signer | undefined): SnpReason[] {
  const failures: SnpReason[] = [];
  if (report.signer.key !== signer) failures.push('signing-key-kind');
  // With this bit the firmware writes zeros instead of a signature by the VCEK.
  if (report.signer.maskChipKey && signer !== 'vlek') failures.push('mask-chip-key');
  // Turin's eight bytes stand first in the report's sixty-four.
  if (signer !== 'vlek' && platform.hardwareId?.padEnd(report.chipId.length, '0') !== report.chipId)
    failures.push('chip-id');
  return failures;
}

/** The processor, and its firmware: only a known product says how to read a TCB version. */
function productFailures(report: SnpReport, { platform }: VcekChain, product: SnpProduct | undefined): SnpReason[] {
  if (product === undefined) return [];
  const failures = tcbFailures(report.reportedTcb, product, platform.securityPatchLevels);
  if (report.cpu && productOfCpu(report.cpu) !== product) failures.push('cpu-mismatch');
  return failures;
}
