import { X509Certificate } from 'node:crypto';
import type { RevocationListContent } from '../../../enclave/asn1/revocationList.js';
import { writeCollateral } from '../../../enclave/platforms/insecure/collateral.js';
import { signerOf } from '../../../enclave/platforms/insecure/issueCertificate.js';
import type { QuoteContent, QuoteHeader } from '../../../enclave/platforms/insecure/quote.js';
import { writeQuote } from '../../../enclave/platforms/insecure/quote.js';
import type { SgxReportContent } from '../../../enclave/platforms/insecure/sgxReport.js';
import { writeSgxReport } from '../../../enclave/platforms/insecure/sgxReport.js';
import type { Collateral } from '../../../enclave/verification/dcap/collateral.js';
import type { TdReportContent } from './tdReport.js';
import { writeTdReport } from './tdReport.js';
import type { CertificateChange, Role, TestAuthority } from './testAuthority.js';
import { DAY, PLATFORM, TEST_NAMES } from './testAuthority.js';
import type { QeIdentityContent, TcbInfoContent } from './vendorDocuments.js';
import {
  defaultQeIdentity,
  defaultTcbInfo,
  QE_SIGNER,
  qeIdentityDocument,
  tcbInfoDocument,
  TD_QE_SIGNER,
} from './vendorDocuments.js';

/** Every form in which a quote comes: TEE, version, and for TDX the version of the report. */
export const FORMS = {
  'sgx-v3': { tee: 'sgx', version: 3 },
  'sgx-v4': { tee: 'sgx', version: 4 },
  'sgx-v5': { tee: 'sgx', version: 5 },
  'tdx-v4': { tee: 'tdx', version: 4 },
  'tdx10-v5': { tee: 'tdx', version: 5 },
  'tdx15-v5': { tee: 'tdx', version: 5 },
} as const;

export type Form = keyof typeof FORMS;

/** What is to be different from sound evidence. */
export interface EvidenceChange {
  readonly header?: Partial<QuoteHeader>;
  readonly sgx?: Partial<SgxReportContent>;
  readonly td?: Partial<TdReportContent>;
  readonly quotingEnclave?: Partial<QuoteContent['quotingEnclave']>;
  /** Whose key signs the quoting enclave’s report. */
  readonly qeReportBy?: Role;
  /** Certificates of the chains, by role. */
  readonly certificates?: Partial<Record<Role, CertificateChange>>;
  /** Chains of PEM certificates, of what `certificates` made or anything else. */
  readonly pckChain?: (made: Certificates) => string;
  readonly tcbInfoChain?: (made: Certificates) => string;
  readonly qeIdentityChain?: (made: Certificates) => string;
  readonly tcbInfo?: Partial<TcbInfoContent>;
  readonly qeIdentity?: Partial<QeIdentityContent>;
  readonly tcbInfoBy?: Role;
  readonly qeIdentityBy?: Role;
  readonly rootList?: ListChange;
  readonly pckList?: ListChange;
  /** The last word about bytes and texts, after everything is signed. */
  readonly quote?: (bytes: Buffer) => Uint8Array;
  readonly collateral?: (collateral: Collateral) => Partial<Collateral>;
}

export interface ListChange extends Partial<Omit<RevocationListContent, 'revoked' | 'signWith'>> {
  /** Instead of the CA whose list it is. */
  readonly by?: Role;
  /** Whose certificates are on it. */
  readonly revoked?: readonly Role[];
}

/** PEM by role, and more where a chain needs one. */
export type Certificates = Readonly<Record<Role, string>> & {
  readonly issue: (role: Role, change?: CertificateChange) => string;
};

export interface DcapEvidence {
  readonly quote: Uint8Array;
  readonly collateral: Collateral;
  /** What was put into the report: what a parser must find again. */
  readonly report: { readonly sgx: SgxReportContent } | { readonly td: TdReportContent };
}

const INIT_MODE64 = 0x05;
const INIT_PROVISION_KEY = 0x11;
const REPORT_DATA = Buffer.from(Array.from({ length: 64 }, (_, index) => 0x40 + index));

/** Evidence of a platform under the authority’s root: sound, but for the change. `now` is milliseconds since 1970. */
export function makeEvidence(
  authority: TestAuthority,
  form: Form,
  now: number,
  change: EvidenceChange = {},
): DcapEvidence {
  const { tee, version } = FORMS[form];
  const made = certificatesOf(authority, change);
  const sgx = { ...defaultEnclave, ...change.sgx };
  const td = { ...defaultTd(form), ...change.td };
  const quote = writeQuote({
    header: { version, teeType: tee === 'tdx' ? 0x81 : 0, pceSvn: PLATFORM.pceSvn, ...change.header },
    body: tee === 'tdx' ? writeTdReport(td) : writeSgxReport(sgx),
    quotingEnclave: {
      flags: INIT_PROVISION_KEY,
      measurement: '9e'.repeat(32),
      signer: tee === 'sgx' ? QE_SIGNER : TD_QE_SIGNER,
      productId: tee === 'sgx' ? 1 : 2,
      securityVersion: 9,
      ...change.quotingEnclave,
    },
    attestationKey: authority.key('attestation'),
    pckKey: authority.key(change.qeReportBy ?? 'pck'),
    pckChain: change.pckChain?.(made) ?? made.pck + made.pckAuthority + made.root,
  });
  return {
    quote: change.quote?.(Buffer.from(quote)) ?? quote,
    collateral: collateralOf(authority, { tee, now, made, change }),
    report: tee === 'tdx' ? { td } : { sgx },
  };
}

const defaultEnclave: SgxReportContent = {
  cpuSvn: Uint8Array.from(PLATFORM.components),
  flags: INIT_MODE64,
  measurement: 'e1'.repeat(32),
  signer: '51'.repeat(32),
  productId: 7,
  securityVersion: 3,
  reportData: REPORT_DATA,
};

/** Module version 1 with security version 5, which is up to date. */
export const TEE_TCB_SVN = [5, 1, 6, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];

function defaultTd(form: Form): TdReportContent {
  return {
    teeTcbSvn: TEE_TCB_SVN,
    mrSeam: '5ea3'.repeat(24),
    // SEPT_VE_DISABLE and PKS.
    tdAttributes: '0000005000000000',
    xfam: 'e702060000000000',
    mrTd: '7d01'.repeat(24),
    mrConfigId: 'c0f1'.repeat(24),
    mrOwner: '0a'.repeat(48),
    mrOwnerConfig: '0b'.repeat(48),
    rtmrs: ['a0', 'a1', 'a2', 'a3'].map((byte) => byte.repeat(48)),
    reportData: REPORT_DATA,
    ...(form === 'tdx15-v5' && { td15: { teeTcbSvn2: TEE_TCB_SVN, mrServiceTd: '00'.repeat(48) } }),
  };
}

function certificatesOf(authority: TestAuthority, { certificates = {} }: EvidenceChange): Certificates {
  const roles = Object.keys(TEST_NAMES) as Role[];
  const made = roles.map((role) => [role, authority.certificate(role, certificates[role])]);
  return { ...(Object.fromEntries(made) as Record<Role, string>), issue: authority.certificate };
}

function collateralOf(
  authority: TestAuthority,
  { tee, now, made, change }: { tee: 'sgx' | 'tdx'; now: number; made: Certificates; change: EvidenceChange },
): Collateral {
  const list = (role: Role, { by = role, revoked = [], ...rest }: ListChange = {}): RevocationListContent => ({
    issuer: TEST_NAMES[role],
    signWith: signerOf(authority.key(by)),
    thisUpdate: now - 10 * DAY,
    nextUpdate: now + 20 * DAY,
    revoked: revoked.map((whose) => serialOf(made[whose])),
    ...rest,
  });
  const chain = made.tcbSigning + made.root;
  const collateral = writeCollateral({
    rootList: list('root', change.rootList),
    pckList: list('pckAuthority', change.pckList),
    tcbInfo: {
      document: tcbInfoDocument({ ...defaultTcbInfo(tee, now), ...change.tcbInfo }),
      key: authority.key(change.tcbInfoBy ?? 'tcbSigning'),
      chain: change.tcbInfoChain?.(made) ?? chain,
    },
    qeIdentity: {
      document: qeIdentityDocument({ ...defaultQeIdentity(tee, now), ...change.qeIdentity }),
      key: authority.key(change.qeIdentityBy ?? 'tcbSigning'),
      chain: change.qeIdentityChain?.(made) ?? chain,
    },
  });
  return { ...collateral, ...change.collateral?.(collateral) };
}

function serialOf(pem: string): Uint8Array {
  return Buffer.from(new X509Certificate(pem).serialNumber, 'hex');
}
