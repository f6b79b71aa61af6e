import type { Certificate } from '../../asn1/certificate.js';
import type { RevocationList } from '../../asn1/revocationList.js';
import { readRevocationList } from '../../asn1/revocationList.js';
import { bytesOfHex } from '../../bytes.js';
import { readChain } from '../certificateChain.js';
import type { Collateral } from './collateral.js';
import type { QeIdentity } from './qeIdentity.js';
import { readQeIdentity } from './qeIdentity.js';
import type { DcapReason } from './reasons.js';
import { refuseQuote } from './reasons.js';
import type { TcbInfo } from './tcbInfo.js';
import { readTcbInfo } from './tcbInfo.js';

/** A JSON text that somebody signed, read but not yet verified. */
export interface SignedText<Content> {
  readonly text: string;
  /** r ‖ s. */
  readonly signature: Uint8Array;
  /** Leaf first. */
  readonly chain: readonly Certificate[];
  readonly content: Content;
}

/** Collateral, taken apart (RATS: endorsements and reference values of the hardware vendor). Nothing is verified yet. */
export interface Endorsements {
  readonly revocationLists: readonly RevocationList[];
  readonly tcbInfo: SignedText<TcbInfo>;
  readonly qeIdentity: SignedText<QeIdentity>;
  /** `crl-parse:…` for a CRL that is absent or unreadable: the certificates that it covers will have none. */
  readonly failures: readonly DcapReason[];
}

/** Collateral is a value: what was read of it once stays true, as long as anybody holds it. */
const known = new WeakMap<Collateral, Endorsements>();

/** @throws EvidenceRefusal `tcbinfo-parse:…` or `qeid-parse:…` where one of these cannot be read. */
export function readEndorsements(collateral: Collateral): Endorsements {
  const endorsements = known.get(collateral) ?? readAll(collateral);
  known.set(collateral, endorsements);
  return endorsements;
}

function readAll(collateral: Collateral): Endorsements {
  const failures: DcapReason[] = [];
  const revocationLists: RevocationList[] = [];
  for (const hex of [collateral.root_ca_crl, collateral.pck_crl]) {
    try {
      revocationLists.push(readRevocationList(bytesOfHex(hex)));
    } catch (cause) {
      failures.push(`crl-parse:${messageOf(cause)}`);
    }
  }
  return {
    revocationLists,
    tcbInfo: reading('tcbinfo', () => ({
      text: collateral.tcb_info,
      signature: bytesOfHex(collateral.tcb_info_signature),
      chain: readChain(collateral.tcb_info_issuer_chain),
      content: readTcbInfo(collateral.tcb_info),
    })),
    qeIdentity: reading('qeid', () => ({
      text: collateral.qe_identity,
      signature: bytesOfHex(collateral.qe_identity_signature),
      chain: readChain(collateral.qe_identity_issuer_chain),
      content: readQeIdentity(collateral.qe_identity),
    })),
    failures,
  };
}

function reading<T>(name: 'tcbinfo' | 'qeid', read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw refuseQuote([`${name}-parse:${messageOf(cause)}`], { cause });
  }
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : 'unknown';
}
