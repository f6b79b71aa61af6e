import type { KeyObject } from 'node:crypto';
import { createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import { integer, writeDer } from '../../enclave/asn1/der.js';
import { writePem } from '../../enclave/asn1/pem.js';
import { writeRevocationList } from '../../enclave/asn1/revocationList.js';
import type { CertificateExtension } from '../../enclave/asn1/writeCertificate.js';
import { certificateAuthority, writeCertificate } from '../../enclave/asn1/writeCertificate.js';
import type { AmdProduct, SnpTcb } from '../../runtime/collateral/request.js';

export interface InsecureChip {
  /** PEM: ASK, then ARK. */
  readonly chain: string;
  /** PEM. */
  readonly root: string;
  /** DER. */
  readonly crl: Uint8Array;
  /** DER. */
  readonly vcek: Uint8Array;
  /** Hex, 64 bytes. */
  readonly chipId: string;
  /** Hex. */
  readonly hardwareId: string;
  readonly tcb: SnpTcb;
}

export interface InsecureChipOptions {
  readonly product: AmdProduct;
  /** Milliseconds since 1970. */
  readonly thisUpdate: number;
  readonly nextUpdate: number;
  /** True signs the CRL with a key that is nobody's. */
  readonly foreignCrl?: boolean;
}

const HARDWARE_ID_BYTES = { Milan: 64, Genoa: 64, Turin: 8 };
const LEVELS = { fmc: '3.9', bootLoader: '3.1', tee: '3.2', snp: '3.3', microcode: '3.8' } as const;

/** The certificates of a made-up chip, under a root of its own. Its names say INSECURE, and its keys are not of AMD's kind. */
export function makeInsecureChip({ product, thisUpdate, nextUpdate, foreignCrl }: InsecureChipOptions): InsecureChip {
  const keys = { ark: newKey(), ask: newKey(), vcek: newKey(), nobody: newKey() };
  const names = { ark: `INSECURE ARK-${product}`, ask: `INSECURE SEV-${product}`, vcek: 'INSECURE SEV-VCEK' };
  const issue = (subject: keyof typeof names, issuer: keyof typeof names, extensions: CertificateExtension[]) =>
    writeCertificate({
      subject: { commonName: names[subject] },
      issuer: { commonName: names[issuer] },
      publicKey: createPublicKey(keys[subject]).export({ type: 'spki', format: 'der' }),
      signWith: signerOf(keys[issuer]),
      serial: Uint8Array.of(subject.charCodeAt(0)),
      notBefore: thisUpdate - 86_400_000,
      notAfter: thisUpdate + 7 * 365 * 86_400_000,
      extensions,
    });
  const tcb: SnpTcb = { bootLoader: 3, tee: 0, snp: 8, microcode: 209, ...(product === 'Turin' ? { fmc: 1 } : {}) };
  const hardwareId = 'c5'.repeat(HARDWARE_ID_BYTES[product]);
  const levels = Object.entries(LEVELS).flatMap(([name, suffix]) => {
    const level = tcb[name as keyof SnpTcb];
    return level === undefined ? [] : [{ oid: `1.3.6.1.4.1.3704.1.${suffix}`, value: integer(level) }];
  });
  const root = writePem(issue('ark', 'ark', [certificateAuthority()]));
  return {
    root,
    chain: writePem(issue('ask', 'ark', [certificateAuthority(0)])) + root,
    crl: writeRevocationList({
      issuer: { commonName: names.ark },
      signWith: signerOf(foreignCrl === true ? keys.nobody : keys.ark),
      thisUpdate,
      nextUpdate,
    }),
    vcek: issue('vcek', 'ask', [
      { oid: '1.3.6.1.4.1.3704.1.2', value: writeDer(0x16, new TextEncoder().encode(`${product}-B0`)) },
      ...levels,
      { oid: '1.3.6.1.4.1.3704.1.4', value: Buffer.from(hardwareId, 'hex') },
    ]),
    chipId: hardwareId.padEnd(128, '0'),
    hardwareId,
    tcb,
  };
}

function newKey(): KeyObject {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
}

function signerOf(key: KeyObject) {
  return { algorithm: 'ecdsa-with-SHA256', sign: (bytes: Uint8Array) => sign('sha256', bytes, key) } as const;
}
