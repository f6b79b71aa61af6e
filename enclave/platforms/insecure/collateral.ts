import type { KeyObject } from 'node:crypto';
import { sign } from 'node:crypto';
import type { RevocationListContent } from '../../asn1/revocationList.js';
import { writeRevocationList } from '../../asn1/revocationList.js';
import type { Collateral } from '../../verification/dcap/collateral.js';

/** A document that becomes JSON, and who signs it. */
export interface DocumentToSign {
  readonly document: object;
  /** P-256: the private key of the chain’s leaf. */
  readonly key: KeyObject;
  /** PEM, leaf first. */
  readonly chain: string;
}

export interface CollateralContent {
  readonly rootList: RevocationListContent;
  readonly pckList: RevocationListContent;
  readonly tcbInfo: DocumentToSign;
  readonly qeIdentity: DocumentToSign;
}

/** What Intel's provisioning certification service would answer about a simulated platform, with its field names. */
export function writeCollateral({ rootList, pckList, tcbInfo, qeIdentity }: CollateralContent): Collateral {
  const [info, identity] = [JSON.stringify(tcbInfo.document), JSON.stringify(qeIdentity.document)];
  return {
    root_ca_crl: hex(writeRevocationList(rootList)),
    pck_crl: hex(writeRevocationList(pckList)),
    tcb_info: info,
    tcb_info_signature: signText(info, tcbInfo.key),
    tcb_info_issuer_chain: tcbInfo.chain,
    qe_identity: identity,
    qe_identity_signature: signText(identity, qeIdentity.key),
    qe_identity_issuer_chain: qeIdentity.chain,
  };
}

/** Hex of r ‖ s over the exact text. */
export function signText(text: string, key: KeyObject): string {
  return hex(sign('sha256', Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' }));
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
