import type { RefusalCode } from '../../enclave/refusals.js';
import type { TcbStatus } from '../../enclave/verification/dcap/tcbStatus.js';
import type { EvidenceChange, Form } from '../support/dcapKit/evidence.js';

/** The instant at which every case is judged, unless it names another: milliseconds since 1970. */
export const AT = Date.UTC(2026, 5, 15);

/** One vector before it is made: sound evidence, one thing changed, and the verdict that we hold to be right. */
export interface VectorCase {
  readonly id: string;
  /** What is changed, in words. */
  readonly note: string;
  readonly form: Form;
  readonly change?: EvidenceChange;
  readonly at?: number;
  /** The whole of it stands under a root that is not the pinned one. */
  readonly underAnotherRoot?: true;
  readonly expect: Accepted | Refused;
}

/** What is absent is UpToDate, and no advisories. */
export interface Accepted {
  readonly tcbStatus: TcbStatus;
  readonly platformTcb?: TcbStatus;
  readonly qeTcb?: TcbStatus;
  /** Of TDX; absent for SGX. */
  readonly tdxModuleTcb?: TcbStatus;
  readonly advisoryIDs?: readonly string[];
}

export interface Refused {
  readonly code: RefusalCode;
  /** All of them, in order; what follows `parse:` is free. */
  readonly reasons: readonly [string, ...string[]];
  /** The bytes are no quote at all: no field of theirs can be expected. */
  readonly unreadable?: true;
}

export const UP_TO_DATE: Accepted = { tcbStatus: 'UpToDate' };

export function refused(code: RefusalCode, ...reasons: [string, ...string[]]): Refused {
  return { code, reasons };
}

export function unreadable(reason = 'parse:'): Refused {
  return { code: 'EVIDENCE_MALFORMED', reasons: [reason], unreadable: true };
}
