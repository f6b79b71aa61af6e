import type { ChainOptions } from '../certificateChain.js';
import type { SnpReason } from './reasons.js';
import { refuseReport } from './reasons.js';
import type { SnpReport } from './report.js';
import type { VcekCertificates } from './vcekChain.js';
import { readVcekChain, vcekChainFailures } from './vcekChain.js';

/**
 * Could this report be of a chip of the vendor's? What it and the chain that came with it show by themselves, before anybody
 * is asked for anything: whoever makes up chips has no chain to a pinned root. A chain that is only out of date is the
 * vendor's all the same, and left to verifyReport. Nothing here makes a report genuine.
 *
 * @throws EvidenceRefusal with reasons and code of verifyReport, as far as they need no revocation list.
 */
export function requireReportOrigin(report: SnpReport, certificates: VcekCertificates, options: ChainOptions): void {
  const failures = [...formFailures(report), ...vcekChainFailures(readVcekChain(certificates), options)];
  const [first, ...rest] = failures;
  if (first !== undefined && failures.some((failure) => !DATES.includes(failure))) throw refuseReport([first, ...rest]);
}

const DATES: readonly SnpReason[] = ['vcek-expired', 'ask-expired', 'ark-expired'];

const ECDSA_P384_SHA384 = 1;
const LOWEST_PRIVILEGE = 3;

/** What a report must be, whoever signed it. */
export function formFailures({ signatureAlgorithm, policy, signer, vmpl, ...report }: SnpReport): SnpReason[] {
  const failures: SnpReason[] = [];
  if (signatureAlgorithm !== ECDSA_P384_SHA384) failures.push('sig-algo');
  if (!policy.reservedBitsFit) failures.push('policy-reserved');
  if (!report.signaturePaddingIsZero) failures.push('sig-reserved');
  if (!signer.reservedBitsAreZero) failures.push('flags-reserved');
  // 0xffffffff: the host asked, so that report_data is not the guest's word.
  if (vmpl > LOWEST_PRIVILEGE) failures.push('vmpl');
  if (signer.authorKeyEnabled !== /[^0]/.test(report.authorKeyDigest)) failures.push('author-key');
  return failures;
}
