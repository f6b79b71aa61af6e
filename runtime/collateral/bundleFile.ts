import { readFileSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import { Refusal, toRefusal } from '../../enclave/refusals.js';
import type { BundleEntry } from './bundle.js';
import { readBundle } from './bundle.js';
import type { AnyCollateral, CollateralRequest, DcapCollateral, SevSnpCollateral, VcekCertificate } from './request.js';
import { keyOfRequest } from './request.js';
import type { CollateralSource } from './source.js';

/** A bundle with the collateral of a thousand platforms has about 20 MB. */
export const MAXIMUM_BUNDLE_BYTES = 33_554_432;

/**
 * Collateral from a file that somebody else renews. It is looked at with each question, and read again once it has
 * changed; a file that is gone or broken meanwhile is trouble, but what it last held is still answered.
 *
 * Reading is done at once and not in turns: it happens when the file changes, which is seldom.
 */
export function bundleFile(path: string): CollateralSource {
  const name = `file ${basename(path)}`;
  let seen: string | undefined;
  let entries: ReadonlyMap<string, BundleEntry> | undefined;
  let refusal: Refusal | undefined;

  function look(): string {
    const version = versionOf(path);
    if (version === seen) return version;
    seen = version;
    try {
      entries = new Map(readFile(path, name).map((entry) => [keyOfRequest(entry.request), entry]));
      refusal = undefined;
    } catch (thrown) {
      refusal = toRefusal(thrown);
    }
    return version;
  }

  function find(request: CollateralRequest): AnyCollateral | undefined {
    look();
    if (!entries && refusal) throw refusal;
    return entries?.get(keyOfRequest(request))?.collateral;
  }

  return {
    name,
    dcap: (request) => promised(() => find(request) as DcapCollateral | undefined),
    sevSnp: (request) => promised(() => find(request) as SevSnpCollateral | undefined),
    vcek: (request) => promised(() => find(request) as VcekCertificate | undefined),
    version: look,
    known() {
      look();
      return [...(entries?.values() ?? [])].map((entry) => entry.request);
    },
    trouble() {
      look();
      if (!refusal) return undefined;
      const kept = entries ? ' What it held before is still in use.' : '';
      return { reason: refusal.message + kept, answers: entries !== undefined };
    },
  };
}

function readFile(path: string, name: string): BundleEntry[] {
  let text: string;
  try {
    if (statSync(path).size > MAXIMUM_BUNDLE_BYTES) {
      throw new Refusal('COLLATERAL_INVALID', `The ${name} has more than ${MAXIMUM_BUNDLE_BYTES} bytes.`);
    }
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    if (cause instanceof Refusal) throw cause;
    throw new Refusal('COLLATERAL_UNAVAILABLE', `There is no readable collateral ${name}.`, { cause });
  }
  try {
    return readBundle(text);
  } catch (cause) {
    const refusal = toRefusal(cause);
    throw new Refusal(refusal.code, `The ${name} is no collateral: ${refusal.message}`, { cause });
  }
}

/** Another text for another file, also for one that takes the place of an older one; the same where there is none. */
function versionOf(path: string): string {
  try {
    const { mtimeMs, size, ino } = statSync(path);
    return `${mtimeMs} ${size} ${ino}`;
  } catch {
    return 'absent';
  }
}

function promised<T>(work: () => T): Promise<T> {
  return new Promise((resolve) => resolve(work()));
}
