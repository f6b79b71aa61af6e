import { createHash } from 'node:crypto';
import type { EvidenceChange } from '../support/dcapKit/evidence.js';
import type { HclReportContent } from '../support/hclReport.js';
import { hclRuntimeData } from '../support/hclReport.js';
import type { SnpEvidenceChanges } from '../support/snpEvidence.js';
import { stranger } from '../support/snpEvidence.js';
import type { Refused } from './vectorCase.js';
import { refused, unreadable } from './vectorCase.js';

/** One report of a paravisor before it is made, and the verdict that we hold to be right. */
export interface HclCase {
  readonly id: string;
  readonly note: string;
  /** Whose verifier is asked. */
  readonly hardware: 'SevSnpVm' | 'TdxVm';
  /** What is different in the paravisor's own part. */
  readonly hcl?: Partial<HclReportContent>;
  /** SEV-SNP: what is different in the report inside. */
  readonly snp?: SnpEvidenceChanges;
  /** TDX: what is different in the quote beside it; absent: nothing. `none`: there is no quote. */
  readonly quote?: EvidenceChange | 'none';
  readonly expect: 'accepted' | Refused;
}

export const RUNTIME_DATA = hclRuntimeData();
/** 64 bytes that vouch for it. */
export const REPORT_DATA = Uint8Array.from([
  ...createHash('sha256').update(RUNTIME_DATA).digest(),
  ...new Uint8Array(32),
]);
const OTHER_DATA = RUNTIME_DATA.replace('true', 'false');

const unbound = (...reasons: [string, ...string[]]) => refused('EVIDENCE_BINDING_MISMATCH', ...reasons);

/** Every vector of test/vectors/azure-hcl. */
export const hclCases: readonly HclCase[] = [
  { id: 'ok-snp', note: 'SEV-SNP', hardware: 'SevSnpVm', expect: 'accepted' },
  { id: 'ok-tdx', note: 'TDX, with a quote of the same TD', hardware: 'TdxVm', expect: 'accepted' },
  {
    id: 'runtime-data-snp',
    note: 'a setting in the runtime data is changed',
    hardware: 'SevSnpVm',
    hcl: { runtimeData: OTHER_DATA },
    expect: unbound('runtime-data'),
  },
  {
    id: 'runtime-data-tdx',
    note: 'a setting in the runtime data is changed',
    hardware: 'TdxVm',
    hcl: { runtimeData: OTHER_DATA },
    expect: unbound('runtime-data'),
  },
  {
    id: 'quote-missing',
    note: 'a TDREPORT alone: nobody can tell',
    hardware: 'TdxVm',
    quote: 'none',
    expect: refused('EVIDENCE_UNAVAILABLE', 'td-quote-missing'),
  },
  {
    id: 'quote-of-another-td',
    note: 'a genuine quote of another TD',
    hardware: 'TdxVm',
    quote: { td: { reportData: REPORT_DATA, mrTd: '11'.repeat(48) } },
    expect: unbound('td-quote-mismatch'),
  },
  {
    id: 'quote-over-other-data',
    note: 'a genuine quote of the same TD over other report data',
    hardware: 'TdxVm',
    quote: { td: { reportData: new Uint8Array(64) } },
    expect: unbound('td-quote-mismatch'),
  },
  {
    id: 'quote-forged',
    note: 'a quote of the same TD that its quoting enclave did not sign',
    hardware: 'TdxVm',
    quote: { td: { reportData: REPORT_DATA }, qeReportBy: 'stranger' },
    expect: refused('EVIDENCE_SIGNATURE_INVALID', 'qe-report-signature'),
  },
  {
    id: 'report-forged',
    note: 'the SEV-SNP report inside is signed by a stranger',
    hardware: 'SevSnpVm',
    snp: { report: { reportData: REPORT_DATA, signWith: stranger.p384.privateKey } },
    expect: refused('EVIDENCE_SIGNATURE_INVALID', 'report-signature'),
  },
  {
    id: 'hardware-type',
    note: 'a report of SEV-SNP that calls itself one of TDX',
    hardware: 'SevSnpVm',
    hcl: { type: 4 },
    expect: refused('EVIDENCE_MALFORMED', 'hardware-type'),
  },
  {
    id: 'parse-signature',
    note: 'other bytes than HCLA at the beginning',
    hardware: 'SevSnpVm',
    hcl: { signature: 'HCLB' },
    expect: unreadable(),
  },
  {
    id: 'parse-length-overflow',
    note: 'runtime data that would be longer than the report',
    hardware: 'SevSnpVm',
    hcl: { runtimeSize: 0xffffffff },
    expect: unreadable(),
  },
  {
    id: 'parse-runtime-data',
    note: 'runtime data without the attestation key',
    hardware: 'SevSnpVm',
    hcl: { runtimeData: '{"keys":[],"vm-configuration":{}}' },
    expect: unreadable(),
  },
];
