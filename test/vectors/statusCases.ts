import type { TcbStatus } from '../../enclave/verification/dcap/tcbStatus.js';
import type { EvidenceChange, Form } from '../support/dcapKit/evidence.js';
import { PLATFORM } from '../support/dcapKit/testAuthority.js';
import type { LevelContent, TcbInfoContent } from '../support/dcapKit/vendorDocuments.js';
import { defaultTcbInfo, LADDER } from '../support/dcapKit/vendorDocuments.js';
import type { Accepted, VectorCase } from './vectorCase.js';
import { AT, refused } from './vectorCase.js';

type Stated = LevelContent['status'];

const one = (
  form: Form,
  id: string,
  note: string,
  change: EvidenceChange,
  expect: VectorCase['expect'],
): VectorCase => ({
  id,
  note,
  form,
  change: { ...change, tcbInfo: { levels: LADDER.slice(0, 3), ...change.tcbInfo } },
  expect,
});
const wrongTcb = (...reasons: [string, ...string[]]) => refused('EVIDENCE_TCB_INVALID', ...reasons);

/** 16 TDX security versions that begin like this. */
const svns = (...first: number[]) => Array.from({ length: 16 }, (_, index) => first[index] ?? 0);
/** A platform whose own level has this status; every other level is out of reach. */
const ownLevel = (status: Stated, advisoryIDs?: readonly string[]): Pick<TcbInfoContent, 'levels'> => ({
  levels: [{ status, ...(advisoryIDs && { advisoryIDs }) }],
});
const platform = (components: readonly number[], pceSvn: number): EvidenceChange => ({
  certificates: { pck: { platform: { components, pceSvn } } },
});
const firstMoved = (by: number) => PLATFORM.components.map((svn, index) => (index === 0 ? svn + by : svn));
const lastMoved = PLATFORM.components.map((svn, index) => (index === 7 ? svn - 1 : svn));
const oldest = PLATFORM.components.map((svn) => Math.min(svn, 1));
const none = PLATFORM.components.map(() => 0);

const SOFTWARE = ['TEST-SA-00001'];
const FIRMWARE = ['TEST-SA-00001', 'TEST-SA-00002'];
const MODULE = ['TEST-SA-00010'];
const QE = ['TEST-SA-00020'];

const matching: readonly VectorCase[] = [
  one('sgx-v3', 'level-better', 'a platform better than every level', platform(firstMoved(1), 20), {
    tcbStatus: 'UpToDate',
  }),
  one(
    'sgx-v3',
    'level-first-component',
    'one security version lower in the first component',
    platform(firstMoved(-1), 13),
    { tcbStatus: 'SWHardeningNeeded', platformTcb: 'SWHardeningNeeded', advisoryIDs: SOFTWARE },
  ),
  one(
    'sgx-v3',
    'level-one-component',
    'one security version lower in the eighth component only',
    platform(lastMoved, 13),
    { tcbStatus: 'OutOfDate', platformTcb: 'OutOfDate', advisoryIDs: FIRMWARE },
  ),
  one('sgx-v3', 'level-pce', 'one security version lower in the PCE only', platform(PLATFORM.components, 12), {
    tcbStatus: 'OutOfDate',
    platformTcb: 'OutOfDate',
    advisoryIDs: FIRMWARE,
  }),
  one(
    'sgx-v3',
    'tcb-revoked-platform',
    'a level that is revoked',
    { ...platform(none, 1), tcbInfo: { levels: LADDER } },
    wrongTcb('tcb-revoked'),
  ),
  one(
    'sgx-v3',
    'no-tcb-level',
    'a platform below every level',
    { ...platform(none, 0), tcbInfo: { levels: LADDER } },
    wrongTcb('no-tcb-level'),
  ),
  one(
    'sgx-v3',
    'tcb-revoked-qe',
    'a quoting enclave whose level is revoked',
    {
      qeIdentity: {
        levels: [
          { isvsvn: 3, status: 'UpToDate' },
          { isvsvn: 1, status: 'Revoked' },
        ],
      },
      quotingEnclave: { securityVersion: 2 },
    },
    wrongTcb('tcb-revoked'),
  ),
  one(
    'tdx-v4',
    'tcb-revoked-module',
    'a TDX module whose level is revoked',
    { td: { teeTcbSvn: svns(2, 1, 6) } },
    wrongTcb('tcb-revoked'),
  ),
  one(
    'tdx-v4',
    'tcb-revoked-td-components',
    'TDX components that only the revoked level reaches',
    { td: { teeTcbSvn: svns(5, 1, 3) }, tcbInfo: { levels: LADDER } },
    wrongTcb('tcb-revoked'),
  ),
  one(
    'tdx-v4',
    'no-tcb-level-td',
    'TDX components below every level',
    { td: { teeTcbSvn: svns(5, 1, 5) }, tcbInfo: ownLevel('UpToDate') },
    wrongTcb('no-tcb-level'),
  ),
];

const alone = (
  ['ConfigurationNeeded', 'ConfigurationAndSWHardeningNeeded', 'OutOfDateConfigurationNeeded'] as const
).map((status) =>
  one(
    'sgx-v3',
    `status-${status}`,
    `a platform with the status ${status}`,
    { tcbInfo: ownLevel(status, SOFTWARE) },
    { tcbStatus: status, platformTcb: status, advisoryIDs: SOFTWARE },
  ),
);

/** What an OutOfDate beside it makes of each status. */
const WITH_OUT_OF_DATE: readonly (readonly [Stated, TcbStatus])[] = [
  ['UpToDate', 'OutOfDate'],
  ['SWHardeningNeeded', 'OutOfDate'],
  ['ConfigurationNeeded', 'OutOfDateConfigurationNeeded'],
  ['ConfigurationAndSWHardeningNeeded', 'OutOfDateConfigurationNeeded'],
  ['OutOfDate', 'OutOfDate'],
  ['OutOfDateConfigurationNeeded', 'OutOfDateConfigurationNeeded'],
];

const converging: readonly VectorCase[] = WITH_OUT_OF_DATE.flatMap(([status, converged]) => [
  one(
    'sgx-v3',
    `qe-outofdate-${status}`,
    `a quoting enclave that is out of date on a platform that is ${status}`,
    { quotingEnclave: { securityVersion: 6 }, tcbInfo: ownLevel(status) },
    { tcbStatus: converged, platformTcb: status, qeTcb: 'OutOfDate', advisoryIDs: QE },
  ),
  one(
    'tdx-v4',
    `module-outofdate-${status}`,
    `a TDX module that is out of date on a platform that is ${status}`,
    { td: { teeTcbSvn: svns(4, 1, 6) }, tcbInfo: ownLevel(status) },
    { tcbStatus: converged, platformTcb: status, tdxModuleTcb: 'OutOfDate', advisoryIDs: MODULE },
  ),
]);

const upToDateTd: Accepted = { tcbStatus: 'UpToDate', tdxModuleTcb: 'UpToDate' };
const moduleWith = (change: Partial<TcbInfoContent['tdxModuleIdentities'][number]>): EvidenceChange => ({
  tcbInfo: {
    tdxModuleIdentities: defaultTcbInfo('tdx', AT).tdxModuleIdentities.map((module) => ({ ...module, ...change })),
  },
});

const others: readonly VectorCase[] = [
  one(
    'tdx-v4',
    'module-and-qe-outofdate',
    'module and quoting enclave are out of date, the platform needs configuration',
    {
      td: { teeTcbSvn: svns(4, 1, 6) },
      quotingEnclave: { securityVersion: 6 },
      tcbInfo: ownLevel('ConfigurationNeeded', SOFTWARE),
    },
    {
      tcbStatus: 'OutOfDateConfigurationNeeded',
      platformTcb: 'ConfigurationNeeded',
      tdxModuleTcb: 'OutOfDate',
      qeTcb: 'OutOfDate',
      advisoryIDs: [...SOFTWARE, ...MODULE, ...QE],
    },
  ),
  one(
    'sgx-v3',
    'qe-swhardening',
    'a status of the quoting enclave that changes nothing',
    { qeIdentity: { levels: [{ isvsvn: 1, status: 'SWHardeningNeeded' }] } },
    { tcbStatus: 'UpToDate', qeTcb: 'SWHardeningNeeded' },
  ),
  one(
    'tdx-v4',
    'module-configuration',
    'a status of the module that changes nothing',
    moduleWith({ levels: [{ isvsvn: 1, status: 'ConfigurationNeeded' }] }),
    { tcbStatus: 'UpToDate', tdxModuleTcb: 'ConfigurationNeeded' },
  ),
];

const ONE = '0100000000000000';
const modules: readonly VectorCase[] = [
  one(
    'tdx-v4',
    'tdx-module-missing',
    'a module version that TCB info does not know',
    { td: { teeTcbSvn: svns(5, 2, 6) } },
    wrongTcb('tdx-module-missing:TDX_02'),
  ),
  one(
    'tdx-v4',
    'tdx-module-mrsigner',
    'a module of another signer',
    { td: { mrSignerSeam: '66'.repeat(48) } },
    wrongTcb('tdx-module-mrsigner'),
  ),
  one(
    'tdx-v4',
    'tdx-module-attributes',
    'a module with an attribute',
    { td: { seamAttributes: ONE } },
    wrongTcb('tdx-module-attributes'),
  ),
  one(
    'tdx-v4',
    'tdx-module-attributes-allowed',
    'an attribute that the identity names too: still none is allowed',
    { ...moduleWith({ attributes: ONE }), td: { seamAttributes: ONE } },
    wrongTcb('tdx-module-attributes'),
  ),
  one(
    'tdx-v4',
    'tdx-module-no-level',
    'a module older than every level',
    { td: { teeTcbSvn: svns(0, 1, 6) } },
    wrongTcb('tdx-module-no-level'),
  ),
  one('tdx-v4', 'tdx-module-lower-case', 'a module identity in lower case', moduleWith({ id: 'tdx_01' }), upToDateTd),
  one(
    'tdx-v4',
    'tdx-module-hexadecimal',
    'module version 26, which is TDX_1A',
    { ...moduleWith({ id: 'TDX_1A' }), td: { teeTcbSvn: svns(5, 26, 6) } },
    upToDateTd,
  ),
  one(
    'tdx-v4',
    'first-module',
    'the first module, which has no version and no levels of its own',
    { td: { teeTcbSvn: svns(5, 0, 6) } },
    upToDateTd,
  ),
  one(
    'tdx15-v5',
    'first-module-old',
    'the first module: its security version is judged with the platform’s',
    { td: { teeTcbSvn: svns(4, 0, 6), td15: { teeTcbSvn2: svns(4, 0, 6) } } },
    { tcbStatus: 'OutOfDate', platformTcb: 'OutOfDate', tdxModuleTcb: 'UpToDate', advisoryIDs: FIRMWARE },
  ),
  one(
    'tdx-v4',
    'first-module-mrsigner',
    'the first module, of another signer',
    { td: { teeTcbSvn: svns(5, 0, 6), mrSignerSeam: '66'.repeat(48) } },
    wrongTcb('tdx-module-mrsigner'),
  ),
  one(
    'tdx-v4',
    'first-module-attributes',
    'the first module, with an attribute',
    { td: { teeTcbSvn: svns(5, 0, 6), seamAttributes: ONE } },
    wrongTcb('tdx-module-attributes'),
  ),
  one(
    'tdx-v4',
    'components-from-two',
    'a module with a version: the first two TDX components of a level are not compared',
    { tcbInfo: { levels: [{ status: 'UpToDate', tdxComponents: svns(9, 9, 6) }] } },
    upToDateTd,
  ),
  one(
    'tdx-v4',
    'components-from-zero',
    'a module without a version: the first two TDX components of a level are compared',
    { td: { teeTcbSvn: svns(5, 0, 6) }, tcbInfo: { levels: [{ status: 'UpToDate', tdxComponents: svns(6, 0, 6) }] } },
    wrongTcb('no-tcb-level'),
  ),
  one(
    'tdx-v4',
    'components-third',
    'the third TDX component is one lower',
    { td: { teeTcbSvn: svns(5, 1, 5) } },
    { tcbStatus: 'OutOfDate', platformTcb: 'OutOfDate', tdxModuleTcb: 'UpToDate', advisoryIDs: FIRMWARE },
  ),
  one(
    'tdx-v4',
    'components-last',
    'the last TDX component is one lower',
    {
      tcbInfo: {
        levels: [
          { status: 'UpToDate', tdxComponents: [...svns(5, 0, 6).slice(0, 15), 1] },
          { status: 'SWHardeningNeeded' },
        ],
      },
    },
    { tcbStatus: 'SWHardeningNeeded', platformTcb: 'SWHardeningNeeded', tdxModuleTcb: 'UpToDate' },
  ),
];

/** A TD that was launched under security version 3 of the module, while another runs by now. */
const relaunch = (
  id: string,
  note: string,
  now: readonly number[],
  change: EvidenceChange,
  expect: VectorCase['expect'],
): VectorCase =>
  one(
    'tdx15-v5',
    `relaunch-${id}`,
    note,
    { td: { teeTcbSvn: svns(3, 1, 6), td15: { teeTcbSvn2: now } }, ...change },
    expect,
  );
const oldModule = (tcbStatus: TcbStatus, platformTcb: Stated = 'UpToDate', more: Partial<Accepted> = {}): Accepted => ({
  tcbStatus,
  platformTcb,
  tdxModuleTcb: 'OutOfDate',
  advisoryIDs: MODULE,
  ...more,
});
const configured = { tcbInfo: ownLevel('ConfigurationNeeded') };
const newerModule = {
  tcbInfo: {
    tdxModuleIdentities: [
      ...defaultTcbInfo('tdx', AT).tdxModuleIdentities,
      ...defaultTcbInfo('tdx', AT).tdxModuleIdentities.map((module) => ({
        ...module,
        id: 'TDX_03',
        levels: [{ isvsvn: 2, status: 'UpToDate' as const }],
      })),
    ],
  },
};

const relaunches: readonly VectorCase[] = [
  relaunch('advised', 'the newest module of its version runs', svns(5, 1, 6), {}, oldModule('TDRelaunchAdvised')),
  relaunch(
    'advised-first-module',
    'the newest of modules without a version runs',
    svns(5, 0, 6),
    {},
    oldModule('TDRelaunchAdvised'),
  ),
  relaunch(
    'advised-newer-module',
    'the newest module of another version runs',
    svns(2, 3, 6),
    newerModule,
    oldModule('TDRelaunchAdvised'),
  ),
  relaunch(
    'advised-configuration',
    'the newest module runs, and the platform needs configuration',
    svns(5, 1, 6),
    configured,
    oldModule('TDRelaunchAdvisedConfigurationNeeded', 'ConfigurationNeeded'),
  ),
  relaunch(
    'advised-configuration-first-module',
    'the newest of modules without a version runs, and the platform needs configuration',
    svns(5, 0, 6),
    configured,
    oldModule('TDRelaunchAdvisedConfigurationNeeded', 'ConfigurationNeeded'),
  ),
  relaunch(
    'advised-configuration-sgx',
    'only the SGX level, whose TDX components are not reached, needs configuration',
    svns(5, 1, 7),
    { tcbInfo: { levels: [{ status: 'ConfigurationNeeded', tdxComponents: svns(5, 0, 7) }, { status: 'UpToDate' }] } },
    oldModule('TDRelaunchAdvisedConfigurationNeeded'),
  ),
  relaunch(
    'advised-swhardening',
    'the platform needs software hardening, which is no obstacle',
    svns(5, 1, 6),
    platform(firstMoved(-1), 13),
    oldModule('TDRelaunchAdvised', 'SWHardeningNeeded', { advisoryIDs: [...SOFTWARE, ...MODULE] }),
  ),
  relaunch(
    'advised-qe-status',
    'the quoting enclave has a status that changes nothing',
    svns(5, 1, 6),
    { qeIdentity: { levels: [{ isvsvn: 1, status: 'SWHardeningNeeded' }] } },
    oldModule('TDRelaunchAdvised', 'UpToDate', { qeTcb: 'SWHardeningNeeded' }),
  ),
  relaunch('not-same-module', 'the module of then still runs', svns(3, 1, 6), {}, oldModule('OutOfDate')),
  relaunch('not-newest', 'a newer module runs, not the newest', svns(4, 1, 6), {}, oldModule('OutOfDate')),
  relaunch('not-newest-firmware', 'the newest module runs on old firmware', svns(5, 1, 5), {}, oldModule('OutOfDate')),
  relaunch('not-newest-first-module', 'without a version: not the newest', svns(4, 0, 6), {}, oldModule('OutOfDate')),
  relaunch(
    'not-newest-first-module-firmware',
    'without a version: old firmware',
    svns(5, 0, 5),
    {},
    oldModule('OutOfDate'),
  ),
  relaunch(
    'not-newest-newer-module',
    'another version of the module, not its newest',
    svns(1, 3, 6),
    newerModule,
    oldModule('OutOfDate'),
  ),
  relaunch(
    'not-configuration',
    'not the newest, and the platform needs configuration',
    svns(4, 1, 6),
    configured,
    oldModule('OutOfDateConfigurationNeeded', 'ConfigurationNeeded'),
  ),
  relaunch(
    'not-qe-outofdate',
    'the quoting enclave is out of date: launching again would not mend that',
    svns(5, 1, 6),
    { quotingEnclave: { securityVersion: 6 } },
    oldModule('OutOfDate', 'UpToDate', { qeTcb: 'OutOfDate', advisoryIDs: [...MODULE, ...QE] }),
  ),
  relaunch(
    'not-platform-outofdate',
    'the platform below is out of date: launching again would not mend that',
    svns(5, 1, 6),
    platform(oldest, 5),
    oldModule('OutOfDate', 'OutOfDate', { advisoryIDs: [...FIRMWARE, ...MODULE] }),
  ),
  relaunch(
    'not-module-uptodate',
    'the module was up to date at launch, its firmware was not',
    svns(5, 1, 6),
    { td: { teeTcbSvn: svns(5, 1, 4), td15: { teeTcbSvn2: svns(5, 1, 6) } } },
    { tcbStatus: 'OutOfDate', platformTcb: 'OutOfDate', tdxModuleTcb: 'UpToDate', advisoryIDs: FIRMWARE },
  ),
  relaunch(
    'module-unknown',
    'a module runs whose version TCB info does not know',
    svns(5, 2, 6),
    {},
    wrongTcb('tdx-module2-missing'),
  ),
  relaunch(
    'module-unknown-but-uptodate',
    'the same, where nothing is out of date: nobody asks',
    svns(5, 2, 6),
    { td: { teeTcbSvn: svns(5, 1, 6), td15: { teeTcbSvn2: svns(5, 2, 6) } } },
    upToDateTd,
  ),
  one(
    'tdx10-v5',
    'relaunch-not-tdx10',
    'a report of TDX 1.0 does not say what runs now',
    { td: { teeTcbSvn: svns(3, 1, 6) } },
    oldModule('OutOfDate'),
  ),
];

export const statusCases: readonly VectorCase[] = [
  ...matching,
  ...alone,
  ...converging,
  ...others,
  ...modules,
  ...relaunches,
];
