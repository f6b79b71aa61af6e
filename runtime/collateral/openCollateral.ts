import { readFileSync } from 'node:fs';
import { Refusal } from '../../enclave/refusals.js';
import type { Log } from '../log.js';
import { bundleFile } from './bundleFile.js';
import type { CollateralCache, CollateralCacheOptions } from './cache.js';
import { createCollateralCache } from './cache.js';
import { cacheFile } from './cacheFile.js';
import { keyDistributionService } from './keyDistributionService.js';
import { provisioningService } from './provisioningService.js';
import type { CollateralConfig, SourceSetting } from './settings.js';
import { unsafeSources } from './settings.js';
import type { CollateralSource } from './source.js';
import { noCollateral } from './source.js';
import { createSourceClient } from './sourceClient.js';
import { stackSources } from './stack.js';

export interface OpenCollateralOptions {
  readonly config: CollateralConfig;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** From 0 up to 1. */
  readonly random: () => number;
  readonly log: Log;
  readonly validate?: CollateralCacheOptions['validate'];
}

/**
 * The collateral of a process, as configured: the one function that a composition root calls. Sources that list what they
 * have are read before it answers; that there is nothing to be had is told by `notReady`, and does not keep a process
 * from starting.
 *
 * @throws Refusal CONFIGURATION_INVALID
 */
export async function openCollateral(options: OpenCollateralOptions): Promise<CollateralCache> {
  const { config, now, random, log, validate } = options;
  const unsafe = unsafeSources(config);
  if (unsafe.length > 0) {
    throw new Refusal(
      'CONFIGURATION_INVALID',
      `CLOISTER_COLLATERAL_SOURCES names ${unsafe.join(', ')}; http needs CLOISTER_COLLATERAL_ALLOW_HTTP=yes.`,
    );
  }
  const cache = createCollateralCache({
    source: stackSources(config.collateralSources.map((setting) => openSource(setting, options))),
    now,
    random,
    log,
    ...(validate && { validate }),
    ...(config.collateralCache === '' ? {} : { file: cacheFile(config.collateralCache, log) }),
    limits: {
      maximumAgeMs: config.collateralMaximumAgeS * 1_000,
      refreshShare: config.collateralRefreshPercent / 100,
      warnMs: config.collateralWarnHours * 3_600_000,
    },
  });
  await cache.warm();
  return cache;
}

function openSource(setting: SourceSetting, { config, now }: OpenCollateralOptions): CollateralSource {
  if (setting.kind === 'none') return noCollateral();
  if (setting.kind === 'file') return bundleFile(setting.path);
  const { kind, url } = setting;
  const name = `${kind} ${new URL(url).host}`;
  const shared = { name, now, timeoutMs: config.collateralTimeoutMs, allowHttp: config.collateralAllowHttp === 'yes' };
  switch (kind) {
    case 'pcs': {
      const key = config.pcsSubscriptionKey === '' ? undefined : readText(config.pcsSubscriptionKey).trim();
      const headers = key === undefined ? {} : { 'ocp-apim-subscription-key': key };
      return provisioningService({
        name,
        url,
        client: createSourceClient({ ...shared, headers }),
        // Another host, which the subscription key does not concern.
        rootCrl: { url: config.pcsRootCrlUrl, client: createSourceClient(shared) },
      });
    }
    case 'pccs': {
      const ca = config.collateralCa === '' ? {} : { ca: readText(config.collateralCa) };
      return provisioningService({ name, url, client: createSourceClient({ ...shared, ...ca }) });
    }
    case 'kds':
      return keyDistributionService({ name, url, client: createSourceClient(shared) });
  }
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new Refusal('CONFIGURATION_INVALID', `${file} cannot be read.`, { cause });
  }
}
