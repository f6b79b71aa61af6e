import type { TcbLevelBySvn } from './isvSvnLevels.js';
import { matchSvnLevel } from './isvSvnLevels.js';
import type { DcapReason } from './reasons.js';
import type { TcbInfo, TdxModule } from './tcbInfo.js';
import type { TdReport } from './tdReport.js';
import type { StatedTcbStatus } from './tcbStatus.js';

/** What TCB info says of the TDX module that a report names. */
export interface ModuleVerdict {
  readonly failures: readonly DcapReason[];
  /** Undefined only together with a failure. */
  readonly status: StatedTcbStatus | undefined;
  readonly advisoryIds: readonly string[];
}

/**
 * Is it a module of the vendor's, and how good is its version? (Intel, QuoteVerifier.cpp and TdxModuleCheck.cpp.)
 * Version 0, the first module, has no levels of its own: those of the platform cover it.
 */
export function judgeTdxModule(report: TdReport, info: TcbInfo): ModuleVerdict {
  const [isvSvn = 0, version = 0] = report.teeTcbSvn;
  const module = version === 0 ? info.tdxModule : findModule(info, version);
  if (module === undefined)
    return { failures: [`tdx-module-missing:${moduleId(version)}`], status: undefined, advisoryIds: [] };
  const failures: DcapReason[] = [];
  if (report.mrSignerSeam !== module.mrSigner) failures.push('tdx-module-mrsigner');
  // Intel demands zeros on both sides, and so ignores the mask.
  if (report.seamAttributes !== module.attributes || /[^0]/.test(report.seamAttributes))
    failures.push('tdx-module-attributes');
  if (version === 0) return { failures, status: 'UpToDate', advisoryIds: [] };
  const level = matchSvnLevel(module.levels, isvSvn);
  if (level === undefined) failures.push('tdx-module-no-level');
  return { failures, status: level?.status, advisoryIds: level?.advisoryIds ?? [] };
}

/** The newest level of the module with this version; undefined where the vendor knows no such module. */
export function newestModuleLevel(info: TcbInfo, version: number): TcbLevelBySvn | undefined {
  return findModule(info, version)?.levels[0];
}

function findModule(info: TcbInfo, version: number): TdxModule | undefined {
  return info.tdxModuleIdentities.find(({ id }) => id.toUpperCase() === moduleId(version));
}

function moduleId(version: number): string {
  return `TDX_${version.toString(16).toUpperCase().padStart(2, '0')}`;
}
