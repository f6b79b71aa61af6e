import { sizeOfReportIndex } from '../enclave/platforms/azureVtpm/paravisorReport.js';
import type { TpmDevice } from '../enclave/platforms/azureVtpm/tpmDevice.js';
import { openTpmDevice, TPM_DEVICE } from '../enclave/platforms/azureVtpm/tpmDevice.js';
import type { Fetch } from '../enclave/platforms/boundedFetch.js';
import { askBounded, jsonObjectIn } from '../enclave/platforms/boundedFetch.js';
import { COCO_AGENT } from '../enclave/platforms/cocoAgent/platform.js';
import { TSM_FOLDER } from '../enclave/platforms/configfsTsm/platform.js';
import { GRAMINE_FOLDER } from '../enclave/platforms/gramine/platform.js';
import type { HostFiles } from '../enclave/platforms/hostFiles.js';
import { nodeHostFiles, systemCodeOf } from '../enclave/platforms/hostFiles.js';
import { createTurns } from '../enclave/platforms/turns.js';
import type { DetectedPlatform } from './platformNames.js';
import { DETECTED_PLATFORMS } from './platformNames.js';

/** What drivers touch of the machine that the process runs on. */
export interface Machine {
  readonly files: HostFiles;
  readonly fetch: Fetch;
  readonly openTpm: () => Promise<TpmDevice>;
  readonly pause: (milliseconds: number) => Promise<void>;
  /** Variables that library operating systems set; empty where they did not. */
  readonly occlum: string;
  readonly scone: string;
}

/** One place where a platform was looked for. */
export interface Finding {
  readonly platform: DetectedPlatform;
  readonly lookedFor: string;
  /** Whether it is there. */
  readonly found: boolean;
  /** What was there instead. */
  readonly saw: string;
}

const AGENT_TIMEOUT_MS = 1000;
const TPM_TIMEOUT_MS = 5000;
const AGENT_BYTES = 64 * 1024;
const ATTRIBUTE_BYTES = 128;

/** The machine itself; the variables are those of the configuration. */
export function thisMachine({ occlum, scone }: Pick<Machine, 'occlum' | 'scone'>): Machine {
  return {
    files: nodeHostFiles,
    fetch: (url, init) => fetch(url, init),
    openTpm: openTpmDevice,
    pause: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
    occlum,
    scone,
  };
}

/**
 * Looks for platforms in their order, up to the first that is there. Nothing that is found here is believed: whoever runs
 * the machine can make any of it up, and gains a process whose evidence nobody accepts.
 */
export async function detectPlatform(machine: Machine): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  for (const platform of DETECTED_PLATFORMS) {
    const { lookedFor, look } = PLACES[platform];
    const saw = await look(machine);
    findings.push({ platform, lookedFor, found: saw === FOUND, saw });
    if (saw === FOUND) break;
  }
  return findings;
}

/** For people: what was looked for, and what was there. */
export function describeFindings(findings: readonly Finding[]): string {
  return findings.map(({ platform, lookedFor, saw }) => `${platform}: ${lookedFor}: ${saw}`).join('; ');
}

const FOUND = 'found';

/** Where each platform shows, and how to tell: FOUND, or what there is instead. */
const PLACES: Readonly<
  Record<DetectedPlatform, { lookedFor: string; look: (machine: Machine) => Promise<string> | string }>
> = {
  gramine: {
    lookedFor: `${GRAMINE_FOLDER}/attestation_type`,
    look: ({ files }) => readable(files, `${GRAMINE_FOLDER}/attestation_type`),
  },
  occlum: { lookedFor: 'the variable OCCLUM', look: ({ occlum }) => (occlum === '' ? 'not set' : FOUND) },
  scone: { lookedFor: 'the variable SCONE_CONFIG_ID', look: ({ scone }) => (scone === '' ? 'not set' : FOUND) },
  'configfs-tsm': { lookedFor: TSM_FOLDER, look: ({ files }) => folder(files, TSM_FOLDER) },
  'coco-agent': { lookedFor: `${COCO_AGENT}/info`, look: agent },
  'azure-vtpm': { lookedFor: `a report of Azure's paravisor in ${TPM_DEVICE}`, look: azureVtpm },
};

async function readable(files: HostFiles, path: string): Promise<string> {
  try {
    await files.read(path, ATTRIBUTE_BYTES);
    return FOUND;
  } catch (thrown) {
    return systemCodeOf(thrown) ?? 'not readable';
  }
}

/** A folder cannot be read as a file, and says so. */
async function folder(files: HostFiles, path: string): Promise<string> {
  const saw = await readable(files, path);
  return saw === 'EISDIR' ? FOUND : saw === FOUND ? 'not a folder' : saw;
}

async function agent({ fetch }: Machine): Promise<string> {
  const url = `${COCO_AGENT}/info`;
  const answer = await askBounded({ fetch, url, timeoutMs: AGENT_TIMEOUT_MS, maximumBytes: AGENT_BYTES }).catch(
    () => undefined,
  );
  if (!answer) return 'no answer';
  const { tee } = jsonObjectIn(answer.bytes) ?? {};
  if (answer.status !== 200 || typeof tee !== 'string') return `answer ${answer.status} that names no TEE`;
  return tee === 'sample' ? 'an agent without a TEE' : FOUND;
}

async function azureVtpm({ openTpm, pause }: Machine): Promise<string> {
  const inTime = createTurns({ source: TPM_DEVICE, timeoutMs: TPM_TIMEOUT_MS });
  try {
    return await inTime(async () => {
      const tpm = await openTpm();
      try {
        return (await sizeOfReportIndex({ tpm, pause })) === undefined ? 'a TPM without it' : FOUND;
      } finally {
        await tpm.close();
      }
    });
  } catch (thrown) {
    return systemCodeOf(thrown) ?? (thrown instanceof Error ? thrown.message : 'no answer');
  }
}
