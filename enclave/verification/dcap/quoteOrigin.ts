import type { Certificate } from '../../asn1/certificate.js';
import { indexOfBytes } from '../../bytes.js';
import type { ChainOptions, ChainReason } from '../certificateChain.js';
import { chainFailures } from '../certificateChain.js';
import type { RevocationReason } from '../revocation.js';
import { readPckChain } from './pckChain.js';
import type { Quote } from './quote.js';
import { TEE_SGX, TEE_TDX } from './quote.js';
import type { ChainName, DcapReason } from './reasons.js';
import { refuseQuote } from './reasons.js';

/**
 * Could this quote be of a platform of the vendor's? What its header and its chain show by themselves, before anybody is
 * asked for collateral: whoever makes up platforms has no chain to a pinned root. A chain that is only out of date is the
 * vendor's all the same, and left to verifyQuote. Nothing here makes a quote genuine.
 *
 * @throws EvidenceRefusal with reasons and code of verifyQuote, as far as they need no collateral.
 */
export function requireQuoteOrigin(quote: Quote, options: ChainOptions): void {
  const { chain } = readPckChain(quote);
  const failures = [...headerFailures(quote), ...namedChainFailures('pck', chain, options)];
  const [first, ...rest] = failures;
  if (first !== undefined && failures.some((failure) => failure !== 'pck:cert-expired'))
    throw refuseQuote([first, ...rest]);
}

const ECDSA_P256 = 2;
const INTEL_QE_VENDOR_ID = '939a7233f79c4ca9940a0db3957f0607';

/** Versions 4 and 5 were read by their TEE type; version 3 has room for it and knows only SGX. */
export function headerFailures(quote: Quote): DcapReason[] {
  const failures: DcapReason[] = [];
  if (quote.attestationKeyType !== ECDSA_P256) failures.push('att-key-type');
  if (quote.version === 3 && quote.teeType === TEE_TDX) failures.push('tdx-v3');
  else if (quote.teeType !== TEE_SGX && quote.teeType !== TEE_TDX) failures.push('tee-type');
  if (quote.qeVendorId !== INTEL_QE_VENDOR_ID) failures.push('qe-vendor');
  return failures;
}

const LEAF_NAMES: Readonly<Record<ChainName, string>> = {
  pck: 'SGX PCK Certificate',
  tcbinfo: 'SGX TCB Signing',
  qeid: 'SGX TCB Signing',
};

/** @param revocation what revocation lists say, where they are at hand. */
export function namedChainFailures(
  name: ChainName,
  chain: readonly Certificate[],
  options: ChainOptions,
  revocation: readonly RevocationReason[] = [],
): DcapReason[] {
  const failures: (ChainReason | RevocationReason | 'leaf-name')[] = [...chainFailures(chain, options), ...revocation];
  // As in Intel's verifier, so that no certificate of the same root serves for another purpose.
  const leafName = new TextEncoder().encode(LEAF_NAMES[name]);
  if (indexOfBytes(chain[0]?.subject ?? new Uint8Array(), leafName) < 0) failures.push('leaf-name');
  return [...new Set(failures)].map((failure) => `${name}:${failure}` as const);
}
