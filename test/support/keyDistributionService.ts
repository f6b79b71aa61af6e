import type { AmdProduct, SnpTcb } from '../../runtime/collateral/request.js';
import type { VendorService } from './vendorService.js';
import { startVendorService } from './vendorService.js';

export interface KeyDistributionServiceContent {
  readonly product: AmdProduct;
  /** Chain: PEM, ASK or ASVK first. CRL: DER. */
  readonly vcek?: { readonly chain: string; readonly crl: Uint8Array };
  readonly vlek?: { readonly chain: string; readonly crl: Uint8Array };
  readonly chips?: readonly { readonly hardwareId: string; readonly tcb: SnpTcb; readonly certificate: Uint8Array }[];
}

/** A stand-in for AMD's Key Distribution Service. */
export function startKeyDistributionService(content: () => KeyDistributionServiceContent): Promise<VendorService> {
  return startVendorService((url) => {
    const { product, chips = [], ...kinds } = content();
    const [, kind, ofProduct, what] = /^\/(vcek|vlek)\/v1\/([A-Za-z]+)\/([a-z0-9_]+)$/.exec(url.pathname) ?? [];
    if (ofProduct !== product || (kind !== 'vcek' && kind !== 'vlek')) return undefined;
    const known = kinds[kind];
    if (what === 'cert_chain') return known && { type: 'application/x-pem-file', body: known.chain };
    if (what === 'crl') return known && { type: 'application/x-pkcs7-crl', body: known.crl };
    const chip = chips.find(({ hardwareId, tcb }) => hardwareId === what && isOf(tcb, url.searchParams));
    return chip && { type: 'application/x-x509-ca-cert', body: chip.certificate };
  });
}

function isOf({ fmc, bootLoader, tee, snp, microcode }: SnpTcb, asked: URLSearchParams): boolean {
  const levels = { fmcSPL: fmc, blSPL: bootLoader, teeSPL: tee, snpSPL: snp, ucodeSPL: microcode };
  return Object.entries(levels).every(([name, level]) => asked.get(name) === (level?.toString() ?? null));
}
