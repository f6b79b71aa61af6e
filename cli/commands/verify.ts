import { findRunning } from '../../deploy/local/running.js';
import { EXIT, exitCodeOf, text, type Command, type Invocation } from '../command.js';
import { checkGateway, type Check } from '../gatewayChecks.js';
import { filesOf, findTarget, targetOptions } from '../target.js';
import { columns } from '../terminal.js';
import { fileOptions, verifyEvidenceFile } from './verifyFile.js';

const MARKS: Readonly<Record<Check['outcome'], string>> = {
  passed: 'passed',
  conceded: 'NOT SO, accepted in development',
  failed: 'FAILED',
  'could not tell': 'COULD NOT TELL',
};

export const verify: Command = {
  name: 'verify',
  synopsis: '[FILE|URL] [--policy NAME] [--json] [--attestation-service URL --trust-file FILE] …',
  summary: 'Verifies evidence, of a running gateway or in a file, and prints each check with its reason.',
  details:
    'URL is a gateway (default: that of the local system). FILE is a quote, an SEV-SNP report, a certificate that carries evidence, a\n' +
    'request to an attestation service or the answer of /evidence as JSON, or an attestation result. Exit code 0: accepted. 1: not\n' +
    'genuine. 3: could not tell. 4: genuine, but not acceptable.',
  options: {
    policy: {
      type: 'string',
      value: 'NAME',
      help: 'The policy to hold it to (schema/policies; default patient-record).',
    },
    json: { type: 'boolean', help: 'Print one JSON object.' },
    ...targetOptions,
    ...fileOptions,
  },
  words: [0, 1],
  async run(invocation) {
    const { flags, terminal, words } = invocation;
    const [what] = words;
    const isUrl = what !== undefined && /^https?:\/\//.test(what);
    if (what !== undefined && !isUrl) return verifyEvidenceFile(invocation, what);
    const target = await findTarget(isUrl ? atGateway(invocation, what) : invocation);
    const policy = target.trust.policy(text(invocation, 'policy') ?? 'patient-record');
    const { checks, refusal, result } = await checkGateway(target, policy);
    const verdict =
      refusal === undefined ? 'accepted' : refusal.definition.kind === 'could-not-tell' ? 'could not tell' : 'refused';
    if (flags.json === true) {
      const summary = { gateway: target.gateway, policy: policy.name, verdict, code: refusal?.code ?? null, checks };
      const facts = result && {
        id: result.id,
        issuer: result.issuer,
        measurement: result.measurement,
        simulated: result.simulated,
      };
      terminal.out(JSON.stringify({ ...summary, attestationResult: facts ?? null }));
    } else {
      terminal.out(`${target.gateway}, under the policy ${policy.name}:`);
      for (const line of columns(
        checks.map(({ finding, name, outcome }) => [name, `${MARKS[outcome]}. ${finding}`]),
        '  ',
      ))
        terminal.out(line);
      terminal.out(
        `Verdict: ${verdict}${refusal === undefined ? '' : ` (${refusal.code}). ${refusal.definition.action}`}`,
      );
      if (policy.notice !== null && refusal === undefined) terminal.out(policy.notice);
    }
    return refusal === undefined ? EXIT.ok : exitCodeOf(refusal);
  },
};

/** The local system's own gateway needs no flags beside its URL. */
function atGateway(invocation: Invocation, url: string): Invocation {
  const { flags } = invocation;
  const isOwn = flags['trust-file'] === undefined && flags['attestation-service'] === undefined;
  return isOwn && isRunningAt(filesOf(invocation), url)
    ? invocation
    : { ...invocation, flags: { ...flags, gateway: url } };
}

function isRunningAt(files: ReturnType<typeof filesOf>, url: string): boolean {
  try {
    return new URL(findRunning(files).addresses.gateway).origin === new URL(url).origin;
  } catch {
    return false;
  }
}
