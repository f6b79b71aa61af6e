import { EXIT, text, type Command } from '../command.js';
import { checkGateway, type Check } from '../gatewayChecks.js';
import { findTarget, targetOptions } from '../target.js';
import { columns } from '../terminal.js';

const MARKS: Readonly<Record<Check['outcome'], string>> = {
  passed: 'passed',
  conceded: 'NOT SO, accepted in development',
  failed: 'FAILED',
  'could not tell': 'COULD NOT TELL',
};

export const verify: Command = {
  name: 'verify',
  synopsis: '[--policy NAME] [--json] [--gateway URL --attestation-service URL --trust-file FILE]',
  summary: 'Asks a running gateway for evidence and prints each check with its reason.',
  details: 'Exit code 0: accepted. 1: not genuine or not acceptable. 3: could not tell.',
  options: {
    policy: {
      type: 'string',
      value: 'NAME',
      help: 'The policy to hold it to (schema/policies; default patient-record).',
    },
    json: { type: 'boolean', help: 'Print one JSON object.' },
    ...targetOptions,
  },
  words: [0, 0],
  async run(invocation) {
    const { flags, terminal } = invocation;
    const target = await findTarget(invocation);
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
    return verdict === 'accepted' ? EXIT.ok : verdict === 'refused' ? EXIT.refused : EXIT.couldNotTell;
  },
};
