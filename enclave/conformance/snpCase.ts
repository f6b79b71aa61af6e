import { hexOf } from '../bytes.js';
import type { SnpReport } from '../verification/sevSnp/report.js';
import { parseReport } from '../verification/sevSnp/report.js';
import { readVcekChain } from '../verification/sevSnp/vcekChain.js';
import type { VerifyReportOptions } from '../verification/sevSnp/verifyReport.js';
import { verifyReport } from '../verification/sevSnp/verifyReport.js';
import type { Fields, JudgeCase, JudgeOptions } from './case.js';
import { bytesIn, fieldDisagreements, fieldsIn, instantIn, textIn } from './case.js';
import { trustRootsOf } from './trustRoots.js';
import { outcomeOf, refusalDisagreements } from './verdict.js';

/** Kind `sev-snp`: a report with its certificates and, in our own cases, the vendor's revocation list. */
export const judgeSnpCase: JudgeCase = async (vector, { readSibling, run }) => {
  const expected = fieldsIn(vector, 'expect');
  const report = bytesIn(vector, 'report');
  const options = snpOptionsIn(vector, readSibling);
  const { certificates } = options;
  const outcome = await run((primitives) => outcomeOf(() => verifyReport(report, { ...options, primitives })));
  const fields = [
    ...reportDisagreements(expected, report),
    ...extensionDisagreements(expected, () => readVcekChain(certificates).platform),
  ];
  if ('refusal' in outcome) return [...refusalDisagreements(expected, outcome.refusal), ...fields];
  return expected.accept === true ? fields : ['expected a refusal, got acceptance', ...fields];
};

/** What a case brings beside its report: `leaf`, `ask` and `ark`, or `chain` as PEM; `crl`; `trustRoot`; `at`. */
export function snpOptionsIn(
  vector: Fields,
  readSibling: JudgeOptions['readSibling'],
): Omit<VerifyReportOptions, 'primitives'> {
  return {
    now: instantIn(vector),
    trustRoots: trustRootsOf(vector, readSibling),
    certificates:
      vector.chain === undefined
        ? ['leaf', 'ask', 'ark'].map((name) => bytesIn(vector, name))
        : textIn(vector, 'chain'),
    // Public cases bring none; "" is a list that could not be had.
    revocationList: vector.crl === undefined ? 'not-checked' : vector.crl === '' ? undefined : bytesIn(vector, 'crl'),
  };
}

function reportDisagreements(expected: Fields, bytes: Uint8Array): string[] {
  if (expected.report === undefined) return [];
  const parsed = outcomeOf(() => parseReport(bytes));
  return 'value' in parsed ? fieldDisagreements(fieldsIn(expected, 'report'), reportFields(parsed.value)) : [];
}

/** The fields of a report under the names that the vectors give them. */
function reportFields(report: SnpReport): Fields {
  const { cpu, currentFirmware, committedFirmware, policy, platformInfo, signatureAlgorithm } = report;
  return {
    ...report,
    policy: `0x${policy.raw.toString(16)}`,
    platformInfo: `0x${platformInfo.raw.toString(16)}`,
    sigAlgo: signatureAlgorithm,
    reportData: hexOf(report.reportData),
    signature: hexOf(report.signature),
    signed: undefined,
    // Version 2 has no such fields, and zeros where they came to be.
    cpuidFam: cpu?.family ?? 0,
    cpuidMod: cpu?.model ?? 0,
    cpuidStep: cpu?.stepping ?? 0,
    currentBuild: currentFirmware.build,
    currentMinor: currentFirmware.minor,
    currentMajor: currentFirmware.major,
    committedBuild: committedFirmware.build,
    committedMinor: committedFirmware.minor,
    committedMajor: committedFirmware.major,
    mitigations: undefined,
  };
}

function extensionDisagreements(expected: Fields, read: () => ReturnType<typeof readVcekChain>['platform']): string[] {
  if (expected.vcekExt === undefined || expected.vcekExt === null) return [];
  const { structureVersion, productName, hardwareId, cspId, securityPatchLevels } = read();
  return fieldDisagreements(fieldsIn(expected, 'vcekExt'), {
    1: structureVersion,
    2: productName,
    4: hardwareId,
    5: cspId,
    ...Object.fromEntries(securityPatchLevels),
  });
}
