import type { KeyObject } from 'node:crypto';
import { sign } from 'node:crypto';
import { writeRevocationList } from '../../asn1/revocationList.js';
import type { CertificateSigner } from '../../asn1/writeCertificate.js';
import { FMSPC, NAMES, PCEID, PLATFORM_TCB, QUOTING_ENCLAVE } from './profile.js';

export interface CollateralSigning {
  readonly rootSigner: CertificateSigner;
  readonly pckAuthoritySigner: CertificateSigner;
  readonly tcbSigningKey: KeyObject;
  /** PEM, leaf first. */
  readonly tcbSigningChain: string;
  /** Milliseconds since 1970. */
  readonly issuedAt: number;
  readonly expiresAt: number;
}

/** What Intel's provisioning certification service would answer about the simulated platform, with its field names. */
export function signedCollateral(signing: CollateralSigning) {
  const dates = { thisUpdate: signing.issuedAt, nextUpdate: signing.expiresAt };
  const tcbInfo = JSON.stringify(tcbInfoOf(signing));
  const qeIdentity = JSON.stringify(qeIdentityOf(signing));
  return {
    root_ca_crl: hex(writeRevocationList({ issuer: NAMES.root, signWith: signing.rootSigner, ...dates })),
    pck_crl: hex(writeRevocationList({ issuer: NAMES.pckAuthority, signWith: signing.pckAuthoritySigner, ...dates })),
    tcb_info: tcbInfo,
    tcb_info_signature: signText(tcbInfo, signing.tcbSigningKey),
    tcb_info_issuer_chain: signing.tcbSigningChain,
    qe_identity: qeIdentity,
    qe_identity_signature: signText(qeIdentity, signing.tcbSigningKey),
    qe_identity_issuer_chain: signing.tcbSigningChain,
  };
}

/** TCB info, version 3. Its levels let tests move a platform from one status to the next. */
function tcbInfoOf({ issuedAt, expiresAt }: CollateralSigning) {
  const level = (tcbStatus: string, components: readonly number[], pcesvn: number, advisoryIDs?: string[]) => ({
    tcb: { sgxtcbcomponents: components.map((svn) => ({ svn })), pcesvn },
    tcbDate: iso(issuedAt),
    tcbStatus,
    ...(advisoryIDs && { advisoryIDs }),
  });
  const older = PLATFORM_TCB.components.map((svn, index) => (index === 0 ? svn - 1 : svn));
  const oldest = PLATFORM_TCB.components.map((svn) => Math.min(svn, 1));
  return {
    id: 'SGX',
    version: 3,
    issueDate: iso(issuedAt),
    nextUpdate: iso(expiresAt),
    fmspc: FMSPC,
    pceId: PCEID,
    tcbType: 0,
    tcbEvaluationDataNumber: 1,
    tcbLevels: [
      level('UpToDate', PLATFORM_TCB.components, PLATFORM_TCB.pceSvn),
      level('SWHardeningNeeded', older, PLATFORM_TCB.pceSvn, ['INSECURE-SA-00001']),
      level('OutOfDate', oldest, PLATFORM_TCB.pceSvn - 1, ['INSECURE-SA-00002']),
      level('Revoked', new Array<number>(16).fill(0), 0),
    ],
  };
}

/** QE identity, version 2. */
function qeIdentityOf({ issuedAt, expiresAt }: CollateralSigning) {
  const level = (isvsvn: number, tcbStatus: string) => ({ tcb: { isvsvn }, tcbDate: iso(issuedAt), tcbStatus });
  return {
    id: 'QE',
    version: 2,
    issueDate: iso(issuedAt),
    nextUpdate: iso(expiresAt),
    tcbEvaluationDataNumber: 1,
    miscselect: '00000000',
    miscselectMask: 'ffffffff',
    attributes: '11000000000000000000000000000000',
    attributesMask: 'fbffffffffffffff0000000000000000',
    mrsigner: QUOTING_ENCLAVE.signer,
    isvprodid: QUOTING_ENCLAVE.productId,
    tcbLevels: [level(8, 'UpToDate'), level(5, 'OutOfDate'), level(1, 'Revoked')],
  };
}

/** Hex of r ‖ s over the exact text. */
function signText(text: string, key: KeyObject): string {
  return hex(sign('sha256', Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' }));
}

/** Whole seconds, as the vendor writes them. */
function iso(at: number): string {
  return new Date(at).toISOString().replace(/\.\d+Z$/, 'Z');
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
