import { readRevocationList } from '../../enclave/asn1/revocationList.js';
import type { DcapCollateral } from '../../runtime/collateral/request.js';
import type { VendorService } from './vendorService.js';
import { startVendorService } from './vendorService.js';

export interface ProvisioningServiceContent {
  /** Asked for with each request, so that it can change. */
  readonly collateral: () => readonly DcapCollateral[];
  /** Intel's own sends CRLs in DER and the chain of TCB info under a new name; its caching service hex, and the old name. */
  readonly flavour: 'pcs' | 'pccs';
}

/** A stand-in for Intel's Provisioning Certification Service, version 4, or for a service that caches it. */
export function startProvisioningService({ collateral, flavour }: ProvisioningServiceContent): Promise<VendorService> {
  const isCaching = flavour === 'pccs';
  const chainHeader = isCaching ? 'SGX-TCB-Info-Issuer-Chain' : 'TCB-Info-Issuer-Chain';
  const crl = (hex: string, chain?: string | null) => ({
    type: isCaching ? 'text/html; charset=utf-8' : 'application/pkix-crl',
    body: isCaching ? hex : Buffer.from(hex, 'hex'),
    headers: chain ? { 'SGX-PCK-CRL-Issuer-Chain': encodeURIComponent(chain) } : {},
  });
  return startVendorService((url) => {
    const [, tee, version, what] = /^\/(sgx|tdx)(\/certification\/v4)\/(.+)$/.exec(url.pathname) ?? [];
    if (version === undefined) return undefined;
    const ofTee = collateral().filter(({ tcb_info: text }) => idOf(text) === tee?.toUpperCase());
    switch (what) {
      case 'tcb': {
        const fmspc = url.searchParams.get('fmspc')?.toLowerCase();
        const found = ofTee.find(({ tcb_info: text }) => fmspcOf(text) === fmspc);
        return (
          found && {
            type: 'application/json',
            body: `{"tcbInfo":${found.tcb_info},"signature":"${found.tcb_info_signature}"}`,
            headers: { [chainHeader]: encodeURIComponent(found.tcb_info_issuer_chain) },
          }
        );
      }
      case 'qe/identity': {
        const [found] = ofTee;
        return (
          found && {
            type: 'application/json',
            body: `{"enclaveIdentity":${found.qe_identity},"signature":"${found.qe_identity_signature}"}`,
            headers: { 'SGX-Enclave-Identity-Issuer-Chain': encodeURIComponent(found.qe_identity_issuer_chain) },
          }
        );
      }
      case 'pckcrl': {
        const ca = url.searchParams.get('ca');
        const found = collateral().find(({ pck_crl: hex }) => authorityOf(hex) === ca);
        return found && crl(found.pck_crl, found.pck_crl_issuer_chain);
      }
      // Intel's own service has this one at another host; here it is the same, under this path.
      case 'rootcacrl': {
        const [found] = collateral();
        return found && crl(found.root_ca_crl);
      }
      default:
        return undefined;
    }
  });
}

function idOf(tcbInfo: string): string {
  return (JSON.parse(tcbInfo) as { id?: string }).id ?? 'SGX';
}

function fmspcOf(tcbInfo: string): string {
  return (JSON.parse(tcbInfo) as { fmspc: string }).fmspc.toLowerCase();
}

function authorityOf(crlHex: string): 'processor' | 'platform' {
  const { issuer } = readRevocationList(Buffer.from(crlHex, 'hex'));
  return Buffer.from(issuer).includes('Platform') ? 'platform' : 'processor';
}
