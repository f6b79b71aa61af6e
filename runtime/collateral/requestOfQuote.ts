import { Refusal } from '../../enclave/refusals.js';
import { readPckChain } from '../../enclave/verification/dcap/pckChain.js';
import type { Quote } from '../../enclave/verification/dcap/quote.js';
import type { DcapRequest } from './request.js';

/**
 * Which collateral a quote needs. Nothing of the quote is verified yet: who makes up platforms gets refusals, and costs the
 * sources at most what the limits of the cache allow.
 *
 * @throws EvidenceRefusal where the chain in the quote cannot be read; Refusal EVIDENCE_CHAIN_INVALID where no known CA issued it.
 */
export function requestOfQuote(quote: Pick<Quote, 'report' | 'certificationType' | 'certificationData'>): DcapRequest {
  const { leaf, platform } = readPckChain(quote);
  return { kind: 'dcap', tee: quote.report.tee, fmspc: platform.fmspc, ca: authorityOf(leaf.issuer) };
}

/** The text of a name stands in its DER as it is: "… SGX PCK Platform CA". */
function authorityOf(issuer: Uint8Array): DcapRequest['ca'] {
  const name = Buffer.from(issuer);
  if (name.includes('PCK Platform CA')) return 'platform';
  if (name.includes('PCK Processor CA')) return 'processor';
  throw new Refusal(
    'EVIDENCE_CHAIN_INVALID',
    'The PCK certificate is issued by neither a Processor nor a Platform CA.',
  );
}
