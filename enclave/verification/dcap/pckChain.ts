import type { Certificate } from '../../asn1/certificate.js';
import { readChain } from '../certificateChain.js';
import type { PckPlatform } from './pckExtension.js';
import { readPckPlatform } from './pckExtension.js';
import type { Quote } from './quote.js';
import { refuseQuote } from './reasons.js';

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
  if (quote.certificationType !== PEM_CHAIN) throw refuseQuote(['cert-type']);
  const chain = reading(() => readChain(new TextDecoder().decode(quote.certificationData)));
  const [leaf] = chain;
  if (!leaf || chain.length < 2) throw refuseQuote(['pck-chain-missing']);
  return { chain, leaf, platform: reading(() => readPckPlatform(leaf)) };
}

function reading<T>(read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw refuseQuote([`pck-parse:${cause instanceof Error ? cause.message : 'unknown'}`], { cause });
  }
}
