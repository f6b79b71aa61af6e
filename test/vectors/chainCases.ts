import { certificateAuthority, keyUsage, notCertificateAuthority } from '../../enclave/asn1/writeCertificate.js';
import { pckExtension } from '../../enclave/platforms/insecure/pckExtension.js';
import type { RefusalCode } from '../../enclave/refusals.js';
import type { Certificates, EvidenceChange } from '../support/dcapKit/evidence.js';
import type { CertificateChange } from '../support/dcapKit/testAuthority.js';
import { DAY, extensionsOf, PLATFORM, TEST_NAMES } from '../support/dcapKit/testAuthority.js';
import type { VectorCase } from './vectorCase.js';
import { AT, refused, UP_TO_DATE } from './vectorCase.js';

const authority = keyUsage('keyCertSign', 'cRLSign');
const digital = keyUsage('digitalSignature');
/** Critical, and nobody knows what it demands: an ASN.1 NULL under an OID for examples (RFC 5612). */
const unknownDemand = { oid: '1.3.6.1.4.1.32473.1', critical: true, value: Uint8Array.of(5, 0) };

/** A self-signed certificate of a stranger’s key under the root’s name. */
const falseRoot = ({ issue }: Certificates) =>
  issue('stranger', { subject: TEST_NAMES.root, issuer: TEST_NAMES.root, extensions: extensionsOf('root') });

const bad = (code: RefusalCode, ...reasons: [string, ...string[]]) => refused(code, ...reasons);
const badChain = (...reasons: [string, ...string[]]) => bad('EVIDENCE_CHAIN_INVALID', ...reasons);

const pckCase = (id: string, note: string, change: EvidenceChange, expect: VectorCase['expect']): VectorCase => ({
  id: `pck-${id}`,
  note,
  form: 'sgx-v3',
  change,
  expect,
});
const leaf = (change: CertificateChange): EvidenceChange => ({ certificates: { pck: change } });
const intermediate = (change: CertificateChange): EvidenceChange => ({ certificates: { pckAuthority: change } });

const pckChain: readonly VectorCase[] = [
  pckCase(
    'leaf-expired',
    'the PCK certificate ended a day before',
    leaf({ notAfter: AT - DAY }),
    badChain('pck:cert-expired'),
  ),
  pckCase(
    'leaf-not-yet-valid',
    'the PCK certificate begins a day later',
    leaf({ notBefore: AT + DAY }),
    badChain('pck:cert-expired'),
  ),
  pckCase(
    'authority-expired',
    'its CA ended a day before',
    intermediate({ notAfter: AT - DAY }),
    badChain('pck:cert-expired'),
  ),
  pckCase(
    'leaf-to-the-second',
    'the PCK certificate ends at this very second',
    leaf({ notBefore: AT, notAfter: AT }),
    UP_TO_DATE,
  ),
  pckCase(
    'root-expired',
    'the root ended a day before',
    { certificates: { root: { notAfter: AT - DAY } } },
    badChain('pck:cert-expired', 'tcbinfo:cert-expired', 'qeid:cert-expired'),
  ),
  pckCase(
    'leaf-is-ca',
    'the PCK certificate is a CA’s',
    leaf({ extensions: [certificateAuthority(), digital, pckExtension(PLATFORM)] }),
    badChain('pck:leaf-is-ca'),
  ),
  pckCase(
    'authority-not-ca',
    'its CA is none',
    intermediate({ extensions: [notCertificateAuthority(), authority] }),
    badChain('pck:not-ca'),
  ),
  pckCase(
    'authority-says-nothing',
    'its CA does not say that it is one',
    intermediate({ extensions: [] }),
    badChain('pck:not-ca'),
  ),
  pckCase(
    'authority-may-not-sign',
    'its CA’s key is not for certificates',
    intermediate({ extensions: [certificateAuthority(0), keyUsage('cRLSign')] }),
    badChain('pck:not-ca'),
  ),
  pckCase(
    'pathlen',
    'the root allows no CA below it',
    {
      pckChain: ({ pck, pckAuthority, issue }) =>
        pck + pckAuthority + issue('root', { extensions: [certificateAuthority(0), authority] }),
    },
    badChain('pck:pathlen'),
  ),
  pckCase(
    'critical-extension',
    'the PCK certificate demands something that nobody knows',
    leaf({ more: [unknownDemand] }),
    badChain('pck:critical-extension'),
  ),
  pckCase(
    'unknown-extension',
    'the PCK certificate says something more, and demands nothing',
    leaf({ more: [{ ...unknownDemand, critical: false }] }),
    UP_TO_DATE,
  ),
  pckCase(
    'issuer-name',
    'the PCK certificate names another issuer',
    leaf({ issuer: TEST_NAMES.stranger }),
    badChain('pck:issuer-name'),
  ),
  pckCase(
    'leaf-signature',
    'the PCK certificate is signed by a stranger',
    leaf({ by: 'stranger', issuer: TEST_NAMES.pckAuthority }),
    badChain('pck:cert-signature'),
  ),
  pckCase(
    'authority-signature',
    'its CA is signed by a stranger',
    intermediate({ by: 'stranger', issuer: TEST_NAMES.root }),
    badChain('pck:cert-signature'),
  ),
  pckCase(
    'root-signature',
    'the root’s key in a certificate that a stranger signed',
    {
      pckChain: ({ pck, pckAuthority, issue }) =>
        pck + pckAuthority + issue('root', { by: 'stranger', issuer: TEST_NAMES.root }),
    },
    badChain('pck:cert-signature'),
  ),
  pckCase(
    'leaf-name',
    'a certificate of the same CA for another purpose',
    leaf({ subject: { commonName: 'TEST SGX Quoting Certificate' } }),
    badChain('pck:leaf-name'),
  ),
  pckCase(
    'without-root',
    'the chain ends with the CA',
    { pckChain: ({ pck, pckAuthority }) => pck + pckAuthority },
    badChain('pck:issuer-name', 'pck:cert-signature', 'pck:untrusted-root'),
  ),
  pckCase(
    'false-root',
    'a stranger’s root under the same name',
    {
      pckChain: (made) =>
        made.pck + made.issue('pckAuthority', { by: 'stranger', issuer: TEST_NAMES.root }) + falseRoot(made),
    },
    bad('EVIDENCE_ROOT_UNTRUSTED', 'pck:untrusted-root', 'pck:crl-signature'),
  ),
  {
    ...pckCase(
      'another-root',
      'everything is sound under a root that is not pinned',
      {},
      bad('EVIDENCE_ROOT_UNTRUSTED', 'pck:untrusted-root', 'tcbinfo:untrusted-root', 'qeid:untrusted-root'),
    ),
    underAnotherRoot: true,
  },
];

const stale = (...reasons: [string, ...string[]]) => bad('COLLATERAL_UNAVAILABLE', ...reasons);
const everyChain = (word: string): [string, string, string] => [`pck:${word}`, `tcbinfo:${word}`, `qeid:${word}`];
const unsoundList = (...reasons: [string, ...string[]]) => bad('COLLATERAL_INVALID', ...reasons);

const lists: readonly VectorCase[] = [
  pckCase(
    'revoked',
    'the PCK certificate is revoked',
    { pckList: { revoked: ['stranger', 'pck'] } },
    bad('EVIDENCE_REVOKED', 'pck:revoked'),
  ),
  pckCase(
    'authority-revoked',
    'its CA is revoked',
    { rootList: { revoked: ['pckAuthority'] } },
    bad('EVIDENCE_REVOKED', 'pck:revoked'),
  ),
  pckCase(
    'others-revoked',
    'others are revoked, and its serial number on the list of a CA that did not issue it',
    { pckList: { revoked: ['stranger'] }, rootList: { revoked: ['pck', 'stranger'] } },
    UP_TO_DATE,
  ),
  pckCase(
    'no-crl',
    'the list of another CA in place of the PCK CA’s',
    { pckList: { issuer: TEST_NAMES.stranger } },
    stale('pck:no-crl'),
  ),
  pckCase(
    'no-root-crl',
    'the list of another CA in place of the root’s',
    { rootList: { issuer: TEST_NAMES.stranger } },
    stale(...everyChain('no-crl')),
  ),
  pckCase(
    'crl-empty',
    'no bytes in place of the PCK CA’s list',
    { collateral: () => ({ pck_crl: '' }) },
    unsoundList('crl-parse:', 'pck:no-crl'),
  ),
  pckCase(
    'crl-no-hex',
    'the PCK CA’s list is not hex',
    { collateral: () => ({ pck_crl: 'crl' }) },
    unsoundList('crl-parse:', 'pck:no-crl'),
  ),
  pckCase(
    'crl-cut',
    'the PCK CA’s list is cut short',
    { collateral: ({ pck_crl }) => ({ pck_crl: pck_crl.slice(0, -20) }) },
    unsoundList('crl-parse:', 'pck:no-crl'),
  ),
  pckCase(
    'crl-more',
    'bytes after the root’s list',
    { collateral: ({ root_ca_crl }) => ({ root_ca_crl: `${root_ca_crl}00` }) },
    unsoundList('crl-parse:', ...everyChain('no-crl')),
  ),
  pckCase(
    'crl-signature',
    'the PCK CA’s list is signed by a stranger',
    { pckList: { by: 'stranger' } },
    unsoundList('pck:crl-signature'),
  ),
  pckCase(
    'root-crl-signature',
    'the root’s list is signed by a stranger',
    { rootList: { by: 'stranger' } },
    unsoundList(...everyChain('crl-signature')),
  ),
  pckCase(
    'crl-future',
    'the PCK CA’s list begins a day later',
    { pckList: { thisUpdate: AT + DAY } },
    stale('pck:crl-future'),
  ),
  pckCase(
    'root-crl-future',
    'the root’s list begins a day later',
    { rootList: { thisUpdate: AT + DAY } },
    stale(...everyChain('crl-future')),
  ),
  pckCase(
    'crl-expired',
    'the PCK CA’s list ended a day before',
    { pckList: { nextUpdate: AT - DAY } },
    stale('pck:crl-expired'),
  ),
  pckCase(
    'root-crl-expired',
    'the root’s list ended a day before',
    { rootList: { nextUpdate: AT - DAY } },
    stale(...everyChain('crl-expired')),
  ),
  pckCase(
    'crl-without-end',
    'the PCK CA’s list does not say when the next one comes',
    { pckList: { nextUpdate: undefined } },
    stale('pck:crl-expired'),
  ),
  pckCase(
    'crl-to-the-second',
    'both lists begin and end at this very second',
    { pckList: { thisUpdate: AT, nextUpdate: AT }, rootList: { thisUpdate: AT, nextUpdate: AT } },
    UP_TO_DATE,
  ),
  pckCase(
    'crl-expired-and-revoked',
    'the list is too old, and the certificate is on it: what is known comes first',
    { pckList: { nextUpdate: AT - DAY, revoked: ['pck'] } },
    bad('EVIDENCE_REVOKED', 'pck:crl-expired', 'pck:revoked'),
  ),
  {
    id: 'tcb-signer-revoked',
    note: 'the signer of TCB info and QE identity is revoked',
    form: 'tdx-v4',
    change: { rootList: { revoked: ['tcbSigning'] } },
    expect: unsoundList('tcbinfo:revoked', 'qeid:revoked'),
  },
];

/** The chains of the two signed texts have the same faults; each text has its own chain in its case. */
function textChains(name: 'tcbinfo' | 'qeid'): VectorCase[] {
  const field = name === 'tcbinfo' ? 'tcbInfoChain' : 'qeIdentityChain';
  const one = (
    id: string,
    note: string,
    chain: (made: Certificates) => string,
    ...words: [string, ...string[]]
  ): VectorCase => {
    const [first, ...rest] = words.map((word) => `${name}:${word}`);
    const code = words[0] === 'cert-expired' || words[0] === 'no-crl' ? 'COLLATERAL_UNAVAILABLE' : 'COLLATERAL_INVALID';
    return {
      id: `${name}-chain-${id}`,
      note,
      form: 'sgx-v3',
      change: { [field]: chain },
      expect: bad(code, first ?? '', ...rest),
    };
  };
  const signer = (change: CertificateChange) => (made: Certificates) => made.issue('tcbSigning', change) + made.root;
  return [
    one('expired', 'its signer ended a day before', signer({ notAfter: AT - DAY }), 'cert-expired'),
    one('leaf-is-ca', 'its signer is a CA', signer({ extensions: [certificateAuthority(0), digital] }), 'leaf-is-ca'),
    one(
      'not-ca',
      'the root’s certificate does not say that it is a CA',
      ({ tcbSigning, issue }) => tcbSigning + issue('root', { extensions: [notCertificateAuthority(), authority] }),
      'not-ca',
    ),
    one(
      'pathlen',
      'its signer stands below a CA that the root does not allow',
      ({ issue, pckAuthority }) =>
        issue('tcbSigning', { by: 'pckAuthority' }) +
        pckAuthority +
        issue('root', { extensions: [certificateAuthority(0), authority] }),
      'pathlen',
    ),
    one(
      'critical-extension',
      'its signer demands something that nobody knows',
      signer({ more: [unknownDemand] }),
      'critical-extension',
    ),
    one('issuer-name', 'its signer names another issuer', signer({ issuer: TEST_NAMES.stranger }), 'issuer-name'),
    one(
      'signature',
      'its signer is signed by a stranger',
      signer({ by: 'stranger', issuer: TEST_NAMES.root }),
      'cert-signature',
    ),
    one(
      'false-root',
      'a stranger’s root under the same name',
      (made) => made.issue('tcbSigning', { by: 'stranger', issuer: TEST_NAMES.root }) + falseRoot(made),
      'untrusted-root',
      'crl-signature',
    ),
    one(
      'no-crl',
      'its signer stands below a CA that has no list',
      ({ issue, root }) =>
        issue('tcbSigning', { by: 'stranger' }) +
        issue('stranger', { by: 'root', extensions: extensionsOf('pckAuthority') }) +
        root,
      'no-crl',
    ),
    one(
      'crl-signature',
      'its signer stands below a CA of the PCK CA’s name and another key',
      ({ issue, root }) =>
        issue('tcbSigning', { by: 'stranger', issuer: TEST_NAMES.pckAuthority }) +
        issue('stranger', { by: 'root', subject: TEST_NAMES.pckAuthority, extensions: extensionsOf('pckAuthority') }) +
        root,
      'crl-signature',
    ),
    one(
      'leaf-name',
      'its signer is of the same root and for another purpose',
      signer({ subject: { commonName: 'TEST SGX Other Signing' } }),
      'leaf-name',
    ),
    {
      ...one('missing', 'no certificates', () => '', 'untrusted-root', 'leaf-name'),
      expect: bad('COLLATERAL_INVALID', `${name}:untrusted-root`, `${name}:leaf-name`, `${name}-signature`),
    },
  ];
}

export const chainCases: readonly VectorCase[] = [
  ...pckChain,
  ...lists,
  ...textChains('tcbinfo'),
  ...textChains('qeid'),
];
