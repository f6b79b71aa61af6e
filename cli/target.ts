import { join, resolve } from 'node:path';
import { loadTrust, type Trust } from '../runtime/trust.js';
import { dataFiles, type DataFiles } from '../deploy/local/addresses.js';
import { findRunning } from '../deploy/local/running.js';
import { UsageError, text, type CommandOption, type Invocation } from './command.js';

/** The system that a command talks to, and whom to believe about it. */
export interface Target {
  readonly gateway: string;
  readonly attestationService: string;
  readonly identity: string;
  readonly trust: Trust;
}

/** Flags of every command that looks at a system. */
export const dataOption = {
  data: {
    type: 'string',
    value: 'FOLDER',
    help: 'Data folder of the local system (default .cloister, or CLOISTER_DATA).',
  },
} as const satisfies Record<string, CommandOption>;

export const targetOptions = {
  ...dataOption,
  gateway: { type: 'string', value: 'URL', help: 'Another gateway; then the next two are needed too.' },
  'attestation-service': { type: 'string', value: 'URL', help: 'The attestation service that judges its evidence.' },
  'trust-file': { type: 'string', value: 'FILE', help: 'Trusted issuers and reference values (trust.json).' },
} as const satisfies Record<string, CommandOption>;

export const identityOption = {
  identity: { type: 'string', value: 'URL', help: 'The identity provider of that gateway.' },
} as const satisfies Record<string, CommandOption>;

export function filesOf(invocation: Invocation): DataFiles {
  return dataFiles(resolve(text(invocation, 'data') ?? invocation.env.CLOISTER_DATA ?? '.cloister'));
}

/** @throws Refusal PEER_UNREACHABLE where no system runs, UsageError where the flags do not name one whole. */
export async function findTarget(invocation: Invocation): Promise<Target> {
  const { root } = invocation;
  const gateway = text(invocation, 'gateway');
  const trustFile = text(invocation, 'trust-file');
  const attestationService = text(invocation, 'attestation-service');
  if (gateway !== undefined) {
    if (trustFile === undefined || attestationService === undefined)
      throw new UsageError(
        '--gateway needs --trust-file and --attestation-service: what a gateway must be is never asked of the gateway.',
      );
    const identity = text(invocation, 'identity') ?? '';
    return {
      gateway: originOf(gateway),
      attestationService: originOf(attestationService),
      identity,
      trust: await trustFrom(trustFile, root),
    };
  }
  const files = filesOf(invocation);
  const { addresses } = findRunning(files);
  return { ...addresses, trust: await trustFrom(trustFile ?? files.trust, root) };
}

/** Issuers, reference values and the policies of this checkout, as the trust file puts them in force. */
export function trustFrom(path: string, root: string): Promise<Trust> {
  return loadTrust({ trustFile: path, policiesFolder: join(root, 'schema/policies'), now: Date.now });
}

function originOf(url: string): string {
  if (!URL.canParse(url)) throw new UsageError(`${JSON.stringify(url)} is not a URL.`);
  return new URL(url).origin;
}
