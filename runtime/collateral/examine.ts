import type { Certificate } from '../../enclave/asn1/certificate.js';
import { readCertificate } from '../../enclave/asn1/certificate.js';
import { readWhole, TAG } from '../../enclave/asn1/der.js';
import { readPem } from '../../enclave/asn1/pem.js';
import type { RevocationList } from '../../enclave/asn1/revocationList.js';
import { readRevocationList } from '../../enclave/asn1/revocationList.js';
import { Refusal } from '../../enclave/refusals.js';
import type { Collateral } from '../../enclave/verification/dcap/collateral.js';
import { readChain } from '../../enclave/verification/certificateChain.js';
import { readEndorsements } from '../../enclave/verification/dcap/endorsements.js';
import { pckAuthorityOf } from './pckAuthority.js';
import type {
  AnyCollateral,
  CollateralRequest,
  DcapCollateral,
  DcapRequest,
  SevSnpCollateral,
  SevSnpRequest,
  VcekCertificate,
  VcekRequest,
} from './request.js';

/** When collateral may be used. All times are milliseconds since 1970. */
export interface Lifetime {
  /** The latest begin of its parts. */
  readonly beginsAt: number;
  /** The earliest end of its parts: not to be used after it. */
  readonly expiresAt: number;
  /** When each part was issued, always in the same order: a later edition is older in none of them. */
  readonly issuedAt: readonly number[];
}

/**
 * Is this an answer to this request, whole and readable? What no verifier could use is not worth keeping, and must not
 * take the place of what is.
 *
 * No signature is verified here, and no certificate to its issuer: that is the verifier's question, each time.
 *
 * @throws Refusal COLLATERAL_INVALID
 */
export function examineCollateral(request: CollateralRequest, collateral: AnyCollateral): Lifetime {
  try {
    switch (request.kind) {
      case 'dcap':
        return examineDcap(request, collateral as DcapCollateral);
      case 'sev-snp':
        return examineSevSnp(request, collateral as SevSnpCollateral);
      case 'vcek':
        return examineVcek(request, collateral as VcekCertificate);
    }
  } catch (cause) {
    throw new Refusal('COLLATERAL_INVALID', `The collateral does not fit its request: ${reasonOf(cause)}.`, { cause });
  }
}

/** What Intel's collateral is about, read out of it: the request that it answers. @throws Refusal COLLATERAL_INVALID */
export function dcapRequestOf(collateral: Collateral): DcapRequest {
  try {
    const { tcbInfo, pckCrl } = readParts(collateral);
    const tee = tcbInfo.content.id === 'TDX' ? 'tdx' : 'sgx';
    return { kind: 'dcap', tee, fmspc: tcbInfo.content.fmspc, ca: pckAuthorityOf(pckCrl.issuer) };
  } catch (cause) {
    throw new Refusal('COLLATERAL_INVALID', `The collateral is not readable: ${reasonOf(cause)}.`, { cause });
  }
}

const TCB_INFO_ID = { sgx: 'SGX', tdx: 'TDX' } as const;
const QE_IDENTITY_ID = { sgx: 'QE', tdx: 'TD_QE' } as const;

function examineDcap({ tee, fmspc, ca }: DcapRequest, collateral: DcapCollateral): Lifetime {
  const { tcbInfo, qeIdentity, rootCrl, pckCrl } = readParts(collateral);
  expect('FMSPC of the TCB info', fmspc, tcbInfo.content.fmspc);
  expect('id of the TCB info', TCB_INFO_ID[tee], tcbInfo.content.id);
  expect('id of the QE identity', QE_IDENTITY_ID[tee], qeIdentity.content.id);
  expect('CA of the PCK CRL', ca, pckAuthorityOf(pckCrl.issuer));
  if (isSame(pckCrl.issuer, rootCrl.issuer)) throw new RangeError('both CRLs are of one CA');
  const [pckCrlIssuer] = readChain(collateral.pck_crl_issuer_chain ?? '');
  if (pckCrlIssuer && !isSame(pckCrlIssuer.subject, pckCrl.issuer))
    throw new RangeError('the PCK CRL is of another CA');
  const certificates = [...tcbInfo.chain, ...qeIdentity.chain];
  if (tcbInfo.chain.length < 2 || qeIdentity.chain.length < 2) throw new RangeError('an issuer chain has no issuer');
  return {
    beginsAt: Math.max(
      rootCrl.thisUpdate,
      pckCrl.thisUpdate,
      tcbInfo.content.issueDate,
      qeIdentity.content.issueDate,
      ...certificates.map(({ notBefore }) => notBefore),
    ),
    expiresAt: Math.min(
      nextUpdate(rootCrl),
      nextUpdate(pckCrl),
      tcbInfo.content.nextUpdate,
      qeIdentity.content.nextUpdate,
      ...certificates.map(({ notAfter }) => notAfter),
    ),
    issuedAt: [rootCrl.thisUpdate, pckCrl.thisUpdate, tcbInfo.content.issueDate, qeIdentity.content.issueDate],
  };
}

function readParts(collateral: Collateral) {
  const { tcbInfo, qeIdentity, revocationLists, failures } = readEndorsements(collateral);
  const [rootCrl, pckCrl] = revocationLists;
  if (!rootCrl || !pckCrl) throw new RangeError(failures.join(', '));
  return { tcbInfo, qeIdentity, rootCrl, pckCrl };
}

/** ASK or ASVK, and ARK. */
const CHAIN_CERTIFICATES = 2;

function examineSevSnp({ product, endorsement }: SevSnpRequest, { chain, crl }: SevSnpCollateral): Lifetime {
  const [signing, root, ...more] = readPem(chain).map(readCertificate);
  if (!signing || !root || more.length > 0) {
    throw new RangeError(`the chain is not of ${CHAIN_CERTIFICATES} certificates`);
  }
  // AMD's names: ARK-Milan; SEV-Milan, or SEV-VLEK-Milan.
  requireNamed(root.subject, `ARK-${product}`, 'root');
  requireNamed(signing.subject, endorsement === 'vlek' ? `SEV-VLEK-${product}` : `SEV-${product}`, 'signing key');
  if (!isSame(signing.issuer, root.subject)) throw new RangeError('the chain is not leaf first');
  const list = readRevocationList(Buffer.from(crl, 'hex'));
  if (!isSame(list.issuer, root.subject)) throw new RangeError('the CRL is not that of the root');
  return {
    beginsAt: Math.max(list.thisUpdate, signing.notBefore, root.notBefore),
    expiresAt: Math.min(nextUpdate(list), signing.notAfter, root.notAfter),
    issuedAt: [list.thisUpdate],
  };
}

/** Object identifiers of AMD's certificate extensions (reference of the KDS, publication 57230). */
const AMD = '1.3.6.1.4.1.3704.1';
const LEVEL_EXTENSIONS = { bootLoader: '3.1', tee: '3.2', snp: '3.3', microcode: '3.8', fmc: '3.9' } as const;
/** Chips of Turin are named by 8 bytes, those before by 64. */
const HARDWARE_ID_BYTES = { Milan: 64, Genoa: 64, Turin: 8 } as const;

function examineVcek({ product, chipId, tcb }: VcekRequest, { certificate: pem }: VcekCertificate): Lifetime {
  const [der, ...more] = readPem(pem);
  if (!der || more.length > 0) throw new RangeError('it is not one certificate');
  const certificate = readCertificate(der);
  requireNamed(certificate.issuer, `SEV-${product}`, 'issuer');
  expect('hardware id', hardwareId(product, chipId), Buffer.from(extension(certificate, '4')).toString('hex'));
  for (const [name, suffix] of Object.entries(LEVEL_EXTENSIONS)) {
    const wanted = tcb[name as keyof typeof tcb];
    if (wanted !== undefined) expect(`${name} level`, wanted, smallInteger(extension(certificate, suffix)));
  }
  const { notBefore, notAfter } = certificate;
  return { beginsAt: notBefore, expiresAt: notAfter, issuedAt: [notBefore] };
}

/** How the key distribution service names a chip: hex. */
export function hardwareId(product: VcekRequest['product'], chipId: string): string {
  return chipId.slice(0, 2 * HARDWARE_ID_BYTES[product]);
}

function extension(certificate: Certificate, suffix: string): Uint8Array {
  const value = certificate.extensions.get(`${AMD}.${suffix}`);
  if (!value) throw new RangeError(`the certificate lacks the extension ${AMD}.${suffix}`);
  return value;
}

function smallInteger(der: Uint8Array): number {
  const { tag, content } = readWhole(der);
  if (tag !== TAG.INTEGER || content.length === 0 || content.length > 2) throw new RangeError('a level is no number');
  return content.reduce((sum, byte) => sum * 256 + byte, 0);
}

function nextUpdate(list: RevocationList): number {
  if (list.nextUpdate === undefined) throw new RangeError('a CRL does not say when the next one comes');
  return list.nextUpdate;
}

function requireNamed(name: Uint8Array, text: string, what: string): void {
  if (!isNamed(name, text)) throw new RangeError(`the ${what} is not named ${text}`);
}

/** The texts of a DER name stand in it as they are. */
function isNamed(name: Uint8Array, text: string): boolean {
  return Buffer.from(name).includes(text);
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

function expect(what: string, expected: string | number, actual: string | number): void {
  if (expected !== actual) throw new RangeError(`the ${what} is ${String(actual)}, not ${String(expected)}`);
}

function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message.replace(/\.$/, '') : 'it cannot be read';
}
