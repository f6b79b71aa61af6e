import { describe, expect, test } from '@jest/globals';
import { EvidenceRefusal } from '../../../enclave/verification/evidenceRefusal.js';

describe('of several reasons, the code is', () => {
  test.each<[string, [string, ...string[]], string]>([
    ['that of the only one', ['pck:revoked'], 'EVIDENCE_REVOKED'],
    ['that of the first of its kind', ['pck:cert-expired', 'quote-signature'], 'EVIDENCE_CHAIN_INVALID'],
    ['what is forged, not old collateral', ['tcbinfo-expired', 'quote-signature'], 'EVIDENCE_SIGNATURE_INVALID'],
    ['what is forged, not bad collateral', ['tcbinfo-signature', 'quote-signature'], 'EVIDENCE_SIGNATURE_INVALID'],
    ['what is forged, not unreadable collateral', ['tcbinfo-parse:x', 'pck:untrusted-root'], 'EVIDENCE_ROOT_UNTRUSTED'],
    ['what is forged, not a debug enclave', ['debug', 'report-signature'], 'EVIDENCE_SIGNATURE_INVALID'],
    ['what could not be told, not a debug enclave', ['qeid-expired', 'debug'], 'COLLATERAL_UNAVAILABLE'],
    ['bad collateral, not a debug enclave', ['tcbinfo-signature', 'debug'], 'COLLATERAL_INVALID'],
    ['the first of two that could not be told', ['pck:no-crl', 'tcbinfo-signature'], 'COLLATERAL_UNAVAILABLE'],
    ['bad TCB info, not what it says', ['tcbinfo-signature', 'no-tcb-level'], 'COLLATERAL_INVALID'],
    ['bad TCB info, not what it says of a module', ['tcbinfo-id', 'tdx-module-missing:TDX_01'], 'COLLATERAL_INVALID'],
    ['a bad QE identity, not what it says', ['qeid-signature', 'qe-mrsigner'], 'COLLATERAL_INVALID'],
    ['a bad list, not whom it revokes', ['crl-signature', 'ask-revoked'], 'COLLATERAL_INVALID'],
    ['a bad list of Intel’s, not whom it revokes', ['pck:crl-signature', 'pck:revoked'], 'COLLATERAL_INVALID'],
    ['whom a good list revokes, not bad TCB info', ['pck:revoked', 'tcbinfo-signature'], 'EVIDENCE_REVOKED'],
    ['what good TCB info says, not a bad QE identity', ['qeid-signature', 'no-tcb-level'], 'EVIDENCE_TCB_INVALID'],
    ['what old TCB info says', ['tcbinfo-expired', 'no-tcb-level'], 'EVIDENCE_TCB_INVALID'],
    ['what the evidence itself says, not a bad list', ['crl-signature', 'cpu-mismatch'], 'EVIDENCE_TCB_INVALID'],
    ['a quoting enclave in debug mode, not its identity', ['qeid-signature', 'qe-debug'], 'EVIDENCE_TCB_INVALID'],
  ])('%s', (_, reasons, code) => {
    expect(new EvidenceRefusal(reasons)).toMatchObject({ code, reasons });
  });
});
