import type { DcapReason } from './reasons.js';
import type { TcbInfo } from './tcbInfo.js';
import { newestModuleLevel } from './tdxModule.js';
import type { StatedTcbStatus, TcbStatus } from './tcbStatus.js';

export interface RelaunchQuestion {
  /** Of the module that runs now. */
  readonly teeTcbSvn2: readonly number[];
  readonly info: TcbInfo;
  /** Of the first level whose SGX part matches, whatever its TDX part. */
  readonly sgxStatus: StatedTcbStatus;
  /** Of level and module together. */
  readonly tdxStatus: StatedTcbStatus;
  readonly moduleStatus: StatedTcbStatus;
  readonly qeStatus: StatedTcbStatus;
}

const SOUND: readonly StatedTcbStatus[] = [
  'UpToDate',
  'SWHardeningNeeded',
  'ConfigurationNeeded',
  'ConfigurationAndSWHardeningNeeded',
];

/**
 * A TD that was launched under an old module, which has been updated beneath it (TD-preserving update): not the platform
 * is out of date but the launch, and launching again mends it (Intel, TDRelaunchCheck.cpp).
 *
 * @returns the status, advised or as it was; a failure where the module that runs now is not one of the vendor's.
 */
export function adviseRelaunch(question: RelaunchQuestion): { status: TcbStatus; failures: readonly DcapReason[] } {
  const { teeTcbSvn2, info, sgxStatus, tdxStatus, moduleStatus, qeStatus } = question;
  const asItWas = { status: tdxStatus, failures: [] };
  const isOldLaunch = tdxStatus === 'OutOfDate' || tdxStatus === 'OutOfDateConfigurationNeeded';
  const mayAdvise = qeStatus !== 'OutOfDate' && qeStatus !== 'Revoked' && SOUND.includes(sgxStatus);
  if (!mayAdvise || !isOldLaunch || moduleStatus !== 'OutOfDate') return asItWas;

  const [svn = 0, version = 0, firmwareSvn = 0] = teeTcbSvn2;
  const newest = info.levels[0]?.tdxComponents;
  const needed = version === 0 ? newest?.[0] : newestModuleLevel(info, version)?.isvSvn;
  if (version !== 0 && needed === undefined) return { status: tdxStatus, failures: ['tdx-module2-missing'] };
  const isNewest = needed !== undefined && svn >= needed && firmwareSvn >= (newest?.[2] ?? Infinity);
  if (!isNewest) return asItWas;
  const needsConfiguration = [sgxStatus, tdxStatus].some((status) => status.includes('Configuration'));
  return { status: needsConfiguration ? 'TDRelaunchAdvisedConfigurationNeeded' : 'TDRelaunchAdvised', failures: [] };
}
