import { readFileSync, statSync } from 'node:fs';
import { Refusal } from '../../../enclave/refusals.js';
import type { Collateral } from '../../../enclave/verification/dcap/collateral.js';
import { readCollateral } from '../../../enclave/verification/dcap/collateral.js';
import { readEndorsements } from '../../../enclave/verification/dcap/endorsements.js';

/**
 * Collateral from a file that somebody else renews: read again whenever the file has changed, so that a service that
 * runs for months does not grow stale.
 *
 * @returns a function that throws COLLATERAL_UNAVAILABLE where there is no file, COLLATERAL_INVALID where it is not collateral.
 */
export function collateralFile(path: string): () => Collateral {
  let known: { version: string; collateral: Collateral } | undefined;
  return () => {
    const version = versionOf(path);
    if (known?.version !== version) known = { version, collateral: readCollateral(readFileSync(path, 'utf8')) };
    return known.collateral;
  };
}

/** Why evidence cannot be verified with this collateral at this time; empty where it can. */
export function collateralProblems(collateral: () => Collateral, now: number): string[] {
  try {
    const { tcbInfo, qeIdentity, failures } = readEndorsements(collateral());
    const expired = [tcbInfo, qeIdentity].some(({ content }) => now > content.nextUpdate);
    return [...failures, ...(expired ? ['the collateral has expired'] : [])];
  } catch (thrown) {
    return [thrown instanceof Refusal ? thrown.message : 'the collateral cannot be read'];
  }
}

function versionOf(path: string): string {
  try {
    const { mtimeMs, size } = statSync(path);
    return `${mtimeMs} ${size}`;
  } catch (cause) {
    throw new Refusal('COLLATERAL_UNAVAILABLE', 'There is no collateral file.', { cause });
  }
}
