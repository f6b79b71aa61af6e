import { equalBytes, hexOf } from '../bytes.js';
import type { RefusalCode } from '../refusals.js';
import { Refusal } from '../refusals.js';
import type { AttestationResult } from '../results/attestationResult.js';
import { fixedIssuerKeys } from '../results/issuerKeys.js';
import { verifyAttestationResult } from '../results/verifyResult.js';
import { parseQuote } from '../verification/dcap/quote.js';
import type { Fields, JudgeCase, JudgeOptions } from './case.js';
import { bytesIn, fieldDisagreements, fieldsIn, instantIn, textIn, textsIn } from './case.js';
import { policyDisagreements } from './policyCase.js';

/** Our code for each word of the vectors. */
const CODES: Readonly<Record<string, RefusalCode>> = {
  parse: 'RESULT_MALFORMED',
  alg: 'RESULT_SIGNATURE_INVALID',
  kid: 'RESULT_SIGNATURE_INVALID',
  signature: 'RESULT_SIGNATURE_INVALID',
  'signer-cert-time': 'RESULT_SIGNATURE_INVALID',
  expired: 'RESULT_EXPIRED',
  'not-yet': 'RESULT_EXPIRED',
  issuer: 'RESULT_ISSUER_UNTRUSTED',
  'issuer-key': 'RESULT_SIGNATURE_INVALID',
};

/** Kind `maa-token`: an attestation result, the keys of its issuer and, where it is known, what was asked for. */
export const judgeTokenCase: JudgeCase = async (vector, options) => {
  const expected = fieldsIn(vector, 'expect');
  const outcome = await verifyToken(vector);
  const verdict =
    outcome instanceof Refusal ? refusalDisagreements(expected, outcome) : acceptanceDisagreements(expected, outcome);
  const request =
    vector.request !== undefined && !(outcome instanceof Refusal)
      ? await requestDisagreements(fieldsIn(vector, 'request'), outcome, options)
      : [];
  return [...verdict, ...request, ...(await policyDisagreements(vector, options))];
};

async function verifyToken(vector: Fields): Promise<AttestationResult | Refusal> {
  const issuer = textIn(vector, 'issuer');
  const options = {
    issuers: [{ issuer, jwksUri: `${issuer}/certs` }],
    getKeys: fixedIssuerKeys(vector.jwks),
    now: Math.floor(instantIn(vector) / 1000),
  };
  try {
    return await verifyAttestationResult(textIn(vector, 'token'), options);
  } catch (thrown) {
    if (thrown instanceof Refusal) return thrown;
    throw thrown;
  }
}

function refusalDisagreements(expected: Fields, { code, message }: Refusal): string[] {
  if (expected.accept === true) return [`expected acceptance, got ${code}: ${message}`];
  const [reason] = textsIn(expected, 'reasons');
  const wanted = expected.code ?? (reason === undefined ? undefined : CODES[reason]);
  if (wanted === undefined && reason !== undefined) return [`reason ${reason} is not known`];
  return wanted === undefined || wanted === code
    ? []
    : [`expected ${reason ?? JSON.stringify(wanted)}, got ${code}: ${message}`];
}

function acceptanceDisagreements(expected: Fields, result: AttestationResult): string[] {
  if (expected.accept !== true) return ['expected a refusal, got acceptance'];
  const { debug, measurement, reportData, simulated, teeType } = result;
  return fieldDisagreements(expected, {
    debuggable: debug,
    // Cases of virtual machines name what they measure to `measurement`.
    mrenclave: measurement,
    measurement,
    reportData,
    simulated,
    teeType,
  });
}

const OPEN_ENCLAVE_HEADER_BYTES = 16;

/** Does the result speak of the evidence that was posted, and of the runtime data? */
async function requestDisagreements(
  request: Fields,
  { claims, measurement, reportData }: AttestationResult,
  { run }: JudgeOptions,
): Promise<string[]> {
  const report = bytesIn(request, 'report_b64');
  const quote = report.subarray(OPEN_ENCLAVE_HEADER_BYTES);
  const parsed = parseQuote(quote).report;
  // What was posted to SgxEnclave had no header.
  const posted = textIn(request, 'path').includes('OpenEnclave') ? report : quote;
  const disagreements = fieldDisagreements(
    { mrenclave: measurement, reportData },
    { mrenclave: parsed.tee === 'sgx' ? parsed.mrEnclave : '', reportData: hexOf(parsed.reportData) },
  );
  const { quotehash } = fieldsIn(claims, 'x-ms-sgx-collateral');
  if ((await run(({ sha256 }) => hexOf(sha256(posted)))) !== quotehash)
    disagreements.push('quotehash is of other bytes');
  if (typeof request.runtimeData_b64 === 'string' && request.runtimeData_b64 !== '') {
    const runtimeData = bytesIn(request, 'runtimeData_b64');
    const bound = await run(({ sha256 }) => sha256(runtimeData));
    if (!equalBytes(bound, parsed.reportData.subarray(0, 32)))
      disagreements.push('the quote is bound to other runtime data');
  }
  return disagreements;
}
