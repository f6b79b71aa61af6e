import type { EvidencePlatform } from '../../../enclave/evidence/attester.js';
import { bySchedule, createKeyRotation } from './keyRotation.js';
import { keyRingFile } from './keyRingFile.js';
import { createAttestedSigningKey, createSigningKey, readSigningKey } from './signingKey.js';
import type { SigningKeyFiles } from './signingKeyFiles.js';
import { signingKeyFiles } from './signingKeyFiles.js';
import type { SigningKeys } from './signingKeys.js';
import { createKeyRing } from './signingKeys.js';
import { RESULT_SECONDS } from './token.js';

export interface OpenedSigningKeys {
  readonly keys: SigningKeys;
  /** To be called every minute or so; rejects where a key could not be made or read, and then the current one stays. */
  readonly look: () => Promise<void>;
}

interface Common {
  /** How long a key is published before it signs. */
  readonly announceMs: number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** Former keys stay published for as long as their results live, and an hour more for clocks that differ. */
const OVERLAP_MS = RESULT_SECONDS * 1000 + 3_600_000;

/** Keys that an operator puts into files: a new one is announced as soon as it lies there. */
export function openFiledSigningKeys(options: Common & { readonly files: SigningKeyFiles }): OpenedSigningKeys {
  const { announceMs, files, now } = options;
  const changed = signingKeyFiles(files);
  const begin = changed();
  if (!begin) throw new TypeError('files that were never read have changed');
  const ring = createKeyRing({ begin, overlapMs: OVERLAP_MS, now });
  const candidate = () => Promise.resolve().then(changed);
  return { keys: ring, look: createKeyRotation({ ring, candidate, announceMs, now }) };
}

/**
 * Keys that the process makes itself, by the calendar, and keeps in a file. With a platform each certificate carries the
 * evidence that its key was made in this enclave.
 */
export async function openOwnSigningKeys(
  options: Common & {
    readonly issuer: string;
    readonly path: string;
    readonly platform: EvidencePlatform | undefined;
    readonly everyMs: number;
  },
): Promise<OpenedSigningKeys> {
  const { announceMs, everyMs, issuer, now, path, platform } = options;
  const file = keyRingFile(path);
  const make = async () => {
    const request = { issuer, now: now() };
    return readSigningKey(
      platform ? await createAttestedSigningKey({ ...request, platform }) : createSigningKey(request),
    );
  };
  const ring = createKeyRing({ begin: file.read() ?? (await make()), overlapMs: OVERLAP_MS, now });
  file.write(ring.state());
  const candidate = bySchedule({ everyMs, announceMs, now, make });
  return {
    keys: ring,
    look: createKeyRotation({ ring, candidate, announceMs, now, save: (state) => file.write(state) }),
  };
}
