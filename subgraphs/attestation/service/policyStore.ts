import { readFileSync } from 'node:fs';
import { Refusal } from '../../../enclave/refusals.js';
import type { EvidenceKind } from './attestRequest.js';
import { writeWhole } from './writeWhole.js';

/** What an instance has been told: the policies of each kind of evidence, and who may sign them. */
export interface PolicyState {
  /** Policy management certificates, base64 of DER, in the order in which they came. */
  readonly signers: readonly string[];
  /** Oldest first. A kind without changes has the default policy. */
  readonly changes: Readonly<Partial<Record<EvidenceKind, readonly PolicyChange[]>>>;
}

export interface PolicyChange {
  /** Seconds since 1970. */
  readonly at: number;
  /** The policy JWS exactly as sent; null is a reset to the default. */
  readonly jws: string | null;
}

/** Where the state of an instance is kept. */
export interface PolicyStore {
  /** Undefined where nothing was kept yet. @throws Refusal CONFIGURATION_INVALID where what is there is not such a state. */
  read(): PolicyState | undefined;
  /** Whole or not at all, and on disk when it returns. */
  write(state: PolicyState): void;
}

/** For tests and for instances whose policies cannot change. */
export function memoryPolicyStore(): PolicyStore {
  let kept: PolicyState | undefined;
  return { read: () => kept, write: (state) => void (kept = state) };
}

const FORMAT = 'cloister-attestation-policies 1';

/** One JSON file, for one process. */
export function filePolicyStore(path: string): PolicyStore {
  return {
    read() {
      let text: string;
      try {
        text = readFileSync(path, 'utf8');
      } catch (cause) {
        if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
        throw new Refusal('CONFIGURATION_INVALID', `The policy file ${path} cannot be read.`, { cause });
      }
      return parseState(text, path);
    },
    write(state) {
      writeWhole(path, `${JSON.stringify({ format: FORMAT, ...state }, null, 2)}\n`);
    },
  };
}

function parseState(text: string, path: string): PolicyState {
  try {
    const { format, signers, changes } = JSON.parse(text) as Record<string, unknown>;
    if (format === FORMAT && isTexts(signers) && isChanges(changes)) return { signers, changes };
  } catch (cause) {
    throw notAState(path, cause);
  }
  throw notAState(path);
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((entry) => typeof entry === 'string');
}

function isChanges(value: unknown): value is PolicyState['changes'] {
  return typeof value === 'object' && value !== null && Object.values(value).every(isHistory);
}

function isHistory(value: unknown): boolean {
  return Array.isArray(value) && value.every(isChange);
}

function isChange(value: unknown): boolean {
  const { at, jws } = (value ?? {}) as Partial<Record<keyof PolicyChange, unknown>>;
  return Number.isSafeInteger(at) && (jws === null || typeof jws === 'string');
}

/** To begin with the default policies instead would let whoever damages the file undo every policy. */
function notAState(path: string, cause?: unknown): Refusal {
  return new Refusal('CONFIGURATION_INVALID', `The policy file ${path} is damaged; restore it from a backup.`, {
    cause,
  });
}
