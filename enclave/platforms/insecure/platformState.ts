import type { StatedTcbStatus } from '../../verification/dcap/tcbStatus.js';
import { asTcbStatus } from '../../verification/dcap/tcbStatus.js';

/** What the vendor of the simulated machine says about it. */
export interface PlatformState {
  /** Of the machine's own TCB level. */
  readonly status: StatedTcbStatus;
  readonly advisoryIds: readonly string[];
  /** The machine’s PCK certificate is on its CA’s revocation list. */
  readonly pckRevoked: boolean;
  /** The CA that issued it is on the root’s. */
  readonly pckAuthorityRevoked: boolean;
  /** The collateral’s time is over, as where its source has been down for a month. */
  readonly collateralExpired: boolean;
}

export const SOUND: PlatformState = {
  status: 'UpToDate',
  advisoryIds: [],
  pckRevoked: false,
  pckAuthorityRevoked: false,
  collateralExpired: false,
};

export function writePlatformState(state: PlatformState): string {
  return `${JSON.stringify(state, undefined, 2)}\n`;
}

/** @throws RangeError or SyntaxError where the text is none. */
export function readPlatformState(json: string): PlatformState {
  const value = { ...(JSON.parse(json) as Partial<Record<keyof PlatformState, unknown>> | null) };
  const flag = (name: 'pckRevoked' | 'pckAuthorityRevoked' | 'collateralExpired'): boolean => {
    const set = value[name];
    if (typeof set !== 'boolean') throw new RangeError(`${name} is neither true nor false`);
    return set;
  };
  const { status, advisoryIds } = value;
  if (typeof status !== 'string') throw new RangeError('status is not a text');
  if (!Array.isArray(advisoryIds) || !advisoryIds.every((id) => typeof id === 'string'))
    throw new RangeError('advisoryIds is not a list of texts');
  return {
    status: asTcbStatus(status),
    advisoryIds,
    pckRevoked: flag('pckRevoked'),
    pckAuthorityRevoked: flag('pckAuthorityRevoked'),
    collateralExpired: flag('collateralExpired'),
  };
}
