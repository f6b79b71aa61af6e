import { readFileSync } from 'node:fs';
import { writePem } from '../../../enclave/asn1/pem.js';
import { Refusal } from '../../../enclave/refusals.js';
import type { SigningKey, SigningKeyPem } from './signingKey.js';
import { readSigningKey } from './signingKey.js';
import type { KeyRingState } from './signingKeys.js';
import { writeWhole } from './writeWhole.js';

/**
 * Keeps a key ring over a restart. The file holds private keys: in an enclave it belongs on a file system that the enclave
 * seals, and elsewhere whoever reads it can sign.
 */
export interface KeyRingFile {
  /** Undefined where there is no file. @throws Refusal CONFIGURATION_INVALID where it is damaged. */
  read(): KeyRingState | undefined;
  /** Whole or not at all, and on disk when it returns. */
  write(state: KeyRingState): void;
}

const FORMAT = 'cloister-signing-keys 1';

/** What is in the file: keys as PEM, times in milliseconds since 1970. */
interface Stored {
  readonly format: string;
  readonly current: SigningKeyPem;
  readonly since: number;
  readonly next: { readonly key: SigningKeyPem; readonly announcedAt: number } | null;
  readonly former: readonly { readonly key: SigningKeyPem; readonly until: number }[];
}

export function keyRingFile(path: string): KeyRingFile {
  return {
    read() {
      const text = readIfPresent(path);
      if (text === undefined) return undefined;
      try {
        const { format, current, since, next, former } = JSON.parse(text) as Stored;
        if (format !== FORMAT) throw new RangeError('another format');
        return {
          current: readSigningKey(current),
          since: time(since),
          next: next ? { key: readSigningKey(next.key), announcedAt: time(next.announcedAt) } : undefined,
          former: former.map(({ key, until }) => ({ key: readSigningKey(key), until: time(until) })),
        };
      } catch (cause) {
        const message = `The signing keys in ${path} are damaged; delete the file to have another key made.`;
        throw new Refusal('CONFIGURATION_INVALID', message, { cause });
      }
    },
    write({ current, since, next, former }) {
      const stored: Stored = {
        format: FORMAT,
        current: pemOf(current),
        since,
        next: next ? { ...next, key: pemOf(next.key) } : null,
        former: former.map(({ key, until }) => ({ key: pemOf(key), until })),
      };
      writeWhole(path, `${JSON.stringify(stored, null, 2)}\n`);
    },
  };
}

function pemOf({ privateKey, certificate }: SigningKey): SigningKeyPem {
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    certificate: writePem(certificate),
  };
}

function time(value: unknown): number {
  if (!Number.isSafeInteger(value)) throw new RangeError('not a time');
  return value as number;
}

function readIfPresent(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new Refusal('CONFIGURATION_INVALID', `${path} cannot be read.`, { cause });
  }
}
