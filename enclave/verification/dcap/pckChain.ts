import type { Certificate } from '../../asn1/certificate.js';
import { latin1Of } from '../../bytes.js';
import { readChain } from '../certificateChain.js';
import { EvidenceRefusal } from '../evidenceRefusal.js';
import type { PckPlatform } from './pckExtension.js';
import { readPckPlatform } from './pckExtension.js';
import type { Quote } from './quote.js';

/** The chain that came inside a quote: the attacker holds all of it until it is verified up to a pinned root. */
export interface PckChain {
  /** Leaf first. */
  readonly chain: readonly Certificate[];
  readonly leaf: Certificate;
  readonly platform: PckPlatform;
}

const PEM_CHAIN = 5;

/** @throws EvidenceRefusal `cert-type`, `pck-chain-missing` or `pck-parse:…`. */
export function readPckChain(quote: Pick<Quote, 'certificationType' | 'certificationData'>): PckChain {
  if (quote.certificationType !== PEM_CHAIN) throw new EvidenceRefusal(['cert-type']);
  const chain = reading(() => readChain(latin1Of(quote.certificationData)));
  const [leaf] = chain;
  if (!leaf || chain.length < 2) throw new EvidenceRefusal(['pck-chain-missing']);
  return { chain, leaf, platform: reading(() => readPckPlatform(leaf)) };
}

function reading<T>(read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw new EvidenceRefusal([`pck-parse:${cause instanceof Error ? cause.message : 'unknown'}`], { cause });
  }
}
