import { Refusal } from '../../enclave/refusals.js';
import { readCollateral } from '../../enclave/verification/dcap/collateral.js';
import { dcapRequestOf } from './examine.js';
import type { AnyCollateral, CollateralRequest, DcapCollateral } from './request.js';
import { normalizeRequest } from './request.js';

/** One answer, with its question. */
export interface BundleEntry {
  readonly request: CollateralRequest;
  readonly collateral: AnyCollateral;
  /** When it was fetched, milliseconds since 1970; absent where nobody noted it. */
  readonly fetchedAt?: number;
}

const FORMAT = 'cloister-collateral-bundle';
const VERSION = 1;
const MAXIMUM_ENTRIES = 4096;

/** The fields of each kind of collateral that is not Intel's, all of them texts. */
const FIELDS = { 'sev-snp': ['chain', 'crl'], vcek: ['certificate'] } as const;

/**
 * Reads a bundle of collateral: the format of the README beside this file. A file that holds one set of Intel's
 * collateral and nothing else, as the insecure platform writes it, is a bundle of one.
 *
 * @throws Refusal COLLATERAL_INVALID. Whether an entry fits its request is for examineCollateral.
 */
export function readBundle(text: string): BundleEntry[] {
  const bundle = object(parse(text), 'The bundle');
  if ('tcb_info' in bundle) {
    const collateral = readDcap(text);
    return [{ request: dcapRequestOf(collateral), collateral }];
  }
  if (bundle.format !== FORMAT || bundle.version !== VERSION || !Array.isArray(bundle.entries)) {
    throw invalid(`The file is no collateral, and no ${FORMAT} of version ${VERSION} with entries.`);
  }
  if (bundle.entries.length > MAXIMUM_ENTRIES) {
    throw invalid(`The bundle has ${bundle.entries.length} entries, more than ${MAXIMUM_ENTRIES}.`);
  }
  return bundle.entries.map((entry, index) => readEntry(entry, `Entry ${index + 1} of the bundle`));
}

/** The text that {@link readBundle} reads. */
export function writeBundle(entries: readonly BundleEntry[]): string {
  const written = entries.map(({ request, collateral, fetchedAt }) => ({
    request,
    ...(fetchedAt === undefined ? {} : { fetchedAt: new Date(fetchedAt).toISOString() }),
    collateral,
  }));
  return `${JSON.stringify({ format: FORMAT, version: VERSION, entries: written }, undefined, 1)}\n`;
}

function readEntry(value: unknown, where: string): BundleEntry {
  const entry = object(value, where);
  const request = readRequest(object(entry.request, `The request of ${where}`), where);
  const collateral = object(entry.collateral, `The collateral of ${where}`);
  const fetchedAt = typeof entry.fetchedAt === 'string' ? Date.parse(entry.fetchedAt) : NaN;
  return {
    request,
    collateral: request.kind === 'dcap' ? readDcap(JSON.stringify(collateral)) : texts(request, collateral, where),
    ...(Number.isNaN(fetchedAt) ? {} : { fetchedAt }),
  };
}

function readRequest(request: Record<string, unknown>, where: string): CollateralRequest {
  const { kind, fmspc, chipId, tcb } = request;
  const isForm =
    (kind === 'dcap' && typeof fmspc === 'string') ||
    kind === 'sev-snp' ||
    (kind === 'vcek' && typeof chipId === 'string' && typeof tcb === 'object' && tcb !== null);
  if (!isForm) throw invalid(`${where} has no request of a known kind.`);
  try {
    return normalizeRequest(request as unknown as CollateralRequest);
  } catch (cause) {
    throw invalid(`${where}: ${cause instanceof Error ? cause.message : 'unreadable'}`, cause);
  }
}

function readDcap(text: string): DcapCollateral {
  const { pck_crl_issuer_chain: chain } = JSON.parse(text) as Record<string, unknown>;
  return { ...readCollateral(text), ...(typeof chain === 'string' ? { pck_crl_issuer_chain: chain } : {}) };
}

function texts(
  { kind }: CollateralRequest & { kind: keyof typeof FIELDS },
  value: Record<string, unknown>,
  where: string,
): AnyCollateral {
  const fields: Record<string, string> = {};
  for (const field of FIELDS[kind]) {
    const text = value[field];
    if (typeof text !== 'string') throw invalid(`${where} lacks ${field}.`);
    fields[field] = text;
  }
  return fields as unknown as AnyCollateral;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw invalid('The bundle is not JSON.', cause);
  }
}

function object(value: unknown, what: string): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw invalid(`${what} is not a JSON object.`);
}

function invalid(message: string, cause?: unknown): Refusal {
  return new Refusal('COLLATERAL_INVALID', message, { cause });
}
