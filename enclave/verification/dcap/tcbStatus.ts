/** TCB statuses of Intel's TCB info and QE identity. */
export const TCB_STATUSES = [
  'UpToDate',
  'SWHardeningNeeded',
  'ConfigurationNeeded',
  'ConfigurationAndSWHardeningNeeded',
  'OutOfDate',
  'OutOfDateConfigurationNeeded',
  'Revoked',
] as const;

export type StatedTcbStatus = (typeof TCB_STATUSES)[number];

/** With the two that no document states: they follow from comparing how a TD was launched with what runs now. */
export type TcbStatus = StatedTcbStatus | 'TDRelaunchAdvised' | 'TDRelaunchAdvisedConfigurationNeeded';

/** @throws RangeError where the status is none that we know: it may mean anything. */
export function asTcbStatus(text: string): StatedTcbStatus {
  const status = TCB_STATUSES.find((known) => known === text);
  if (!status) throw new RangeError(`TCB status ${text.slice(0, 64)} is unknown`);
  return status;
}

/**
 * The status of a platform whose other part (quoting enclave or TDX module) has a status of its own: what is out of date
 * or revoked there is so here too (Intel, TcbLevelCheck.cpp and TdxModuleCheck.cpp, convergence of TCB statuses).
 */
export function convergeTcbStatus<Status extends TcbStatus>(platform: Status, other: StatedTcbStatus) {
  if (other === 'Revoked') return other;
  if (other !== 'OutOfDate') return platform;
  if (platform === 'UpToDate' || platform === 'SWHardeningNeeded') return 'OutOfDate';
  if (platform === 'ConfigurationNeeded' || platform === 'ConfigurationAndSWHardeningNeeded')
    return 'OutOfDateConfigurationNeeded';
  return platform;
}
