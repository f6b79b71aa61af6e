import type { KeyObject } from 'node:crypto';
import { createPrivateKey } from 'node:crypto';
import { bytesOfHex } from '../../bytes.js';
import type { CertificateExtension } from '../../asn1/writeCertificate.js';
import { certificateAuthority, keyUsage, notCertificateAuthority } from '../../asn1/writeCertificate.js';
import { readChain } from '../../verification/certificateChain.js';
import { writeCollateral } from './collateral.js';
import { issueCertificate, newKey, signerOf } from './issueCertificate.js';
import { pckExtension } from './pckExtension.js';
import type { PlatformState } from './platformState.js';
import { readPlatformState, SOUND, writePlatformState } from './platformState.js';
import { FMSPC, NAMES, PCEID, PLATFORM_TCB } from './profile.js';
import { qeIdentityOf, tcbInfoOf } from './vendorDocuments.js';

/**
 * A simulated platform as text files, by name, for a folder of its own. What each process needs differs:
 * the attestation service reads `root.pem` and `collateral.json`; an enclave reads `pck-chain.pem` and `pck-key.pem`, the
 * stand-in for the quoting enclave; `authority-keys.json` and `platform-state.json` serve only to renew the collateral.
 */
export interface InsecurePlatformFiles {
  readonly 'root.pem': string;
  readonly 'collateral.json': string;
  readonly 'pck-chain.pem': string;
  readonly 'pck-key.pem': string;
  readonly 'authority-keys.json': string;
  readonly 'platform-state.json': string;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const CERTIFICATE_DAYS = 30 * 365;
/** Collateral of real platforms is good for 30 days. */
const COLLATERAL_DAYS = 30;

/** Makes a simulated platform with keys of its own. `now` is milliseconds since 1970. */
export function createInsecurePlatform({ now }: { now: number }): InsecurePlatformFiles {
  const keys = { root: newKey(), pckAuthority: newKey(), pck: newKey(), tcbSigning: newKey() };
  const issue = (subject: keyof typeof keys, issuer: keyof typeof keys, extensions: CertificateExtension[]) =>
    issueCertificate({
      subject: NAMES[subject],
      key: keys[subject],
      issuer: NAMES[issuer],
      issuerKey: keys[issuer],
      notBefore: now - HOUR_MS,
      notAfter: now + CERTIFICATE_DAYS * DAY_MS,
      extensions,
    });
  const authority = keyUsage('keyCertSign', 'cRLSign');
  const leaf = [notCertificateAuthority(), keyUsage('digitalSignature')];
  const root = issue('root', 'root', [certificateAuthority(1), authority]);
  const pckAuthority = issue('pckAuthority', 'root', [certificateAuthority(0), authority]);
  const sgx = pckExtension({ ...PLATFORM_TCB, fmspc: FMSPC, pceId: PCEID });
  const pck = issue('pck', 'pckAuthority', [...leaf, sgx]);
  const tcbSigning = issue('tcbSigning', 'root', leaf);
  const authorityKeys = {
    root: keyPem(keys.root),
    pckAuthority: keyPem(keys.pckAuthority),
    tcbSigning: keyPem(keys.tcbSigning),
    tcbSigningChain: tcbSigning + root,
  };
  const files = {
    'root.pem': root,
    'collateral.json': '',
    'pck-chain.pem': pck + pckAuthority + root,
    'pck-key.pem': keyPem(keys.pck),
    'authority-keys.json': JSON.stringify(authorityKeys, undefined, 2),
    'platform-state.json': '',
  };
  return setPlatformState(files, SOUND, now);
}

/** The same platform, about which the vendor now says something else. Its keys stay. `now` is milliseconds since 1970. */
export function setPlatformState(
  files: InsecurePlatformFiles,
  state: PlatformState,
  now: number,
): InsecurePlatformFiles {
  return refreshCollateral({ ...files, 'platform-state.json': writePlatformState(state) }, now);
}

/**
 * The same platform with collateral that is good for 30 days from `now` (milliseconds since 1970), unless its state says
 * that the collateral has expired.
 */
export function refreshCollateral(files: InsecurePlatformFiles, now: number): InsecurePlatformFiles {
  const state = readPlatformState(files['platform-state.json']);
  const keys = JSON.parse(files['authority-keys.json']) as Record<
    'root' | 'pckAuthority' | 'tcbSigning' | 'tcbSigningChain',
    string
  >;
  const end = state.collateralExpired ? now - HOUR_MS : now + COLLATERAL_DAYS * DAY_MS;
  const period = { issuedAt: Math.min(now, end) - HOUR_MS, expiresAt: end };
  const dates = { thisUpdate: period.issuedAt, nextUpdate: period.expiresAt };
  const [pck, pckAuthority] = readChain(files['pck-chain.pem']).map(({ serial }) => serialBytes(serial));
  const signer = { key: createPrivateKey(keys.tcbSigning), chain: keys.tcbSigningChain };
  const collateral = writeCollateral({
    rootList: {
      issuer: NAMES.root,
      signWith: signerOf(createPrivateKey(keys.root)),
      revoked: state.pckAuthorityRevoked && pckAuthority ? [pckAuthority] : [],
      ...dates,
    },
    pckList: {
      issuer: NAMES.pckAuthority,
      signWith: signerOf(createPrivateKey(keys.pckAuthority)),
      revoked: state.pckRevoked && pck ? [pck] : [],
      ...dates,
    },
    tcbInfo: { document: tcbInfoOf(state, period), ...signer },
    qeIdentity: { document: qeIdentityOf(period), ...signer },
  });
  return { ...files, 'collateral.json': JSON.stringify(collateral, undefined, 2) };
}

function serialBytes(serial: string): Uint8Array {
  return bytesOfHex(serial.length % 2 === 0 ? serial : `0${serial}`);
}

function keyPem(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString();
}
