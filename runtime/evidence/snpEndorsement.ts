import { Refusal } from '../../enclave/refusals.js';
import type { SnpProduct } from '../../enclave/verification/sevSnp/product.js';
import { productOfCpu, productOfName } from '../../enclave/verification/sevSnp/product.js';
import type { SnpReport } from '../../enclave/verification/sevSnp/report.js';
import { readTcb } from '../../enclave/verification/sevSnp/tcb.js';
import { readVcekChain } from '../../enclave/verification/sevSnp/vcekChain.js';
import type { CollateralCache } from '../collateral/cache.js';

/** What the vendor says about who signed a report. Nothing of it is verified. */
export interface SnpEndorsement {
  /** PEM: leaf, ASK, ARK. */
  readonly certificates: string;
  /** DER, hex; undefined where nobody wants to know. */
  readonly crl: string | undefined;
}

export interface EndorsementOptions {
  readonly source: Pick<CollateralCache, 'get'>;
  readonly revocation: 'required' | 'not-checked';
}

/**
 * The certificates for a report, which came with it or are the vendor's to give, and the vendor's revocation list.
 *
 * @param sent PEM, of whoever sent the report; undefined where they sent none.
 * @throws Refusal EVIDENCE_CHAIN_INVALID where it cannot even be told whose to ask for; COLLATERAL_UNAVAILABLE.
 */
export async function endorsementOf(
  report: SnpReport,
  sent: string | undefined,
  { source, revocation }: EndorsementOptions,
): Promise<SnpEndorsement> {
  if (sent !== undefined && revocation === 'not-checked') return { certificates: sent, crl: undefined };
  const product = productOf(report, sent);
  const endorsement = report.signer.key === 'vlek' ? 'vlek' : 'vcek';
  const { chain, ...lists } = await source.get({ kind: 'sev-snp', product, endorsement });
  const crl = revocation === 'required' ? lists.crl : undefined;
  if (sent !== undefined) return { certificates: sent, crl };
  if (endorsement === 'vlek') throw unknown('is signed with a VLEK, whose certificate only its sender has');
  const { chipId } = report;
  const { certificate } = await source.get({
    kind: 'vcek',
    product,
    chipId,
    tcb: readTcb(report.reportedTcb, product),
  });
  return { certificates: certificate + chain, crl };
}

/** Reports of version 2 do not say on which processor they were made; the certificate does. */
function productOf(report: SnpReport, sent: string | undefined): SnpProduct {
  const product =
    sent === undefined
      ? report.cpu && productOfCpu(report.cpu)
      : productOfName(readVcekChain(sent).platform.productName);
  if (product) return product;
  throw unknown('is of a processor that cannot be told, and came without its certificates');
}

function unknown(what: string): Refusal {
  return new Refusal('EVIDENCE_CHAIN_INVALID', `The SEV-SNP report ${what}.`);
}
