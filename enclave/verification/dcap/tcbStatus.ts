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

export type TcbStatus = (typeof TCB_STATUSES)[number];

/** @throws RangeError where the status is none that we know: it may mean anything. */
export function asTcbStatus(text: string): TcbStatus {
  const status = TCB_STATUSES.find((known) => known === text);
  if (!status) throw new RangeError(`TCB status ${text} is unknown`);
  return status;
}

/**
 * The status of a platform whose other part (quoting enclave or TDX module) has a status of its own: what is out of date
 * or revoked there is so here too (Intel, QuoteVerifier.cpp, convergence of TCB statuses).
 */
export function convergeTcbStatus(platform: TcbStatus, other: TcbStatus): TcbStatus {
  if (other === 'Revoked') return 'Revoked';
  if (other !== 'OutOfDate') return platform;
  if (platform === 'UpToDate' || platform === 'SWHardeningNeeded') return 'OutOfDate';
  if (platform === 'ConfigurationNeeded' || platform === 'ConfigurationAndSWHardeningNeeded')
    return 'OutOfDateConfigurationNeeded';
  return platform;
}
