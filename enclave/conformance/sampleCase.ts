import { bytesOfBase64, bytesOfHex, equalBytes, hexOf } from '../bytes.js';
import { Refusal } from '../refusals.js';
import { fixedIssuerKeys } from '../results/issuerKeys.js';
import { parseQuote } from '../verification/dcap/quote.js';
import type { SgxReport } from '../verification/dcap/sgxReport.js';
import type { Fields, JudgeCase, JudgeOptions } from './case.js';
import { bytesIn, fieldDisagreements, textIn } from './case.js';

/** A description of an enclave beside a quote of it: the quote must say the same. */
export const judgeEnclaveInfo: JudgeCase = (vector) => {
  const report = sgxReportIn(withoutHeader(bytesOfHex(textIn(vector, 'QuoteHex'))));
  return fieldDisagreements(
    {
      MrEnclaveHex: textIn(vector, 'MrEnclaveHex').toLowerCase(),
      MrSignerHex: textIn(vector, 'MrSignerHex').toLowerCase(),
      SecurityVersion: vector.SecurityVersion,
    },
    { MrEnclaveHex: report.mrEnclave, MrSignerHex: report.mrSigner, SecurityVersion: report.isvSvn },
  );
};

/** The protocol of 2018: a quote with the data that its report holds the digest of. */
export const judgeHeldData: JudgeCase = async (vector, { run }) => {
  const report = sgxReportIn(withoutHeader(bytesIn(vector, 'Quote')));
  const held = bytesIn(vector, 'EnclaveHeldData');
  const digest = await run(({ sha256 }) => sha256(held));
  return equalBytes(digest, report.reportData.subarray(0, 32)) ? [] : ['the quote is bound to other data'];
};

/** An issuer's keys: each is one that we would use, or is refused for a reason that we name. */
export const judgeJwks: JudgeCase = async (vector) => {
  const keys = fixedIssuerKeys(vector);
  const disagreements: string[] = [];
  for (const { kid } of vector.keys as readonly Fields[]) {
    try {
      await keys.find({ issuer: 'sample', jwksUri: 'sample' }, String(kid));
    } catch (thrown) {
      // RSA of 1024 bits was Azure's own in 2020; it proves nothing any more.
      if (!(thrown instanceof Refusal)) disagreements.push(`key ${String(kid)}: ${String(thrown)}`);
    }
  }
  return disagreements;
};

/** A token of 2020 as two JSON texts, header and claims: it must be about the evidence of the request beside it. */
export async function judgeTokenParts(
  name: string,
  { header, claims }: { header: Fields; claims: Fields },
  { readSibling, run }: JudgeOptions,
): Promise<string[]> {
  const disagreements = fieldDisagreements({ alg: 'RS256', typ: 'JWT' }, { alg: header.alg, typ: header.typ });
  const request = readSibling(name.replace('.response.jwt.body.', '.body.'));
  if (request === undefined) return disagreements;
  // The hash of 2018 leaves Open Enclave's header out.
  const quote = withoutHeader(bytesOfBase64(textIn(JSON.parse(request) as Fields, 'Quote')));
  const report = sgxReportIn(quote);
  const { 'maa-quotehash': quoteHash } = claims['maa-attestationcollateral'] as Fields;
  return [
    ...disagreements,
    ...fieldDisagreements(
      { 'sgx-mrenclave': report.mrEnclave, 'sgx-mrsigner': report.mrSigner, svn: report.isvSvn, quotehash: quoteHash },
      { ...claims, quotehash: await run(({ sha256 }) => hexOf(sha256(quote))) },
    ),
  ];
}

function sgxReportIn(quote: Uint8Array): SgxReport {
  const { report } = parseQuote(quote);
  if (report.tee !== 'sgx') throw new RangeError('the quote is of a TD');
  return report;
}

const HEADER_BYTES = 16;

/** Open Enclave puts 16 bytes before a quote, Intel's own SDK does not. */
function withoutHeader(bytes: Uint8Array): Uint8Array {
  return bytes[0] === 1 ? bytes.subarray(HEADER_BYTES) : bytes;
}
