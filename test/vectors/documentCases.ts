import type { RefusalCode } from '../../enclave/refusals.js';
import type { Collateral } from '../../enclave/verification/dcap/collateral.js';
import type { EvidenceChange } from '../support/dcapKit/evidence.js';
import { DAY, PLATFORM } from '../support/dcapKit/testAuthority.js';
import { defaultTcbInfo } from '../support/dcapKit/vendorDocuments.js';
import type { VectorCase } from './vectorCase.js';
import { AT, refused, UP_TO_DATE } from './vectorCase.js';

const sgxCase = (id: string, note: string, change: EvidenceChange, expect: VectorCase['expect']): VectorCase => ({
  id,
  note,
  form: 'sgx-v3',
  change,
  expect,
});
const tdxCase = (...[id, note, change, expect]: Parameters<typeof sgxCase>): VectorCase => ({
  ...sgxCase(id, note, change, expect),
  form: 'tdx-v4',
});
const invalid = (...reasons: [string, ...string[]]) => refused('COLLATERAL_INVALID', ...reasons);
const stale = (...reasons: [string, ...string[]]) => refused('COLLATERAL_UNAVAILABLE', ...reasons);
const wrongTcb = (...reasons: [string, ...string[]]) => refused('EVIDENCE_TCB_INVALID', ...reasons);
/** Unsigned edits. */
const edit = (field: keyof Collateral, from: string | RegExp, to: string): EvidenceChange => ({
  collateral: (collateral) => ({ [field]: collateral[field].replace(from, to) }),
});

const tcbInfo: readonly VectorCase[] = [
  sgxCase(
    'tcbinfo-version-2',
    'TCB info of version 2, which names its components one by one',
    { tcbInfo: { version: 2 } },
    UP_TO_DATE,
  ),
  sgxCase('tcbinfo-fmspc-lower-case', 'the FMSPC in lower case', { tcbInfo: { fmspc: PLATFORM.fmspc } }, UP_TO_DATE),
  sgxCase(
    'tcbinfo-levels-in-disorder',
    'the worst level first',
    { tcbInfo: { levels: [...defaultTcbInfo('sgx', AT).levels].reverse() } },
    UP_TO_DATE,
  ),
  sgxCase(
    'tcbinfo-to-the-second',
    'both texts begin and end at this very second',
    { tcbInfo: { issueDate: AT, nextUpdate: AT }, qeIdentity: { issueDate: AT, nextUpdate: AT } },
    UP_TO_DATE,
  ),
  sgxCase('tcbinfo-signature', 'signed by a stranger', { tcbInfoBy: 'stranger' }, invalid('tcbinfo-signature')),
  sgxCase(
    'tcbinfo-edited',
    'a level is made better than it was signed',
    edit('tcb_info', 'SWHardeningNeeded', 'UpToDate'),
    invalid('tcbinfo-signature'),
  ),
  sgxCase(
    'tcbinfo-without-signature',
    'no signature',
    { collateral: () => ({ tcb_info_signature: '' }) },
    invalid('tcbinfo-signature'),
  ),
  sgxCase(
    'tcbinfo-signature-no-hex',
    'a signature that is not hex',
    { collateral: () => ({ tcb_info_signature: 'signature' }) },
    invalid('tcbinfo-parse:'),
  ),
  sgxCase('tcbinfo-future', 'begins a day later', { tcbInfo: { issueDate: AT + DAY } }, stale('tcbinfo-future')),
  sgxCase('tcbinfo-expired', 'ended a day before', { tcbInfo: { nextUpdate: AT - DAY } }, stale('tcbinfo-expired')),
  sgxCase('tcbinfo-id', 'TCB info of TDX for an SGX enclave', { tcbInfo: { id: 'TDX' } }, invalid('tcbinfo-id')),
  tdxCase(
    'tcbinfo-id-td',
    'TCB info of SGX for a TD',
    { tcbInfo: { id: 'SGX' } },
    invalid('tcbinfo-id', 'no-tcb-level', 'tdx-module-missing:TDX_01'),
  ),
  tdxCase(
    'tcbinfo-version-2-td',
    'TCB info of version 2, which knows no TDX, for a TD',
    { tcbInfo: { id: 'SGX', version: 2 } },
    invalid('tcbinfo-id', 'no-tcb-level', 'tdx-module-missing:TDX_01'),
  ),
  sgxCase('tcbinfo-parse-text', 'no JSON', { collateral: () => ({ tcb_info: 'tcbInfo' }) }, invalid('tcbinfo-parse:')),
  sgxCase('tcbinfo-parse-list', 'a JSON list', { collateral: () => ({ tcb_info: '[]' }) }, invalid('tcbinfo-parse:')),
  sgxCase(
    'tcbinfo-parse-version',
    'version 4',
    edit('tcb_info', '"version":3', '"version":4'),
    invalid('tcbinfo-parse:'),
  ),
  sgxCase(
    'tcbinfo-parse-status',
    'a status that nobody knows',
    edit('tcb_info', 'SWHardeningNeeded', 'Excellent'),
    invalid('tcbinfo-parse:'),
  ),
  sgxCase(
    'tcbinfo-parse-components',
    'fifteen components',
    edit('tcb_info', '{"svn":11},', ''),
    invalid('tcbinfo-parse:'),
  ),
  sgxCase(
    'tcbinfo-parse-svn',
    'a security version that is a text',
    edit('tcb_info', '{"svn":11}', '{"svn":"11"}'),
    invalid('tcbinfo-parse:'),
  ),
  sgxCase(
    'tcbinfo-parse-chain',
    'a certificate in its chain that cannot be read',
    { tcbInfoChain: ({ tcbSigning, root }) => tcbSigning.replace('MII', 'MIA') + root },
    invalid('tcbinfo-parse:'),
  ),
  tdxCase(
    'tcbinfo-parse-module',
    'no TDX module where one belongs',
    edit('tcb_info', '"tdxModule":', '"module":'),
    invalid('tcbinfo-parse:'),
  ),
  sgxCase(
    'fmspc-mismatch',
    'TCB info of another platform',
    { tcbInfo: { fmspc: 'C0A06F120000' } },
    wrongTcb('fmspc-mismatch'),
  ),
  sgxCase('pceid-mismatch', 'TCB info of another PCE', { tcbInfo: { pceId: '0001' } }, wrongTcb('pceid-mismatch')),
  sgxCase(
    'platform-of-another-kind',
    'the PCK certificate is of another platform than the TCB info',
    { certificates: { pck: { platform: { fmspc: 'c0a06f120000', pceId: '0001' } } } },
    wrongTcb('fmspc-mismatch', 'pceid-mismatch'),
  ),
];

const qeIdentity: readonly VectorCase[] = [
  sgxCase('qeid-signature', 'signed by a stranger', { qeIdentityBy: 'stranger' }, invalid('qeid-signature')),
  sgxCase(
    'qeid-edited',
    'an old quoting enclave is made better than it was signed',
    edit('qe_identity', '"isvsvn":8', '"isvsvn":1'),
    invalid('qeid-signature'),
  ),
  sgxCase('qeid-future', 'begins a day later', { qeIdentity: { issueDate: AT + DAY } }, stale('qeid-future')),
  sgxCase('qeid-expired', 'ended a day before', { qeIdentity: { nextUpdate: AT - DAY } }, stale('qeid-expired')),
  sgxCase(
    'qeid-id',
    'the identity of the quoting enclave of TDX for an SGX enclave',
    { qeIdentity: { id: 'TD_QE' } },
    invalid('qeid-id'),
  ),
  tdxCase(
    'qeid-id-td',
    'the identity of the quoting enclave of SGX for a TD',
    { qeIdentity: { id: 'QE' } },
    invalid('qeid-id'),
  ),
  sgxCase('qeid-parse-text', 'no JSON', { collateral: () => ({ qe_identity: '' }) }, invalid('qeid-parse:')),
  sgxCase('qeid-parse-version', 'version 1', edit('qe_identity', '"version":2', '"version":1'), invalid('qeid-parse:')),
  sgxCase(
    'qeid-parse-status',
    'a status that nobody knows',
    edit('qe_identity', 'OutOfDate', 'Outdated'),
    invalid('qeid-parse:'),
  ),
  sgxCase(
    'qeid-parse-signer',
    'an MRSIGNER that is not 32 bytes',
    { qeIdentity: { mrsigner: '5e' } },
    invalid('qeid-parse:'),
  ),
  sgxCase(
    'qe-mrsigner',
    'a quoting enclave of another signer',
    { quotingEnclave: { signer: '66'.repeat(32) } },
    wrongTcb('qe-mrsigner'),
  ),
  tdxCase(
    'qe-mrsigner-td',
    'the quoting enclave of SGX signs for a TD',
    { quotingEnclave: { signer: '5e'.repeat(32) } },
    wrongTcb('qe-mrsigner'),
  ),
  sgxCase(
    'qe-prodid',
    'another product of the same signer',
    { quotingEnclave: { productId: 2 } },
    wrongTcb('qe-prodid'),
  ),
  sgxCase(
    'qe-attributes',
    'a quoting enclave without access to provisioning',
    { quotingEnclave: { flags: 0x01 } },
    wrongTcb('qe-attributes'),
  ),
  sgxCase(
    'qe-attributes-outside-mask',
    'an attribute of the quoting enclave that the mask leaves open',
    { quotingEnclave: { flags: 0x15 } },
    UP_TO_DATE,
  ),
  sgxCase(
    'qe-attributes-identity-outside-mask',
    'an attribute that the identity demands outside its own mask: only the report is masked',
    { qeIdentity: { attributes: '15000000000000000000000000000000' }, quotingEnclave: { flags: 0x15 } },
    wrongTcb('qe-attributes'),
  ),
  sgxCase('qe-miscselect', 'another miscselect', { quotingEnclave: { miscSelect: 1 } }, wrongTcb('qe-miscselect')),
  sgxCase(
    'qe-debug',
    'a quoting enclave in debug mode, under an identity that leaves that open',
    { qeIdentity: { attributesMask: 'F9FFFFFFFFFFFFFF0000000000000000' }, quotingEnclave: { flags: 0x13 } },
    wrongTcb('qe-debug'),
  ),
  sgxCase(
    'qe-no-tcb-level',
    'a quoting enclave older than every level',
    { quotingEnclave: { securityVersion: 0 } },
    wrongTcb('qe-no-tcb-level'),
  ),
];

/**
 * What is wrong about who made the evidence is never hidden by what is wrong about collateral, and nobody calls evidence
 * genuine but not acceptable while collateral leaves open whether it is genuine.
 */
const precedence = (
  id: string,
  change: EvidenceChange,
  code: RefusalCode,
  ...reasons: [string, ...string[]]
): VectorCase =>
  sgxCase(
    `precedence-${id}`,
    'two things are wrong: what is known to be forged comes first, then what could not be told',
    change,
    refused(code, ...reasons),
  );

const several: readonly VectorCase[] = [
  precedence(
    'forgery-under-old-collateral',
    { tcbInfo: { nextUpdate: AT - DAY }, qeReportBy: 'stranger' },
    'EVIDENCE_SIGNATURE_INVALID',
    'qe-report-signature',
    'tcbinfo-expired',
  ),
  precedence(
    'debug-under-old-collateral',
    { qeIdentity: { nextUpdate: AT - DAY }, sgx: { flags: 0x07 } },
    'COLLATERAL_UNAVAILABLE',
    'qeid-expired',
    'debug',
  ),
  precedence(
    'chain-before-tcb',
    { certificates: { pck: { notAfter: AT - DAY } }, tcbInfo: { pceId: '0001' } },
    'EVIDENCE_CHAIN_INVALID',
    'pck:cert-expired',
    'pceid-mismatch',
  ),
];

export const documentCases: readonly VectorCase[] = [...tcbInfo, ...qeIdentity, ...several];
