import { createHash } from 'node:crypto';

/**
 * The machine that the insecure platform pretends to be. Names and numbers say INSECURE wherever the format leaves room,
 * so that nobody who meets them can take them for hardware; none of them is Intel's.
 */

export const NAMES = {
  root: { commonName: 'INSECURE SGX Root CA', organization: 'Cloister, simulated' },
  pckAuthority: { commonName: 'INSECURE SGX PCK Processor CA', organization: 'Cloister, simulated' },
  pck: { commonName: 'INSECURE SGX PCK Certificate', organization: 'Cloister, simulated' },
  tcbSigning: { commonName: 'INSECURE SGX TCB Signing', organization: 'Cloister, simulated' },
} as const;

/** 6 bytes, the ASCII text INSECU. */
export const FMSPC = '494e53454355';
export const PCEID = '0000';

/** What the simulated machine's PCK certificate says about its firmware. */
export const PLATFORM_TCB = { components: [11, 11, 2, 2, 255, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], pceSvn: 13 } as const;

/** The simulated quoting enclave. */
export const QUOTING_ENCLAVE = {
  signer: digest('INSECURE quoting enclave'),
  productId: 1,
  securityVersion: 9,
} as const;

/** MRSIGNER, product and security version of every enclave on this platform: nobody signed them. */
export const ENCLAVE = { signer: digest('INSECURE unsigned enclave'), productId: 1, securityVersion: 1 } as const;

/** Hex. */
function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
