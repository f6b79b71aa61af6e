import type { ConfigOf, Setting } from '../config.js';
import { choice, defineConfig, number, path, url } from '../config.js';
import { isSafeUrl } from './sourceClient.js';

/** One source as it is configured. Order matters: the first that has an answer gives it. */
export type SourceSetting =
  | { readonly kind: 'pcs' | 'pccs' | 'kds'; readonly url: string }
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'none' };

/** Where the vendors' own services are. */
const VENDOR_URLS = { pcs: 'https://api.trustedservices.intel.com', kds: 'https://kdsintf.amd.com' } as const;
/** The CRL distribution point of "Intel SGX Root CA". */
const INTEL_ROOT_CRL_URL = 'https://certificates.trustedservices.intel.com/IntelSGXRootCA.der';
const MAXIMUM_SOURCES = 8;

/**
 * Parses for instance `file=collateral.json,pccs=https://pccs.example.org,kds`.
 *
 * @throws Error whose message ends the sentence "CLOISTER_COLLATERAL_SOURCES …".
 */
export function parseCollateralSources(text: string): readonly SourceSetting[] {
  const parts = text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
  if (parts.length === 0 || parts.length > MAXIMUM_SOURCES) {
    throw new Error(`must name 1 to ${MAXIMUM_SOURCES} sources, not ${parts.length}`);
  }
  if (parts.length > 1 && parts.includes('none')) throw new Error('must not name none beside other sources');
  return Object.freeze(parts.map(parseSource));
}

function parseSource(part: string): SourceSetting {
  const [kind = '', ...rest] = part.split('=');
  const where = rest.join('=');
  switch (kind) {
    case 'none':
      if (where === '') return { kind };
      break;
    case 'file':
      if (where !== '' && !where.includes('\0')) return { kind, path: where };
      break;
    case 'pcs':
    case 'kds':
      return { kind, url: parseUrl(where === '' ? VENDOR_URLS[kind] : where) };
    case 'pccs':
      return { kind, url: parseUrl(where) };
  }
  throw new Error('must be made of pcs, pcs=URL, pccs=URL, kds, kds=URL, file=PATH, or be none');
}

function parseUrl(value: string): string {
  try {
    return url({ env: '', help: '' }).parse(value);
  } catch (cause) {
    throw new Error('must name services by URL, http or https, without credentials, query and fragment', { cause });
  }
}

function collateralSources(declaration: {
  env: string;
  default: string;
  help: string;
}): Setting<readonly SourceSetting[]> {
  return {
    ...declaration,
    form: 'pcs, pccs=URL, kds, file=PATH or none, separated by commas',
    parse: parseCollateralSources,
  };
}

/** What an operator may set; the README beside this file says more. */
export const collateralSettings = defineConfig({
  collateralSources: collateralSources({
    env: 'CLOISTER_COLLATERAL_SOURCES',
    default: 'file=.cloister/insecure-platform/collateral.json',
    help: 'Where CRLs, TCB info and vendor certificates come from; the first that has an answer gives it.',
  }),
  collateralCache: path({
    env: 'CLOISTER_COLLATERAL_CACHE',
    default: '',
    help: 'File in which the cache survives a restart; empty: it does not.',
  }),
  collateralMaximumAgeS: number({
    env: 'CLOISTER_COLLATERAL_MAXIMUM_AGE_S',
    default: 86_400,
    min: 60,
    max: 2_592_000,
    unit: 's',
    help: 'Collateral older than this is renewed, also where it is good for longer.',
  }),
  collateralRefreshPercent: number({
    env: 'CLOISTER_COLLATERAL_REFRESH_PERCENT',
    default: 50,
    min: 5,
    max: 95,
    unit: '%',
    help: 'Renewal begins when this share of the life of collateral is over.',
  }),
  collateralWarnHours: number({
    env: 'CLOISTER_COLLATERAL_WARN_HOURS',
    default: 72,
    min: 1,
    max: 720,
    unit: 'h',
    help: '/readyz warns so long before collateral expires that nothing newer has come for.',
  }),
  collateralTimeoutMs: number({
    env: 'CLOISTER_COLLATERAL_TIMEOUT_MS',
    default: 10_000,
    min: 100,
    max: 60_000,
    unit: 'ms',
    help: 'How long one request to a source may take.',
  }),
  collateralAllowHttp: choice({
    env: 'CLOISTER_COLLATERAL_ALLOW_HTTP',
    default: 'no',
    of: ['no', 'yes'],
    help: 'yes allows http to other hosts than this one: whoever listens learns which platforms are verified.',
  }),
  collateralCa: path({
    env: 'CLOISTER_COLLATERAL_CA',
    default: '',
    help: 'PEM file of the authorities to believe for TLS to a pccs; empty: the usual ones.',
  }),
  pcsRootCrlUrl: url({
    env: 'CLOISTER_PCS_ROOT_CRL_URL',
    default: INTEL_ROOT_CRL_URL,
    help: 'Where a pcs has the CRL of its root; a pccs has it itself.',
  }),
  pcsSubscriptionKey: path({
    env: 'CLOISTER_PCS_SUBSCRIPTION_KEY',
    default: '',
    help: 'File with the subscription key for a pcs, where it wants one; empty: none.',
  }),
});

export type CollateralConfig = ConfigOf<typeof collateralSettings>;

/** Sources that would be asked over http though that is not allowed. */
export function unsafeSources(config: CollateralConfig): readonly string[] {
  if (config.collateralAllowHttp === 'yes') return [];
  const urls = config.collateralSources.flatMap((source) => ('url' in source ? [source.url] : []));
  const usesPcs = config.collateralSources.some(({ kind }) => kind === 'pcs');
  return [...urls, ...(usesPcs ? [config.pcsRootCrlUrl] : [])].filter((address) => !isSafeUrl(new URL(address)));
}
