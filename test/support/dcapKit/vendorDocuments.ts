import type { StatedTcbStatus } from '../../../enclave/verification/dcap/tcbStatus.js';
import { DAY, PLATFORM } from './testAuthority.js';

export const QE_SIGNER = '5e'.repeat(32);
export const TD_QE_SIGNER = '7d'.repeat(32);

/** A level of TCB info; what is absent is as in the test platform itself. */
export interface LevelContent {
  readonly status: StatedTcbStatus;
  readonly components?: readonly number[];
  readonly pceSvn?: number;
  readonly tdxComponents?: readonly number[];
  readonly advisoryIDs?: readonly string[];
}

export interface TcbInfoContent {
  readonly id: 'SGX' | 'TDX';
  /** 2 names its components one by one, and knows no TDX. */
  readonly version: 2 | 3;
  /** Milliseconds since 1970. */
  readonly issueDate: number;
  readonly nextUpdate: number;
  readonly fmspc: string;
  readonly pceId: string;
  readonly tcbEvaluationDataNumber: number;
  readonly levels: readonly LevelContent[];
  readonly tdxModule: ModuleContent;
  readonly tdxModuleIdentities: readonly (ModuleContent & {
    readonly id: string;
    readonly levels: readonly SvnLevel[];
  })[];
}

export interface ModuleContent {
  /** Hex, 48 bytes. */
  readonly mrsigner: string;
  /** Hex, 8 bytes. */
  readonly attributes: string;
}

export interface SvnLevel {
  readonly isvsvn: number;
  readonly status: StatedTcbStatus;
  readonly advisoryIDs?: readonly string[];
}

export interface QeIdentityContent {
  readonly id: 'QE' | 'TD_QE';
  readonly issueDate: number;
  readonly nextUpdate: number;
  readonly miscselect: string;
  readonly miscselectMask: string;
  readonly attributes: string;
  readonly attributesMask: string;
  readonly mrsigner: string;
  readonly isvprodid: number;
  readonly levels: readonly SvnLevel[];
}

/** The TDX components of a platform that is up to date; the first two belong to the module. */
export const TDX_COMPONENTS = [5, 0, 6, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];

const lowered = PLATFORM.components.map((svn, index) => (index === 0 ? svn - 1 : svn));
const oldest = PLATFORM.components.map((svn) => Math.min(svn, 1));
const none = PLATFORM.components.map(() => 0);
const ZERO_SIGNER = '00'.repeat(48);
const NO_ATTRIBUTES = '0000000000000000';

/** One status after the other, best first. */
export const LADDER: readonly LevelContent[] = [
  { status: 'UpToDate' },
  { status: 'SWHardeningNeeded', components: lowered, advisoryIDs: ['TEST-SA-00001'] },
  {
    status: 'OutOfDate',
    components: oldest,
    pceSvn: 5,
    tdxComponents: [3, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
    advisoryIDs: ['TEST-SA-00001', 'TEST-SA-00002'],
  },
  { status: 'Revoked', components: none, pceSvn: 1, tdxComponents: none },
];

/** With the first two steps of the ladder: less to read, and to store. */
export function defaultTcbInfo(tee: 'sgx' | 'tdx', now: number): TcbInfoContent {
  return {
    id: tee === 'sgx' ? 'SGX' : 'TDX',
    version: 3,
    issueDate: now - 10 * DAY,
    nextUpdate: now + 20 * DAY,
    fmspc: PLATFORM.fmspc.toUpperCase(),
    pceId: PLATFORM.pceId,
    tcbEvaluationDataNumber: 17,
    levels: LADDER.slice(0, 2),
    tdxModule: { mrsigner: ZERO_SIGNER, attributes: NO_ATTRIBUTES },
    tdxModuleIdentities: [
      {
        id: 'TDX_01',
        mrsigner: ZERO_SIGNER,
        attributes: NO_ATTRIBUTES,
        levels: [
          { isvsvn: 5, status: 'UpToDate' },
          { isvsvn: 3, status: 'OutOfDate', advisoryIDs: ['TEST-SA-00010'] },
          { isvsvn: 1, status: 'Revoked' },
        ],
      },
    ],
  };
}

export function defaultQeIdentity(tee: 'sgx' | 'tdx', now: number): QeIdentityContent {
  return {
    id: tee === 'sgx' ? 'QE' : 'TD_QE',
    issueDate: now - 10 * DAY,
    nextUpdate: now + 20 * DAY,
    miscselect: '00000000',
    miscselectMask: 'FFFFFFFF',
    attributes: '11000000000000000000000000000000',
    attributesMask: 'FBFFFFFFFFFFFFFF0000000000000000',
    mrsigner: (tee === 'sgx' ? QE_SIGNER : TD_QE_SIGNER).toUpperCase(),
    isvprodid: tee === 'sgx' ? 1 : 2,
    levels: [
      { isvsvn: 8, status: 'UpToDate' },
      { isvsvn: 5, status: 'OutOfDate', advisoryIDs: ['TEST-SA-00020'] },
    ],
  };
}

/** In the vendor’s own form and order. */
export function tcbInfoDocument(content: TcbInfoContent): object {
  const { id, version, tdxModule, tdxModuleIdentities } = content;
  return {
    ...(version === 3 && { id }),
    version,
    issueDate: iso(content.issueDate),
    nextUpdate: iso(content.nextUpdate),
    fmspc: content.fmspc,
    pceId: content.pceId,
    tcbType: 0,
    tcbEvaluationDataNumber: content.tcbEvaluationDataNumber,
    ...(id === 'TDX' && {
      tdxModule: { ...tdxModule, attributesMask: 'FFFFFFFFFFFFFFFF' },
      tdxModuleIdentities: tdxModuleIdentities.map(({ id: moduleId, levels, ...module }) => ({
        id: moduleId,
        ...module,
        attributesMask: 'FFFFFFFFFFFFFFFF',
        tcbLevels: svnLevels(levels, content.issueDate),
      })),
    }),
    tcbLevels: content.levels.map((level) => levelDocument(level, content)),
  };
}

function levelDocument(level: LevelContent, { id, version, issueDate }: TcbInfoContent): object {
  const components = level.components ?? PLATFORM.components;
  const written =
    version === 2
      ? Object.fromEntries(components.map((svn, at) => [`sgxtcbcomp${String(at + 1).padStart(2, '0')}svn`, svn]))
      : { sgxtcbcomponents: components.map((svn) => ({ svn })) };
  return {
    tcb: {
      ...written,
      pcesvn: level.pceSvn ?? PLATFORM.pceSvn,
      ...(id === 'TDX' && { tdxtcbcomponents: (level.tdxComponents ?? TDX_COMPONENTS).map((svn) => ({ svn })) }),
    },
    tcbDate: iso(issueDate),
    tcbStatus: level.status,
    ...(level.advisoryIDs && { advisoryIDs: level.advisoryIDs }),
  };
}

export function qeIdentityDocument({ levels, issueDate, nextUpdate, id, ...fields }: QeIdentityContent): object {
  return {
    id,
    version: 2,
    issueDate: iso(issueDate),
    nextUpdate: iso(nextUpdate),
    tcbEvaluationDataNumber: 17,
    ...fields,
    tcbLevels: svnLevels(levels, issueDate),
  };
}

function svnLevels(levels: readonly SvnLevel[], date: number): object[] {
  return levels.map(({ isvsvn, status, advisoryIDs }) => ({
    tcb: { isvsvn },
    tcbDate: iso(date),
    tcbStatus: status,
    ...(advisoryIDs && { advisoryIDs }),
  }));
}

/** Whole seconds, as the vendor writes them. */
function iso(at: number): string {
  return new Date(at).toISOString().replace(/\.\d+Z$/, 'Z');
}
