import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { EvidencePlatform } from '../enclave/evidence/attester.js';
import { azureVtpmPlatform } from '../enclave/platforms/azureVtpm/platform.js';
import { cocoAgentPlatform } from '../enclave/platforms/cocoAgent/platform.js';
import { configfsTsmPlatform } from '../enclave/platforms/configfsTsm/platform.js';
import { graminePlatform } from '../enclave/platforms/gramine/platform.js';
import { insecurePlatform } from '../enclave/platforms/insecure/platform.js';
import { occlumPlatform } from '../enclave/platforms/occlum/platform.js';
import { sconePlatform } from '../enclave/platforms/scone/platform.js';
import { Refusal } from '../enclave/refusals.js';
import type { ConfigOf } from './config.js';
import type { Machine } from './detectPlatform.js';
import { describeFindings, detectPlatform, thisMachine } from './detectPlatform.js';
import type { enclaveSettings } from './enclaveSettings.js';
import type { Log } from './log.js';
import { measureProcess } from './measuredFiles.js';
import type { PlatformName } from './platformNames.js';

type Settings = Pick<
  ConfigOf<typeof enclaveSettings>,
  'platform' | 'privilegeLevel' | 'quoteFile' | 'quoteRequestFile' | 'occlum' | 'scone' | 'insecurePlatform'
>;

export interface PlatformOptions extends Settings {
  /** Of the trust file: `insecure` needs development. */
  readonly mode: 'development' | 'production';
  /** The enclave, for instance patient. */
  readonly name: string;
  /** The folder that holds what the process runs; see measuredFiles.ts. */
  readonly root: string;
  readonly log: Log;
}

/**
 * Opens the driver that the configuration names, or the first one whose platform is there. The simulated one is opened
 * only where it is named, and the trust file says development as well.
 *
 * @throws Refusal CONFIGURATION_INVALID that says what was looked for and what was found.
 */
export async function openEvidencePlatform(
  options: PlatformOptions,
  machine: Machine = thisMachine(options),
): Promise<EvidencePlatform> {
  const platform = options.platform === 'auto' ? await onlyFound(machine) : options.platform;
  return DRIVERS[platform](options, machine);
}

async function onlyFound(machine: Machine): Promise<PlatformName> {
  const findings = await detectPlatform(machine);
  const found = findings.find((finding) => finding.found);
  if (found) return found.platform;
  throw new Refusal(
    'CONFIGURATION_INVALID',
    'No platform gives evidence here: set CLOISTER_PLATFORM by hand, to insecure for a simulated one where the trust file ' +
      `says development. ${describeFindings(findings)}.`,
  );
}

type OpenDriver = (options: PlatformOptions, machine: Machine) => EvidencePlatform | Promise<EvidencePlatform>;

const DRIVERS: Readonly<Record<PlatformName, OpenDriver>> = {
  gramine: (_options, { files }) => graminePlatform({ files }),
  occlum: (options, { files, pause }) => occlumPlatform({ files, pause, ...quoteFilesOf(options) }),
  scone: (options, { files, pause }) => sconePlatform({ files, pause, ...quoteFilesOf(options) }),
  'configfs-tsm': ({ privilegeLevel, log }, { files, pause }) =>
    configfsTsmPlatform({
      files,
      pause,
      uniqueName: randomUUID,
      privilegeLevel: privilegeLevel === 'lowest' ? undefined : Number(privilegeLevel),
      onLeftOver: (file, error) => log.warn({ file, error }, 'A request for evidence could not be removed.'),
    }),
  'coco-agent': (_options, { fetch }) => cocoAgentPlatform({ fetch }),
  'azure-vtpm': (_options, { openTpm, fetch, pause }) => azureVtpmPlatform({ openTpm, fetch, pause }),
  insecure: openInsecurePlatform,
};

/** Empty settings are absent ones. */
function quoteFilesOf({ quoteFile, quoteRequestFile }: PlatformOptions) {
  return { quoteFile: quoteFile || undefined, requestFile: quoteRequestFile || undefined };
}

async function openInsecurePlatform(options: PlatformOptions): Promise<EvidencePlatform> {
  if (options.mode !== 'development')
    throw new Refusal(
      'CONFIGURATION_INVALID',
      `CLOISTER_PLATFORM is insecure, but the trust file says ${options.mode}: simulated evidence is for development only.`,
    );
  const read = (file: string) =>
    readFile(join(options.insecurePlatform, file), 'utf8').catch((cause: unknown) => {
      const path = join(options.insecurePlatform, file);
      throw new Refusal('CONFIGURATION_INVALID', `${path} of the insecure platform cannot be read.`, { cause });
    });
  const [chain, key, measurement] = await Promise.all([
    read('pck-chain.pem'),
    read('pck-key.pem'),
    measureProcess(options.name, options.root),
  ]);
  return insecurePlatform({ files: { 'pck-chain.pem': chain, 'pck-key.pem': key }, measurement });
}
