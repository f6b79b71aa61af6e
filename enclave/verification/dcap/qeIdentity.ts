import { countField, dateField, hexField, jsonObject, textField } from '../jsonFields.js';
import type { TcbLevelBySvn } from './isvSvnLevels.js';
import { matchSvnLevel, readSvnLevels } from './isvSvnLevels.js';
import type { DcapReason } from './reasons.js';
import type { SgxReport } from './sgxReport.js';

/** Which quoting enclaves are the vendor's, and how good each version is (Intel, QE identity, version 2). */
export interface QeIdentity {
  /** `QE` for SGX, `TD_QE` for TDX. */
  readonly id: string;
  /** Milliseconds since 1970. */
  readonly issueDate: number;
  readonly nextUpdate: number;
  /** Hex, in byte order of the report, here and below. */
  readonly miscSelect: string;
  readonly miscSelectMask: string;
  readonly attributes: string;
  readonly attributesMask: string;
  readonly mrSigner: string;
  readonly isvProductId: number;
  /** Newest first. */
  readonly levels: readonly TcbLevelBySvn[];
}

/** @throws RangeError where the text is not such an identity, or holds a status that is unknown. */
export function readQeIdentity(text: string): QeIdentity {
  const identity = jsonObject(text);
  const version = countField(identity, 'version');
  if (version !== 2) throw new RangeError(`QE identity version ${version} is unknown`);
  return {
    id: textField(identity, 'id'),
    issueDate: dateField(identity, 'issueDate'),
    nextUpdate: dateField(identity, 'nextUpdate'),
    miscSelect: hexField(identity, 'miscselect', 4),
    miscSelectMask: hexField(identity, 'miscselectMask', 4),
    attributes: hexField(identity, 'attributes', 16),
    attributesMask: hexField(identity, 'attributesMask', 16),
    mrSigner: hexField(identity, 'mrsigner', 32),
    isvProductId: countField(identity, 'isvprodid'),
    levels: readSvnLevels(identity),
  };
}

/**
 * Every way in which a quoting enclave's report is not that of the identity. Only the report's side is masked, as in
 * Intel's verifier: a bit that the identity sets outside its mask can never match.
 */
export function qeFailures(report: SgxReport, identity: QeIdentity): DcapReason[] {
  const failures: DcapReason[] = [];
  if (report.mrSigner !== identity.mrSigner) failures.push('qe-mrsigner');
  if (report.isvProductId !== identity.isvProductId) failures.push('qe-prodid');
  if (masked(report.attributes, identity.attributesMask) !== identity.attributes) failures.push('qe-attributes');
  if (masked(report.miscSelect, identity.miscSelectMask) !== identity.miscSelect) failures.push('qe-miscselect');
  if (report.debug) failures.push('qe-debug');
  return failures;
}

/** The newest level that the quoting enclave reaches. */
export function matchQeLevel(identity: QeIdentity, report: SgxReport): TcbLevelBySvn | undefined {
  return matchSvnLevel(identity.levels, report.isvSvn);
}

function masked(value: string, mask: string): string {
  const bits = BigInt(`0x${value}`) & BigInt(`0x${mask}`);
  return bits.toString(16).padStart(value.length, '0');
}
