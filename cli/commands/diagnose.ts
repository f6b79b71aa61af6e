import { DEMONSTRATION_PASSWORD } from '../../deploy/local/identity/people.js';
import { AUDIENCE } from '../../deploy/local/addresses.js';
import { EXIT, UsageError, text, type Command } from '../command.js';
import { checkGateway, requireLocalChannel } from '../gatewayChecks.js';
import { createGatewayClient, type Observation } from '../gatewayClient.js';
import { readImageFile } from '../imageFile.js';
import { answerOf, checkReceipt } from '../receiptChecks.js';
import { signInWithPassword } from '../signIn.js';
import { findTarget, identityOption, targetOptions } from '../target.js';
import { columns } from '../terminal.js';

const FINDINGS: Readonly<Record<Observation['finding'], string>> = {
  FINDING: 'the model sees',
  NO_FINDING: 'the model does not see',
  UNCERTAIN: 'too close to the threshold to say:',
  OUT_OF_DISTRIBUTION: 'the image is unlike those that the model knows, so it says nothing of',
};

export const diagnose: Command = {
  name: 'diagnose',
  synopsis: 'FILE [--user ACCOUNT] [--json] [--timeout SECONDS]',
  summary: 'Has an image (PNG, JPEG or DICOM) diagnosed by the running system.',
  details:
    'Verifies the gateway first, as the portal does, and the receipt of the inference enclave afterwards. The image goes into the\n' +
    'record of a synthetic patient. Not a medical device; do not send images of real people to a system with simulated enclaves.',
  options: {
    user: {
      type: 'string',
      value: 'ACCOUNT',
      help: 'Who signs in (default clinician); the password is CLOISTER_PASSWORD, or the demonstration one.',
    },
    json: { type: 'boolean', help: 'Print one JSON object.' },
    timeout: { type: 'string', value: 'SECONDS', help: 'How long to wait for the finding (default 120).' },
    ...targetOptions,
    ...identityOption,
  },
  words: [1, 1],
  async run(invocation) {
    const { env, flags, terminal, words } = invocation;
    const timeoutMs = secondsOf(text(invocation, 'timeout') ?? '120') * 1000;
    const image = await readImageFile(words[0] ?? '');
    const target = await findTarget(invocation);

    terminal.progress('Verifying the gateway …');
    const policy = target.trust.policy('patient-record');
    const { refusal } = await checkGateway(target, policy);
    if (refusal !== undefined) throw refusal;
    requireLocalChannel(policy);

    terminal.progress('Signing in …');
    const account = text(invocation, 'user') ?? 'clinician';
    const password = env.CLOISTER_PASSWORD ?? DEMONSTRATION_PASSWORD;
    const client = createGatewayClient(
      target.gateway,
      await signInWithPassword({ issuer: target.identity, account, password, audience: AUDIENCE }),
    );

    terminal.progress('Sending the image …');
    const studyId = await client.sendImage(await client.syntheticPatient(), image);
    const reportId = await client.requestDiagnosis(studyId);
    const observation = await client.waitForObservation(reportId, {
      timeoutMs,
      onProgress: (line) => terminal.progress(line),
    });

    terminal.progress('Verifying the receipt …');
    const { receipt } = observation;
    const subject = {
      input: await image.pixelDigest(),
      modelSha256: observation.device.sha256,
      answer: answerOf(observation),
    };
    const { content, enclave, result } = await checkReceipt(receipt, target.trust, target.trust.getKeys, subject);
    terminal.settle();

    const { code, device, finding, probability, threshold } = observation;
    if (flags.json === true) {
      const answer = {
        finding,
        code,
        probability,
        threshold,
        model: { id: device.model, version: device.version, sha256: device.sha256 },
      };
      terminal.out(
        JSON.stringify({
          ...answer,
          reportId,
          imagingStudyId: studyId,
          receipt,
          receiptVerified: true,
          simulated: result.simulated,
        }),
      );
      return EXIT.ok;
    }
    const rows: [string, string][] = [
      ['Finding', `${finding}: ${FINDINGS[finding]} ${code}`],
      [
        'Probability',
        probability === null
          ? 'none, because the image is out of distribution'
          : `${probability.toFixed(3)} (threshold ${threshold.toFixed(3)})`,
      ],
      ['Model', `${device.model} ${device.version}, SHA-256 ${device.sha256}`],
      ['Report', reportId],
      [
        'Receipt',
        `verified: the enclave ${enclave ?? 'unknown'} (${content.measurement.slice(0, 16)}…) signed for this image, model and answer`,
      ],
      ['Attestation', result.simulated ? 'SIMULATED: no hardware stands behind the enclaves' : 'hardware'],
    ];
    for (const line of columns(rows)) terminal.out(line);
    return EXIT.ok;
  },
};

function secondsOf(value: string): number {
  if (/^\d{1,5}$/.test(value) && Number(value) > 0) return Number(value);
  throw new UsageError(`--timeout must be a number of seconds, and is ${JSON.stringify(value)}.`);
}
