import type { Certificate } from '../../asn1/certificate.js';
import { readCertificate } from '../../asn1/certificate.js';
import { certificateFailures, readChain, rootOf } from '../certificateChain.js';
import type { ChainOptions } from '../certificateChain.js';
import { readCommonName } from './commonName.js';
import type { SnpReason } from './reasons.js';
import { certificateReason, refuseReport } from './reasons.js';
import type { VcekPlatform } from './vcekExtension.js';
import { readVcekPlatform } from './vcekExtension.js';

/**
 * The chain that endorses a report: VCEK, ASK, ARK, or VLEK, ASVK, ARK. The attacker holds all of it until it is verified
 * up to a pinned root. Reasons say `vcek` and `ask` in both cases.
 */
export interface VcekChain {
  /** Leaf first. */
  readonly chain: readonly [Certificate, Certificate, Certificate];
  readonly leaf: Certificate;
  readonly ask: Certificate;
  readonly ark: Certificate;
  readonly platform: VcekPlatform;
  readonly names: { readonly leaf: string; readonly ask: string; readonly ark: string };
}

/** PEM, or DER one by one: leaf, ASK or ASVK, ARK. */
export type VcekCertificates = string | readonly Uint8Array[];

/** Real chains have 4 to 7 KB. */
const MAXIMUM_CHAIN_BYTES = 32 * 1024;

/** @throws EvidenceRefusal `chain-missing`, `chain-parse:…` or `vcek-parse:…`. */
export function readVcekChain(certificates: VcekCertificates): VcekChain {
  const [leaf, ask, ark, ...more] = reading('chain', () => readCertificates(certificates));
  if (!leaf || !ask || !ark) throw refuseReport(['chain-missing']);
  if (more.length > 0) throw refuseReport([`chain-parse:${3 + more.length} certificates where 3 belong`]);
  return {
    chain: [leaf, ask, ark],
    leaf,
    ask,
    ark,
    platform: reading('vcek', () => readVcekPlatform(leaf)),
    names: reading('chain', () => ({
      leaf: readCommonName(leaf.subject),
      ask: readCommonName(ask.subject),
      ark: readCommonName(ark.subject),
    })),
  };
}

function readCertificates(certificates: VcekCertificates): Certificate[] {
  const size =
    typeof certificates === 'string'
      ? certificates.length
      : certificates.reduce((sum, certificate) => sum + certificate.length, 0);
  if (size > MAXIMUM_CHAIN_BYTES) throw new RangeError(`${size} bytes, at most ${MAXIMUM_CHAIN_BYTES}`);
  return typeof certificates === 'string' ? readChain(certificates) : certificates.map(readCertificate);
}

function reading<T>(name: 'chain' | 'vcek', read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw refuseReport([`${name}-parse:${cause instanceof Error ? cause.message : 'unknown'}`], { cause });
  }
}

const SIGNATURES: readonly SnpReason[] = ['ark-self', 'ask-signature', 'vcek-signature'];

/** Every failed check of a chain, root first: the pin, the signatures, the form of each certificate, the dates. */
export function vcekChainFailures({ chain }: VcekChain, options: ChainOptions): SnpReason[] {
  const failures = (['vcek', 'ask', 'ark'] as const)
    .flatMap((name, position) =>
      certificateFailures(chain, position, options).map((word) => certificateReason(name, word)),
    )
    .reverse();
  const isSignature = (failure: SnpReason) => SIGNATURES.includes(failure);
  const isDate = (failure: SnpReason) => failure.endsWith('-expired');
  return [
    ...(rootOf(chain, options.trustRoots) ? [] : (['untrusted-ark'] as const)),
    ...failures.filter(isSignature),
    ...failures.filter((failure) => !isSignature(failure) && !isDate(failure)),
    ...failures.filter(isDate),
  ];
}
