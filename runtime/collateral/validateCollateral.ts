import type { Certificate } from '../../enclave/asn1/certificate.js';
import { readRevocationList } from '../../enclave/asn1/revocationList.js';
import { Refusal } from '../../enclave/refusals.js';
import type { ChainOptions } from '../../enclave/verification/certificateChain.js';
import { chainFailures, readChain, rootOf } from '../../enclave/verification/certificateChain.js';
import type { SignedText } from '../../enclave/verification/dcap/endorsements.js';
import { readEndorsements } from '../../enclave/verification/dcap/endorsements.js';
import { revocationFailures } from '../../enclave/verification/revocation.js';
import { isSignedBy } from '../../enclave/verification/signedStructure.js';
import type { CollateralCacheOptions } from './cache.js';
import type { AnyCollateral, CollateralRequest, DcapCollateral, SevSnpCollateral } from './request.js';

/**
 * Is this collateral the vendor's? With it a cache takes nothing from a source that could not be verified later.
 *
 * It verifies what can be verified without evidence: signatures up to a pinned root, and revocation of who signed. A PCK CRL
 * without the chain of its issuer, and a chip's certificate without its own, are left to the verification of evidence,
 * which verifies all of it again anyway.
 *
 * @returns a function that throws Refusal COLLATERAL_INVALID and names every failed check.
 */
export function validateCollateral({
  trustRoots,
  primitives,
}: Pick<ChainOptions, 'trustRoots' | 'primitives'>): NonNullable<CollateralCacheOptions['validate']> {
  return (request, collateral, now) => {
    const failures = [...new Set(failuresOf(request, collateral, { trustRoots, primitives, now }))];
    if (failures.length === 0) return;
    throw new Refusal('COLLATERAL_INVALID', `The collateral is not the vendor's: ${failures.join(', ')}.`);
  };
}

function failuresOf(request: CollateralRequest, collateral: AnyCollateral, options: ChainOptions): string[] {
  switch (request.kind) {
    case 'dcap':
      return dcapFailures(collateral as DcapCollateral, options);
    case 'sev-snp':
      return sevSnpFailures(collateral as SevSnpCollateral, options);
    case 'vcek':
      return [];
  }
}

function dcapFailures(collateral: DcapCollateral, options: ChainOptions): string[] {
  const { tcbInfo, qeIdentity, revocationLists } = readEndorsements(collateral);
  const pckCrlChain = readChain(collateral.pck_crl_issuer_chain ?? '');
  return [
    ...signedFailures('tcbinfo', tcbInfo, options),
    ...signedFailures('qeid', qeIdentity, options),
    ...[tcbInfo, qeIdentity].flatMap(({ chain }) => revocationFailures(chain, revocationLists, options)),
    ...pckCrlFailures(pckCrlChain, revocationLists[1], options),
  ];
}

function signedFailures(
  name: string,
  { text, signature, chain }: SignedText<unknown>,
  options: ChainOptions,
): string[] {
  const [signer] = chain;
  const check = { algorithm: 'ES256', data: new TextEncoder().encode(text), signature } as const;
  const isSigned = signer !== undefined && options.primitives.verify({ ...check, publicKey: signer.publicKey });
  return [
    ...chainFailures(chain, options).map((failure) => `${name}:${failure}`),
    ...(isSigned ? [] : [`${name}-signature`]),
  ];
}

/** The chain begins with a CA, which is no leaf: what is checked is that its root signed it, and it the CRL. */
function pckCrlFailures(
  chain: readonly Certificate[],
  list: Parameters<typeof isSignedBy>[0] | undefined,
  options: ChainOptions,
): string[] {
  const [authority] = chain;
  if (!authority) return [];
  const isSigned = list !== undefined && isSignedBy(list, authority.publicKey, options.primitives);
  return [...authorityFailures('pck-crl', chain, options), ...(isSigned ? [] : ['pck-crl-signature'])];
}

function sevSnpFailures({ chain: pem, crl }: SevSnpCollateral, options: ChainOptions): string[] {
  const chain = readChain(pem);
  const lists = [readRevocationList(Buffer.from(crl, 'hex'))];
  return [...authorityFailures('chain', chain, options), ...revocationFailures(chain, lists, options)];
}

/** A chain of authorities, up to a pinned root. */
function authorityFailures(name: string, chain: readonly Certificate[], options: ChainOptions): string[] {
  const { trustRoots, primitives, now } = options;
  const failures: string[] = [];
  for (const [position, certificate] of chain.entries()) {
    const issuer = chain[position + 1] ?? certificate;
    if (!certificate.isAuthority) failures.push('not-ca');
    if (now < certificate.notBefore || now > certificate.notAfter) failures.push('cert-expired');
    if (!isSignedBy(certificate, issuer.publicKey, primitives)) failures.push('cert-signature');
  }
  if (!rootOf(chain, trustRoots)) failures.push('untrusted-root');
  return failures.map((failure) => `${name}:${failure}`);
}
