import type { Certificate } from '../asn1/certificate.js';
import type { RevocationList } from '../asn1/revocationList.js';
import { equalBytes } from '../bytes.js';
import type { ChainOptions } from './certificateChain.js';
import { isSignedBy } from './signedStructure.js';

/** Why a certificate may not be believed unrevoked. */
export const REVOCATION_REASONS = ['no-crl', 'crl-signature', 'crl-future', 'crl-expired', 'revoked'] as const;

export type RevocationReason = (typeof REVOCATION_REASONS)[number];

/**
 * Every reason why a chain's certificates may not be believed unrevoked. It fails closed: a certificate whose issuer has
 * no CRL here is refused. A CRL counts only with the signature of the very key that issued the certificate, since a list
 * that carries the right name and another key exists in public samples.
 */
export function revocationFailures(
  chain: readonly Certificate[],
  lists: readonly RevocationList[],
  { now, primitives }: Pick<ChainOptions, 'now' | 'primitives'>,
): RevocationReason[] {
  const failures = new Set<RevocationReason>();
  for (const [position, certificate] of chain.entries()) {
    const issuer = chain[position + 1];
    if (!issuer) break;
    const relevant = lists.filter((list) => equalBytes(list.issuer, issuer.subject));
    if (relevant.length === 0) failures.add('no-crl');
    for (const list of relevant) {
      if (!isSignedBy(list, issuer.publicKey, primitives)) failures.add('crl-signature');
      if (now < list.thisUpdate) failures.add('crl-future');
      if (list.nextUpdate === undefined || now > list.nextUpdate) failures.add('crl-expired');
      if (list.serials.has(certificate.serial)) failures.add('revoked');
    }
  }
  return [...failures];
}
