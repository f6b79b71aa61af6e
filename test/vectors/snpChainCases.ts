import { integer, sequence } from '../../enclave/asn1/der.js';
import { certificateAuthority, keyUsage } from '../../enclave/asn1/writeCertificate.js';
import {
  amdExtension,
  ASK_SERIAL,
  ia5String,
  leafExtensions,
  SNP_NOW,
  stranger,
  wrappedHardwareId,
} from '../support/snpEvidence.js';
import type { SnpCase } from './snpCase.js';
import { byStranger, byVlek, report, strangersKey, withCode } from './snpCase.js';
import { refused } from './vectorCase.js';

const DAY = 86_400_000;
const unknownCritical = { oid: '1.3.6.1.4.1.99999.1', critical: true, value: sequence() };
const late = { notAfter: SNP_NOW - DAY };
const early = { notBefore: SNP_NOW + DAY };
const nameless = { issuer: { commonName: 'TEST stranger' } };

const badChain = withCode('EVIDENCE_CHAIN_INVALID');
const forged = withCode('EVIDENCE_SIGNATURE_INVALID');
const badList = withCode('COLLATERAL_INVALID');
const noList = withCode('COLLATERAL_UNAVAILABLE');

const chains: readonly SnpCase[] = [
  badChain(
    'chain-leaf-only',
    'the leaf alone',
    ({ pem }) => ({ certificates: pem.slice(0, pem.indexOf('-----BEGIN', 1)) }),
    'chain-missing',
  ),
  badChain('chain-none', 'no certificates', () => ({ certificates: '' }), 'chain-missing'),
  badChain('chain-too-long', 'five certificates', ({ pem }) => ({ certificates: pem + pem }), 'chain-parse:'),
  badChain(
    'chain-der-cut',
    'the ASK is cut short',
    ({ certificates: [leaf, ask, ark] }) => ({ certificates: [leaf, ask.subarray(0, -1), ark] }),
    'chain-parse:',
  ),
  badChain(
    'chain-twice-the-same-extension',
    'a leaf with one extension twice',
    { leaf: { extensions: [amdExtension('1', integer(0)), amdExtension('1', integer(0))] } },
    'chain-parse:',
  ),
  badChain(
    'chain-reversed',
    'root first',
    ({ certificates: [leaf, ask, ark] }) => ({ certificates: [ark, ask, leaf] }),
    'vcek-parse:',
  ),
  badChain('vcek-parse-product', 'a leaf that names no product', { extensions: { 2: undefined } }, 'vcek-parse:'),
  badChain(
    'vcek-parse-level',
    'a leaf without a patch level of the microcode',
    { extensions: { '3.8': undefined } },
    'vcek-parse:',
  ),
  badChain(
    'vcek-parse-level-range',
    'a leaf with a patch level of 256',
    { extensions: { '3.8': integer(256) } },
    'vcek-parse:',
  ),
  badChain(
    'vcek-parse-hardware-id',
    'a leaf with a hardware id of 63 bytes',
    { extensions: { 4: new Uint8Array(63).fill(4) } },
    'vcek-parse:',
  ),
  withCode('EVIDENCE_ROOT_UNTRUSTED')(
    'ark-another',
    'the name of the pinned root, and another key',
    {
      ark: { publicKey: strangersKey, signWith: byStranger },
      ask: { signWith: byStranger },
      revocationList: { signWith: byStranger },
    },
    'untrusted-ark',
  ),
  {
    id: 'ark-none-pinned',
    note: 'sound evidence, and no root is pinned',
    underNoRoot: true,
    expect: refused('EVIDENCE_ROOT_UNTRUSTED', 'untrusted-ark'),
  },
  badChain('ark-self', 'a stranger signed the ARK’s certificate', { ark: { signWith: byStranger } }, 'ark-self'),
  badChain(
    'ask-signature',
    'a stranger signed the ASK’s certificate',
    { ask: { signWith: byStranger } },
    'ask-signature',
  ),
  badChain(
    'vcek-signature',
    'a stranger signed the VCEK’s certificate',
    { leaf: { signWith: byStranger } },
    'vcek-signature',
  ),
  badChain('ark-not-ca', 'the ARK is no CA', { ark: { extensions: [] } }, 'ark-not-ca'),
  badChain('ask-not-ca', 'the ASK is no CA', { ask: { extensions: [] } }, 'ask-not-ca'),
  badChain(
    'ask-may-not-sign',
    'the ASK may not sign certificates',
    { ask: { extensions: [certificateAuthority(0), keyUsage('digitalSignature')] } },
    'ask-not-ca',
  ),
  badChain(
    'vcek-is-ca',
    'the VCEK is a CA',
    { leaf: { extensions: [certificateAuthority(), ...leafExtensions('Milan', 'vcek')] } },
    'vcek-is-ca',
  ),
  badChain(
    'ark-pathlen',
    'the chain is longer than the ARK allows',
    { ark: { extensions: [certificateAuthority(0), keyUsage('keyCertSign')] } },
    'ark-pathlen',
  ),
  badChain(
    'ark-critical-extension',
    'the ARK demands what nobody understands',
    { ark: { extensions: [certificateAuthority(), unknownCritical] } },
    'ark-critical-extension',
  ),
  badChain(
    'ask-critical-extension',
    'the ASK demands what nobody understands',
    { ask: { extensions: [certificateAuthority(0), unknownCritical] } },
    'ask-critical-extension',
  ),
  badChain(
    'vcek-critical-extension',
    'the VCEK demands what nobody understands',
    { leaf: { extensions: [...leafExtensions('Milan', 'vcek'), unknownCritical] } },
    'vcek-critical-extension',
  ),
  badChain('ark-issuer-name', 'the ARK names another issuer', { ark: nameless }, 'ark-issuer-name'),
  badChain('ask-issuer-name', 'the ASK names another issuer', { ask: nameless }, 'ask-issuer-name'),
  badChain('vcek-issuer-name', 'the VCEK names another issuer', { leaf: nameless }, 'vcek-issuer-name'),
  badChain('ark-expired', 'the ARK’s certificate ended a day before', { ark: late }, 'ark-expired'),
  badChain('ask-expired', 'the ASK’s certificate ended a day before', { ask: late }, 'ask-expired'),
  badChain('vcek-expired', 'the VCEK’s certificate ended a day before', { leaf: late }, 'vcek-expired'),
  badChain('ark-not-yet-valid', 'the ARK’s certificate begins a day later', { ark: early }, 'ark-expired'),
  badChain('ask-not-yet-valid', 'the ASK’s certificate begins a day later', { ask: early }, 'ask-expired'),
  badChain('vcek-not-yet-valid', 'the VCEK’s certificate begins a day later', { leaf: early }, 'vcek-expired'),
  badChain(
    'vcek-name',
    'a leaf of no known kind',
    { leaf: { subject: { commonName: 'SEV-X' } } },
    'vcek-name',
    'signing-key-kind',
  ),
  badChain(
    'vcek-identity-no-chip',
    'a VCEK that names no chip',
    { extensions: { 4: undefined } },
    'vcek-identity',
    'chip-id',
  ),
  badChain(
    'vcek-identity-provider',
    'a VCEK that names a provider',
    { extensions: { 5: ia5String('CN=x') } },
    'vcek-identity',
  ),
  badChain(
    'vlek-identity-chip',
    'a VLEK that names a chip',
    byVlek({ extensions: { 4: wrappedHardwareId } }),
    'vcek-identity',
  ),
  badChain(
    'vlek-identity-no-provider',
    'a VLEK that names no provider',
    byVlek({ extensions: { 5: undefined } }),
    'vcek-identity',
  ),
  forged(
    'vcek-another-curve',
    'a VCEK with a key of another kind',
    { leaf: { publicKey: strangersKey } },
    'report-signature',
  ),
];

const lists: readonly SnpCase[] = [
  withCode('EVIDENCE_REVOKED')(
    'ask-revoked',
    'the ASK is revoked',
    { revocationList: { revoked: [ASK_SERIAL] } },
    'ask-revoked',
  ),
  noList('no-crl', 'no revocation list could be had', () => ({ revocationList: 'none' }), 'no-crl'),
  noList(
    'no-crl-of-this-issuer',
    'the revocation list of another ARK',
    { revocationList: { issuer: { commonName: 'ARK-Genoa' } } },
    'no-crl',
  ),
  badList(
    'crl-signature',
    'the revocation list is signed by a stranger',
    { revocationList: { signWith: byStranger } },
    'crl-signature',
  ),
  noList(
    'crl-expired',
    'the revocation list ended a day before',
    { revocationList: { nextUpdate: SNP_NOW - DAY } },
    'crl-expired',
  ),
  noList(
    'crl-without-end',
    'the revocation list does not say when it ends',
    { revocationList: { nextUpdate: undefined } },
    'crl-expired',
  ),
  noList(
    'crl-future',
    'the revocation list begins a day later',
    { revocationList: { thisUpdate: SNP_NOW + DAY } },
    'crl-future',
  ),
  badList(
    'crl-cut',
    'the revocation list is cut short',
    (made) => ({ revocationList: made.revocationList.subarray(0, -1) }),
    'crl-parse:',
  ),
  badList(
    'crl-of-something-else',
    'a certificate in place of the revocation list',
    ({ certificates: [, ask] }) => ({ revocationList: ask }),
    'crl-parse:',
  ),
  {
    id: 'precedence-forgery-without-crl',
    note: 'a forged report, and no revocation list',
    made: report({ signWith: stranger.p384.privateKey }),
    sent: () => ({ revocationList: 'none' }),
    expect: refused('EVIDENCE_SIGNATURE_INVALID', 'no-crl', 'report-signature'),
  },
  {
    id: 'precedence-forgery-under-bad-crl',
    note: 'a forged report, and a revocation list that a stranger signed',
    made: { ...report({ signWith: stranger.p384.privateKey }), revocationList: { signWith: byStranger } },
    expect: refused('EVIDENCE_SIGNATURE_INVALID', 'crl-signature', 'report-signature'),
  },
  {
    id: 'precedence-debug-under-bad-crl',
    note: 'a guest that may be debugged, and a revocation list that a stranger signed',
    made: { ...report({ policy: 0xb001fn }), revocationList: { signWith: byStranger } },
    expect: refused('COLLATERAL_INVALID', 'crl-signature', 'debug'),
  },
  {
    id: 'precedence-revoked-on-bad-crl',
    note: 'a revocation list that a stranger signed, and that has the ASK on it',
    made: { revocationList: { signWith: byStranger, revoked: [ASK_SERIAL] } },
    expect: refused('COLLATERAL_INVALID', 'crl-signature', 'ask-revoked'),
  },
  {
    id: 'precedence-revoked-under-old-crl',
    note: 'the ASK is revoked, on a list that has expired',
    made: { revocationList: { revoked: [ASK_SERIAL], nextUpdate: SNP_NOW - DAY } },
    expect: refused('EVIDENCE_REVOKED', 'crl-expired', 'ask-revoked'),
  },
];

/** Chains and revocation lists. */
export const snpChainCases: readonly SnpCase[] = [...chains, ...lists];
