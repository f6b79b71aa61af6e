import { changeInsecurePlatform, stateOfInsecurePlatform } from '../../deploy/local/insecurePlatform.js';
import type { PlatformState } from '../../enclave/platforms/insecure/platformState.js';
import { TCB_STATUSES } from '../../enclave/verification/dcap/tcbStatus.js';
import { EXIT, UsageError, text, type Command, type Invocation } from '../command.js';
import { dataOption, filesOf } from '../target.js';
import { columns } from '../terminal.js';

/** What an out-of-date machine of this kind would be told; no such advisory exists. */
const EXAMPLE_ADVISORY = 'INSECURE-SA-00002';
const MAXIMUM_ADVISORY_CHARACTERS = 64;

export const insecure: Command = {
  name: 'insecure',
  synopsis: '[--status STATUS] [--advisory ID] [--revoke] [--revoke-ca] [--restore]',
  summary: 'Shows or sets what the SIMULATED vendor says about the SIMULATED machine of the local system.',
  details: [
    'Nothing here is about real hardware. The attestation service takes the change up with the next evidence; enclaves',
    'that were attested before keep their results until they attest anew, and a system whose machine is revoked does not',
    'start again before --restore. Without flags, the state is printed.',
  ].join('\n'),
  options: {
    ...dataOption,
    status: { type: 'string', value: 'STATUS', help: `TCB status of the machine: ${TCB_STATUSES.join(', ')}.` },
    advisory: {
      type: 'string',
      value: 'ID',
      help: `Security advisory that goes with it (default ${EXAMPLE_ADVISORY}).`,
    },
    revoke: { type: 'boolean', help: "Revokes the machine's PCK certificate." },
    'revoke-ca': { type: 'boolean', help: 'Revokes the CA that issued it.' },
    restore: { type: 'boolean', help: 'Undoes all of it first.' },
  },
  words: [0, 0],
  run(invocation) {
    const { flags, terminal } = invocation;
    const folder = filesOf(invocation).insecurePlatform;
    const change = changeOf(invocation);
    const restored = flags.restore === true ? changeInsecurePlatform(folder, undefined, Date.now()) : undefined;
    const state = change
      ? changeInsecurePlatform(folder, change, Date.now())
      : (restored ?? stateOfInsecurePlatform(folder));
    for (const line of linesOf(state)) terminal.out(line);
    return Promise.resolve(EXIT.ok);
  },
};

/** Undefined where no flag changes anything. */
function changeOf(invocation: Invocation): Partial<PlatformState> | undefined {
  const { flags } = invocation;
  const change = {
    ...statusOf(invocation),
    ...(flags.revoke === true && { pckRevoked: true }),
    ...(flags['revoke-ca'] === true && { pckAuthorityRevoked: true }),
  };
  return Object.keys(change).length > 0 ? change : undefined;
}

function statusOf(invocation: Invocation): Partial<PlatformState> {
  const [word, advisory] = [text(invocation, 'status'), text(invocation, 'advisory')];
  if (word === undefined) {
    if (advisory !== undefined) throw new UsageError('--advisory goes with --status.');
    return {};
  }
  const status = TCB_STATUSES.find((known) => known.toLowerCase() === word.toLowerCase());
  if (!status)
    throw new UsageError(`There is no status ${JSON.stringify(word)}; there are ${TCB_STATUSES.join(', ')}.`);
  if (advisory !== undefined && !/^[\w.-]+$/.test(advisory.slice(0, MAXIMUM_ADVISORY_CHARACTERS + 1)))
    throw new UsageError(
      `--advisory is letters, digits, dots, dashes: ${JSON.stringify(advisory.slice(0, 80))} is not.`,
    );
  if ((advisory?.length ?? 0) > MAXIMUM_ADVISORY_CHARACTERS)
    throw new UsageError(`--advisory has at most ${MAXIMUM_ADVISORY_CHARACTERS} characters.`);
  const isBare = status === 'UpToDate' && advisory === undefined;
  return { status, advisoryIds: isBare ? [] : [advisory ?? EXAMPLE_ADVISORY] };
}

function linesOf({ advisoryIds, pckAuthorityRevoked, pckRevoked, status }: PlatformState): string[] {
  const rows: [string, string][] = [
    ['TCB status', [status, ...advisoryIds].join(', ')],
    ['PCK certificate', pckRevoked ? 'REVOKED' : 'not revoked'],
    ['its CA', pckAuthorityRevoked ? 'REVOKED' : 'not revoked'],
  ];
  return ['SIMULATED machine, as its SIMULATED vendor sees it:', ...columns(rows, '  ')];
}
