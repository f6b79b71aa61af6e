import type { StatedTcbStatus } from '../../verification/dcap/tcbStatus.js';
import { TCB_STATUSES } from '../../verification/dcap/tcbStatus.js';
import type { PlatformState } from './platformState.js';
import { FMSPC, PCEID, PLATFORM_TCB, QUOTING_ENCLAVE } from './profile.js';

/** When a document of the vendor is good, milliseconds since 1970. */
export interface Period {
  readonly issuedAt: number;
  readonly expiresAt: number;
}

/** TCB info, version 3, in which the simulated machine has the state asked for. */
export function tcbInfoOf(state: PlatformState, { issuedAt, expiresAt }: Period) {
  return {
    id: 'SGX',
    version: 3,
    issueDate: iso(issuedAt),
    nextUpdate: iso(expiresAt),
    fmspc: FMSPC,
    pceId: PCEID,
    tcbType: 0,
    tcbEvaluationDataNumber: 1,
    tcbLevels: levelsOf(state).map(({ components, pceSvn, status, advisoryIds }) => ({
      tcb: { sgxtcbcomponents: components.map((svn) => ({ svn })), pcesvn: pceSvn },
      tcbDate: iso(issuedAt),
      tcbStatus: status,
      ...(advisoryIds.length > 0 && { advisoryIDs: advisoryIds }),
    })),
  };
}

interface Level {
  readonly components: readonly number[];
  readonly pceSvn: number;
  readonly status: StatedTcbStatus;
  readonly advisoryIds: readonly string[];
}

/** As vendors do it: a machine gets worse because a better level appears above it. None below it is better than it is. */
function levelsOf({ status, advisoryIds }: PlatformState): Level[] {
  const { components, pceSvn } = PLATFORM_TCB;
  const firstMoved = (by: number) => components.map((svn, index) => (index === 0 ? svn + by : svn));
  const oldest = components.map((svn) => Math.min(svn, 1));
  const newer: Level = { components: firstMoved(1), pceSvn, status: 'UpToDate', advisoryIds: [] };
  const older: Level[] = [
    { components: firstMoved(-1), pceSvn, status: 'SWHardeningNeeded', advisoryIds: ['INSECURE-SA-00001'] },
    { components: oldest, pceSvn: pceSvn - 1, status: 'OutOfDate', advisoryIds: ['INSECURE-SA-00002'] },
    { components: new Array<number>(16).fill(0), pceSvn: 0, status: 'Revoked', advisoryIds: [] },
  ];
  const rank = (one: StatedTcbStatus) => TCB_STATUSES.indexOf(one);
  return [
    ...(status === 'UpToDate' ? [] : [newer]),
    { components, pceSvn, status, advisoryIds },
    ...older.filter((level) => rank(level.status) >= rank(status)),
  ];
}

/** QE identity, version 2. */
export function qeIdentityOf({ issuedAt, expiresAt }: Period) {
  const level = (isvsvn: number, tcbStatus: StatedTcbStatus) => ({
    tcb: { isvsvn },
    tcbDate: iso(issuedAt),
    tcbStatus,
  });
  return {
    id: 'QE',
    version: 2,
    issueDate: iso(issuedAt),
    nextUpdate: iso(expiresAt),
    tcbEvaluationDataNumber: 1,
    miscselect: '00000000',
    miscselectMask: 'ffffffff',
    attributes: '11000000000000000000000000000000',
    attributesMask: 'fbffffffffffffff0000000000000000',
    mrsigner: QUOTING_ENCLAVE.signer,
    isvprodid: QUOTING_ENCLAVE.productId,
    tcbLevels: [level(8, 'UpToDate'), level(5, 'OutOfDate'), level(1, 'Revoked')],
  };
}

/** Whole seconds, as the vendor writes them. */
function iso(at: number): string {
  return new Date(at).toISOString().replace(/\.\d+Z$/, 'Z');
}
