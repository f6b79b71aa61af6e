import { writePem } from '../asn1/pem.js';

/** The certificates of an SEV-SNP machine, DER. It has a VCEK or a VLEK; with a VLEK, `ask` is what AMD calls ASVK. */
export interface AmdCertificates {
  readonly vcek?: Uint8Array;
  readonly vlek?: Uint8Array;
  readonly ask?: Uint8Array;
  readonly ark?: Uint8Array;
}

/** PEM, leaf first; undefined without the leaf, since the rest says nothing about this machine. */
export function amdChainPem({ vcek, vlek, ask, ark }: AmdCertificates): string | undefined {
  const leaf = vcek ?? vlek;
  if (leaf === undefined) return undefined;
  return [leaf, ask, ark].map((der) => (der === undefined ? '' : writePem(der))).join('');
}
