import type { EvidencePlatform } from '../../evidence/attester.js';
import { Refusal } from '../../refusals.js';
import { answers, MAXIMUM_QUOTE_BYTES, quoteEvidence, requireWholeReportData } from '../answer.js';
import type { HostFiles } from '../hostFiles.js';
import { systemCodeOf } from '../hostFiles.js';
import { createTurns } from '../turns.js';

export const GRAMINE_FOLDER = '/dev/attestation';

export interface GramineOptions {
  readonly files: HostFiles;
  readonly folder?: string;
  readonly timeoutMs?: number;
}

const SOURCE = 'Gramine';
const TIMEOUT_MS = 10_000;
const TYPE_BYTES = 64;
/** Something else in this process may write report data of its own between our write and our read. */
const ATTEMPTS = 3;

/**
 * SGX quotes of Gramine's pseudo-files (Gramine, Documentation/attestation.rst). They belong to the whole process: what
 * `quote` shows is fixed when it is opened, by what was written to `user_report_data` last.
 */
export function graminePlatform({ files, folder = GRAMINE_FOLDER, timeoutMs = TIMEOUT_MS }: GramineOptions) {
  const inTurn = createTurns({ source: SOURCE, timeoutMs });
  const platform: EvidencePlatform = {
    name: 'gramine',
    simulated: false,
    evidence: async (reportData) => {
      requireWholeReportData(reportData);
      return inTurn(async () => {
        await requireDcap(files, folder);
        for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
          const evidence = quoteEvidence(await readQuote(reportData), `${SOURCE}'s ${folder}/quote`);
          if (evidence.kind !== 'SgxEnclave')
            throw new Refusal('EVIDENCE_UNAVAILABLE', `${folder}/quote holds a quote that is not of SGX.`);
          if (answers(evidence, reportData)) return evidence;
        }
        throw new Refusal(
          'EVIDENCE_UNAVAILABLE',
          `${folder}/quote was over other report data ${ATTEMPTS} times: something else in this process writes there.`,
        );
      });
    },
  };
  return platform;

  async function readQuote(reportData: Uint8Array): Promise<Uint8Array> {
    try {
      await files.write(`${folder}/user_report_data`, reportData);
      return await files.read(`${folder}/quote`, MAXIMUM_QUOTE_BYTES);
    } catch (cause) {
      throw new Refusal(
        'EVIDENCE_UNAVAILABLE',
        `Gramine gave no quote (${systemCodeOf(cause) ?? String(cause)}): the operator should look at the AESM service and the quote provider.`,
        { cause },
      );
    }
  }
}

/** @throws Refusal CONFIGURATION_INVALID unless Gramine attests by DCAP. */
async function requireDcap(files: HostFiles, folder: string): Promise<void> {
  const path = `${folder}/attestation_type`;
  let type: string;
  try {
    type = new TextDecoder().decode(await files.read(path, TYPE_BYTES)).replace(/[\s\0]+$/, '');
  } catch (cause) {
    throw new Refusal(
      'CONFIGURATION_INVALID',
      `${path} cannot be read (${systemCodeOf(cause) ?? String(cause)}): the process must run under gramine-sgx.`,
      { cause },
    );
  }
  if (type === 'dcap') return;
  throw new Refusal(
    'CONFIGURATION_INVALID',
    `${path} says ${JSON.stringify(type)}, not "dcap": the manifest must set sgx.remote_attestation = "dcap".`,
  );
}
