import type { KeyObject } from 'node:crypto';
import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import type { Name } from '../../asn1/name.js';
import { writePem } from '../../asn1/pem.js';
import type { CertificateExtension, CertificateSigner } from '../../asn1/writeCertificate.js';
import {
  certificateAuthority,
  keyUsage,
  notCertificateAuthority,
  writeCertificate,
} from '../../asn1/writeCertificate.js';
import { signedCollateral } from './collateral.js';
import { pckExtension } from './pckExtension.js';
import { FMSPC, NAMES, PCEID, PLATFORM_TCB } from './profile.js';

/**
 * A simulated platform as text files, by name, for a folder of its own. What each process needs differs:
 * the attestation service reads `root.pem` and `collateral.json`; an enclave reads `pck-chain.pem` and `pck-key.pem`, the
 * stand-in for the quoting enclave; `authority-keys.json` serves only to renew the collateral.
 */
export interface InsecurePlatformFiles {
  readonly 'root.pem': string;
  readonly 'collateral.json': string;
  readonly 'pck-chain.pem': string;
  readonly 'pck-key.pem': string;
  readonly 'authority-keys.json': string;
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
    certificatePem({
      subject: NAMES[subject],
      key: keys[subject],
      issuer: NAMES[issuer],
      issuerKey: keys[issuer],
      now,
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
  };
  return refreshCollateral(files, now);
}

/** The same platform with collateral that is good for 30 days from `now` (milliseconds since 1970). */
export function refreshCollateral(files: InsecurePlatformFiles, now: number): InsecurePlatformFiles {
  const keys = JSON.parse(files['authority-keys.json']) as Record<
    'root' | 'pckAuthority' | 'tcbSigning' | 'tcbSigningChain',
    string
  >;
  const collateral = signedCollateral({
    rootSigner: signerOf(createPrivateKey(keys.root)),
    pckAuthoritySigner: signerOf(createPrivateKey(keys.pckAuthority)),
    tcbSigningKey: createPrivateKey(keys.tcbSigning),
    tcbSigningChain: keys.tcbSigningChain,
    issuedAt: now - HOUR_MS,
    expiresAt: now + COLLATERAL_DAYS * DAY_MS,
  });
  return { ...files, 'collateral.json': JSON.stringify(collateral, undefined, 2) };
}

function newKey(): KeyObject {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
}

function keyPem(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString();
}

function signerOf(key: KeyObject): CertificateSigner {
  return { algorithm: 'ecdsa-with-SHA256', sign: (toBeSigned) => sign('sha256', toBeSigned, key) };
}

interface CertificateRequest {
  readonly subject: Name;
  readonly key: KeyObject;
  readonly issuer: Name;
  readonly issuerKey: KeyObject;
  readonly now: number;
  readonly extensions: readonly CertificateExtension[];
}

function certificatePem({ subject, key, issuer, issuerKey, now, extensions }: CertificateRequest): string {
  const publicKey = createPublicKey(key).export({ type: 'spki', format: 'der' });
  return writePem(
    writeCertificate({
      subject,
      issuer,
      publicKey,
      signWith: signerOf(issuerKey),
      // Unique because the keys are.
      serial: createHash('sha256').update(publicKey).digest().subarray(0, 16),
      notBefore: now - HOUR_MS,
      notAfter: now + CERTIFICATE_DAYS * DAY_MS,
      extensions,
    }),
  );
}
