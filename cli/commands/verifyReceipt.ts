import { readFileSync } from 'node:fs';
import { Refusal } from '../../enclave/refusals.js';
import { EXIT, text, type Command } from '../command.js';
import { objectOf } from '../http.js';
import { readImageFile } from '../imageFile.js';
import { checkReceipt, keysFromCertificate } from '../receiptChecks.js';
import { dataOption, filesOf, trustFrom } from '../target.js';
import { columns } from '../terminal.js';

const MAXIMUM_CHARACTERS = 1_048_576;

export const verifyReceipt: Command = {
  name: 'verify-receipt',
  synopsis: 'FILE|- [--image FILE] [--json]',
  summary: 'Checks the receipt of a diagnosis without a network: which enclave, model, image and answer it is about.',
  details:
    'FILE holds a receipt, or what cloister diagnose --json printed; - is standard input. The system need not run: the check rests\n' +
    "on the issuer's certificate and the reference values. Exit code 0: verified. 1: not. 3: could not tell.",
  options: {
    image: { type: 'string', value: 'FILE', help: 'The image that the receipt must be about.' },
    certificate: {
      type: 'string',
      value: 'FILE',
      help: "The attestation service's certificate (PEM; default: of the data folder).",
    },
    'trust-file': {
      type: 'string',
      value: 'FILE',
      help: 'Trusted issuers and reference values (default: of the data folder).',
    },
    json: { type: 'boolean', help: 'Print one JSON object.' },
    ...dataOption,
  },
  words: [1, 1],
  async run(invocation) {
    const { flags, root, terminal, words } = invocation;
    const receipt = readReceipt(words[0] ?? '');
    const files = filesOf(invocation);
    const trust = await trustFrom(text(invocation, 'trust-file') ?? files.trust, root);
    const keys = keysFromCertificate(text(invocation, 'certificate') ?? files.attestationServiceCertificate, receipt);
    const imagePath = text(invocation, 'image');
    const subject = imagePath === undefined ? {} : { input: await (await readImageFile(imagePath)).pixelDigest() };
    const { content, enclave, result } = await checkReceipt(receipt, trust, keys, subject);

    const { input, measurement, model, output } = content;
    const signedAt = new Date(content.iat * 1000).toISOString();
    if (flags.json === true) {
      const facts = { enclave: enclave ?? null, measurement, simulated: result.simulated, issuer: result.issuer };
      terminal.out(
        JSON.stringify({ verified: true, signedAt, input, model, output, attestationResult: result.id, ...facts }),
      );
      return EXIT.ok;
    }
    terminal.out('The receipt is verified.');
    const rows: [string, string][] = [
      ['Signed', `${signedAt}, by the enclave's own clock`],
      ['Image', `SHA-256 ${input} of its pixels${imagePath === undefined ? '' : `, which are those of ${imagePath}`}`],
      ['Model', `${model.id} ${model.version}, SHA-256 ${model.sha256}`],
      ['Answer', `SHA-256 ${output} of its canonical JSON`],
      ['Enclave', `${enclave ?? 'unknown'}, measurement ${measurement}`],
      ['Attested', `by ${result.issuer}, result ${result.id}`],
      ['Hardware', result.simulated ? 'SIMULATED: none stands behind it' : result.teeType],
    ];
    for (const line of columns(rows, '  ')) terminal.out(line);
    return EXIT.ok;
  },
};

/** @throws Refusal NOT_FOUND, TOO_LARGE, or BAD_INPUT where JSON holds no receipt. */
function readReceipt(path: string): string {
  let content: string;
  try {
    content = readFileSync(path === '-' ? 0 : path, 'utf8').trim();
  } catch (cause) {
    throw new Refusal('NOT_FOUND', `The file ${path} cannot be read.`, { cause });
  }
  if (content.length > MAXIMUM_CHARACTERS)
    throw new Refusal(
      'TOO_LARGE',
      `${path} has ${content.length} characters; a receipt has at most ${MAXIMUM_CHARACTERS}.`,
    );
  if (!content.startsWith('{')) return content;
  try {
    const { receipt } = objectOf(JSON.parse(content));
    if (typeof receipt === 'string') return receipt;
  } catch {
    // Said below.
  }
  throw new Refusal('BAD_INPUT', `${path} is JSON without a field receipt.`);
}
