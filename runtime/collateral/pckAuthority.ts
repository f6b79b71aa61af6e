import type { DcapRequest } from './request.js';

/**
 * Which of Intel's two PCK CAs a name means: "… SGX PCK Platform CA", or the Processor CA. Whether it is Intel's at all is
 * the verifier's question; what is neither is asked for as the older one, and refused by whoever verifies it.
 *
 * @param name DER, in which texts stand as they are.
 */
export function pckAuthorityOf(name: Uint8Array): DcapRequest['ca'] {
  return Buffer.from(name).includes('PCK Platform CA') ? 'platform' : 'processor';
}
