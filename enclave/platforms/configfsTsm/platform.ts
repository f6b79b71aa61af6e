import type { EvidencePlatform, PlatformEvidence } from '../../evidence/attester.js';
import { Refusal } from '../../refusals.js';
import { amdChainPem } from '../amdCertificates.js';
import {
  MAXIMUM_QUOTE_BYTES,
  quoteEvidence,
  requireAnswer,
  requireWholeReportData,
  SNP_REPORT_BYTES,
} from '../answer.js';
import type { HostFiles } from '../hostFiles.js';
import { systemCodeOf } from '../hostFiles.js';
import { createTurns } from '../turns.js';
import { readCertificateTable } from './certificateTable.js';

export const TSM_FOLDER = '/sys/kernel/config/tsm/report';

export interface ConfigfsTsmOptions {
  readonly files: HostFiles;
  /** A name that no other process chooses, for instance randomUUID. */
  readonly uniqueName: () => string;
  /** Waits, for instance by setTimeout. */
  readonly pause: (milliseconds: number) => Promise<void>;
  /** VMPL that the report is asked for, 0 to 3; absent means the lowest that the provider allows, where it has them. */
  readonly privilegeLevel?: number | undefined;
  readonly folder?: string;
  readonly timeoutMs?: number;
  /** A request could not be removed: it stays in the kernel's memory until somebody does. */
  readonly onLeftOver?: (path: string, cause: unknown) => void;
}

const SOURCE = 'configfs-tsm';
/** A TDX quote passes through the host, whose quoting service may take its time. */
const TIMEOUT_MS = 30_000;
const ATTEMPTS = 5;
const FIRST_PAUSE_MS = 50;
const ATTRIBUTE_BYTES = 128;
const HIGHEST_LEVEL = 3;
const CERTIFICATE_TABLE_BYTES = 128 * 1024;

/** What another process that uses the interface, or a busy host, does to us; the same request may succeed later. */
const PASSING = new Set(['EBUSY', 'EAGAIN', 'EWOULDBLOCK', 'EINTR', 'ETIMEDOUT', 'EEXIST', 'ENXIO']);

/** Somebody was faster, or the platform is busy. */
class Disturbed extends Error {}

/**
 * Quotes of TDX guests and reports of SEV-SNP guests, by Linux 6.7 or newer (Documentation/ABI/testing/configfs-tsm). Each
 * request is a folder of its own that we make, use once and remove. The kernel counts every write to it in `generation`;
 * any other number than that of our own writes means that somebody else wrote there, and the answer may be theirs.
 */
export function configfsTsmPlatform(options: ConfigfsTsmOptions): EvidencePlatform {
  const { files, folder = TSM_FOLDER, timeoutMs = TIMEOUT_MS } = options;
  const inTurn = createTurns({ source: SOURCE, timeoutMs });
  return {
    name: SOURCE,
    simulated: false,
    evidence: async (reportData) => {
      requireWholeReportData(reportData);
      return inTurn(async () => requireAnswer(await withRetries(reportData), reportData, SOURCE));
    },
  };

  async function withRetries(reportData: Uint8Array): Promise<PlatformEvidence> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await inOwnFolder((path) => ask(path, reportData));
      } catch (thrown) {
        if (!(thrown instanceof Disturbed)) throw thrown;
        if (attempt === ATTEMPTS)
          throw new Refusal('EVIDENCE_UNAVAILABLE', `${SOURCE}: ${thrown.message}, ${ATTEMPTS} times.`, {
            cause: thrown,
          });
        await options.pause(FIRST_PAUSE_MS * 2 ** (attempt - 1));
      }
    }
  }

  async function inOwnFolder<T>(work: (path: string) => Promise<T>): Promise<T> {
    const path = `${folder}/cloister-${options.uniqueName()}`;
    await files.makeFolder(path).catch((cause: unknown) => {
      throw explain(cause, 'a request cannot be made');
    });
    try {
      return await work(path);
    } finally {
      await files.removeFolder(path).catch((cause: unknown) => options.onLeftOver?.(path, cause));
    }
  }

  async function ask(path: string, reportData: Uint8Array): Promise<PlatformEvidence> {
    const provider = await readText(`${path}/provider`);
    if (provider !== 'tdx_guest' && provider !== 'sev_guest') throw unsupported(provider);
    let writes = 0;
    const level = await privilegeLevel(path, provider);
    if (level > 0 || options.privilegeLevel !== undefined) {
      await write(`${path}/privlevel`, new TextEncoder().encode(String(level)));
      writes += 1;
    }
    await write(`${path}/inblob`, reportData);
    writes += 1;
    const report = await read(`${path}/outblob`, MAXIMUM_QUOTE_BYTES);
    const table = provider === 'sev_guest' ? await readIfThere(`${path}/auxblob`, CERTIFICATE_TABLE_BYTES) : undefined;
    // Last: it vouches for all that was read before.
    const generation = await readText(`${path}/generation`);
    if (generation !== String(writes)) throw new Disturbed(`generation is ${generation} after ${writes} of our writes`);
    return provider === 'tdx_guest' ? tdxEvidence(report) : snpEvidence(report, table);
  }

  /** 0 is what the kernel takes where nobody writes a level, and all that a provider without levels knows. */
  async function privilegeLevel(path: string, provider: string): Promise<number> {
    const { privilegeLevel: wanted } = options;
    const floor = await readIfThere(`${path}/privlevel_floor`, ATTRIBUTE_BYTES);
    if (floor === undefined) {
      if (wanted === undefined) return 0;
      throw new Refusal('CONFIGURATION_INVALID', `${provider} has no privilege levels; remove the setting of one.`);
    }
    const lowest = textOf(floor);
    if (!/^[0-3]$/.test(lowest))
      throw new Refusal('EVIDENCE_UNAVAILABLE', `${path}/privlevel_floor says ${JSON.stringify(lowest)}, not 0 to 3.`);
    const level = wanted ?? Number(lowest);
    if (level >= Number(lowest) && level <= HIGHEST_LEVEL) return level;
    throw new Refusal(
      'CONFIGURATION_INVALID',
      `Privilege level ${level} is not within ${lowest} to ${HIGHEST_LEVEL}, which ${provider} allows.`,
    );
  }

  async function read(path: string, maximumBytes: number): Promise<Uint8Array> {
    return files.read(path, maximumBytes).catch((cause: unknown) => {
      throw explain(cause, `${path} cannot be read`);
    });
  }

  async function readIfThere(path: string, maximumBytes: number): Promise<Uint8Array | undefined> {
    return files.read(path, maximumBytes).catch((cause: unknown) => {
      if (systemCodeOf(cause) === 'ENOENT') return undefined;
      throw explain(cause, `${path} cannot be read`);
    });
  }

  async function readText(path: string): Promise<string> {
    return textOf(await read(path, ATTRIBUTE_BYTES));
  }

  async function write(path: string, bytes: Uint8Array): Promise<void> {
    return files.write(path, bytes).catch((cause: unknown) => {
      throw explain(cause, `${path} cannot be written`);
    });
  }

  function explain(cause: unknown, what: string): Error {
    const code = systemCodeOf(cause);
    const why = `${what} (${code ?? String(cause)})`;
    if (code !== undefined && PASSING.has(code)) return new Disturbed(why, { cause });
    if (code === 'ENOENT')
      return new Refusal(
        'CONFIGURATION_INVALID',
        `${folder}: ${why}: configfs must be mounted, and the guest needs Linux 6.7 or newer with its TSM driver loaded.`,
        { cause },
      );
    if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS')
      return new Refusal('CONFIGURATION_INVALID', `${folder}: ${why}: the process must be allowed to write there.`, {
        cause,
      });
    return new Refusal('EVIDENCE_UNAVAILABLE', `${SOURCE}: ${why}.`, { cause });
  }
}

function unsupported(provider: string): Refusal {
  return new Refusal(
    'CONFIGURATION_INVALID',
    `The kernel's provider is ${JSON.stringify(provider)}; evidence of tdx_guest and sev_guest can be verified.`,
  );
}

function tdxEvidence(quote: Uint8Array): PlatformEvidence {
  const evidence = quoteEvidence(quote, SOURCE);
  if (evidence.kind === 'TdxVm') return evidence;
  throw new Refusal('EVIDENCE_UNAVAILABLE', `${SOURCE}: tdx_guest gave a quote that is not of TDX.`);
}

function snpEvidence(report: Uint8Array, table: Uint8Array | undefined): PlatformEvidence {
  if (report.length !== SNP_REPORT_BYTES)
    throw new Refusal(
      'EVIDENCE_UNAVAILABLE',
      `${SOURCE}: sev_guest gave a report of ${report.length} bytes, not ${SNP_REPORT_BYTES}.`,
    );
  if (table === undefined || table.length === 0) return { kind: 'SevSnpVm', report, certificates: undefined };
  try {
    return { kind: 'SevSnpVm', report, certificates: amdChainPem(readCertificateTable(table)) };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Refusal('EVIDENCE_UNAVAILABLE', `${SOURCE}: the host's certificate table has ${reason}.`, { cause });
  }
}

function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes).trim();
}
