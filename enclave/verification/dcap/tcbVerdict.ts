import type { PckPlatform } from './pckExtension.js';
import type { QeIdentity } from './qeIdentity.js';
import { matchQeLevel } from './qeIdentity.js';
import type { Quote } from './quote.js';
import type { DcapReason } from './reasons.js';
import type { TcbInfo } from './tcbInfo.js';
import { matchTcbLevels } from './tcbInfo.js';
import type { StatedTcbStatus, TcbStatus } from './tcbStatus.js';
import { convergeTcbStatus } from './tcbStatus.js';
import type { TdReport } from './tdReport.js';
import { adviseRelaunch } from './tdRelaunch.js';
import { judgeTdxModule } from './tdxModule.js';

/** How good the firmware of a platform is, by the vendor's own tables. */
export interface TcbVerdict {
  /** Of platform, TDX module and quoting enclave together. */
  readonly tcbStatus: TcbStatus;
  readonly platformTcbStatus: StatedTcbStatus;
  readonly qeTcbStatus: StatedTcbStatus;
  /** TDX only. */
  readonly tdxModuleTcbStatus: StatedTcbStatus | undefined;
  /** Of all matched levels, without repetition. */
  readonly advisoryIds: readonly string[];
  /** Date of the platform's level, milliseconds since 1970. */
  readonly tcbDate: number;
}

export interface TcbQuestion {
  readonly quote: Quote;
  readonly platform: PckPlatform;
  readonly tcbInfo: TcbInfo;
  readonly qeIdentity: QeIdentity;
}

/**
 * Matches the platform with the vendor's tables and combines what they say (Intel, TcbLevelCheck.cpp).
 *
 * @returns every failure; the verdict is undefined only together with one. A status of Revoked is a failure.
 */
export function judgeTcb({ quote, platform, tcbInfo, qeIdentity }: TcbQuestion): {
  verdict: TcbVerdict | undefined;
  failures: readonly DcapReason[];
} {
  const { report } = quote;
  const td = report.tee === 'tdx' ? report : undefined;
  const qeLevel = matchQeLevel(qeIdentity, quote.quotingEnclave.report);
  const { sgx, whole } = matchTcbLevels(tcbInfo, platform, td?.teeTcbSvn);
  const module = td && judgeTdxModule(td, tcbInfo);
  const failures: DcapReason[] = [
    ...(qeLevel ? [] : ['qe-no-tcb-level' as const]),
    ...(whole ? [] : ['no-tcb-level' as const]),
    ...(module?.failures ?? []),
  ];
  if (!qeLevel || !sgx || !whole || (module && !module.status)) return { verdict: undefined, failures };

  const launched = module?.status ? convergeTcbStatus(whole.status, module.status) : whole.status;
  const relaunch = adviceOn(td, {
    info: tcbInfo,
    sgxStatus: sgx.status,
    tdxStatus: launched,
    module,
    qeStatus: qeLevel.status,
  });
  const tcbStatus = convergeTcbStatus(relaunch.status, qeLevel.status);
  failures.push(...relaunch.failures, ...(tcbStatus === 'Revoked' ? ['tcb-revoked' as const] : []));
  const verdict: TcbVerdict = {
    tcbStatus,
    platformTcbStatus: whole.status,
    qeTcbStatus: qeLevel.status,
    tdxModuleTcbStatus: module?.status,
    advisoryIds: [...new Set([...whole.advisoryIds, ...(module?.advisoryIds ?? []), ...qeLevel.advisoryIds])],
    tcbDate: whole.date,
  };
  return { verdict, failures };
}

interface Launch {
  readonly info: TcbInfo;
  readonly sgxStatus: StatedTcbStatus;
  readonly tdxStatus: StatedTcbStatus;
  readonly module: { readonly status: StatedTcbStatus | undefined } | undefined;
  readonly qeStatus: StatedTcbStatus;
}

/** Only TDX 1.5 says what runs now beside what was launched. */
function adviceOn(td: TdReport | undefined, { module, ...launch }: Launch): ReturnType<typeof adviseRelaunch> {
  if (!td?.td15 || !module?.status) return { status: launch.tdxStatus, failures: [] };
  return adviseRelaunch({ ...launch, moduleStatus: module.status, teeTcbSvn2: td.td15.teeTcbSvn2 });
}
