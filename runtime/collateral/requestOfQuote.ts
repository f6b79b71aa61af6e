import { readPckChain } from '../../enclave/verification/dcap/pckChain.js';
import type { Quote } from '../../enclave/verification/dcap/quote.js';
import { pckAuthorityOf } from './pckAuthority.js';
import type { DcapRequest } from './request.js';

/**
 * Which collateral a quote needs. It verifies nothing: `runtime/evidence` asks only about chains that end in a pinned root,
 * and what others ask costs the sources at most what the limits of the cache allow.
 *
 * @throws EvidenceRefusal where the chain in the quote cannot be read.
 */
export function requestOfQuote(quote: Pick<Quote, 'report' | 'certificationType' | 'certificationData'>): DcapRequest {
  const { leaf, platform } = readPckChain(quote);
  return { kind: 'dcap', tee: quote.report.tee, fmspc: platform.fmspc, ca: pckAuthorityOf(leaf.issuer) };
}
