import { afterEach } from '@jest/globals';
import { createInsecurePlatform, refreshCollateral } from '../../../enclave/platforms/insecure/createPlatform.js';
import { readCollateral } from '../../../enclave/verification/dcap/collateral.js';
import type { CollateralCacheOptions, CollateralLimits } from '../../../runtime/collateral/cache.js';
import { createCollateralCache } from '../../../runtime/collateral/cache.js';
import { dcapRequestOf } from '../../../runtime/collateral/examine.js';
import { provisioningService } from '../../../runtime/collateral/provisioningService.js';
import type { DcapCollateral } from '../../../runtime/collateral/request.js';
import { createSourceClient } from '../../../runtime/collateral/sourceClient.js';
import { manualTime } from '../../support/manualSchedule.js';
import { startProvisioningService } from '../../support/provisioningService.js';

export const START = Date.UTC(2026, 10, 2, 12);
export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;
export const platform = createInsecurePlatform({ now: START });
export const collateralAt = (now: number) => readCollateral(refreshCollateral(platform, now)['collateral.json']);
export const first = collateralAt(START);
export const request = dcapRequestOf(first);
/** As the insecure platform makes it. */
export const LIFE = 30 * DAY;

export const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  // What was opened last goes first: a cache may still save to a folder.
  for (const close of closing.splice(0).reverse()) await close();
});

/** A cache over a provisioning service whose content and clock a test controls. */
export async function trial(limits: Partial<CollateralLimits> = {}, more: Partial<CollateralCacheOptions> = {}) {
  const time = manualTime(START);
  const state: { collateral: DcapCollateral } = { collateral: first };
  const service = await startProvisioningService({ flavour: 'pcs', collateral: () => [state.collateral] });
  const client = createSourceClient({ name: 'pcs', now: time.now, timeoutMs: 10_000 });
  const source = provisioningService({ name: 'pcs', client, url: service.url });
  /** A line for each attempt that has come to its end. */
  const outcomes: string[] = [];
  const note = (_fields: unknown, message: string) => void outcomes.push(message);
  const log = { info: note, warn: note };
  const cache = createCollateralCache({ source, ...time, random: () => 0, log, limits, ...more });
  closing.push(
    () => service.close(),
    () => cache.close(),
  );
  return { time, state, service, cache, outcomes };
}

/** What happens behind the answers happens on real sockets: waits until it has. */
export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 5));
}

/** Questions to the service for one piece of collateral. */
export const QUESTIONS = 4;
