import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { kindOfQuote, reportDataIn } from '../../../enclave/evidence/reportDataIn.js';
import { TpmError, readNvPublicAnswer, readNvReadAnswer } from '../../../enclave/platforms/azureVtpm/tpmCommands.js';
import { cocoAgentPlatform } from '../../../enclave/platforms/cocoAgent/platform.js';
import { snpReportOf } from '../../../enclave/platforms/cocoAgent/snpReport.js';
import { readCertificateTable } from '../../../enclave/platforms/configfsTsm/certificateTable.js';
import { configfsTsmPlatform } from '../../../enclave/platforms/configfsTsm/platform.js';
import { graminePlatform } from '../../../enclave/platforms/gramine/platform.js';
import { Refusal } from '../../../enclave/refusals.js';
import { agentReport } from './cocoAgent/agentReport.js';
import { certificateTableOf } from './configfsTsm/certificateTableOf.js';
import { TsmKernel } from './configfsTsm/tsmKernel.js';
import { reportDataNumber, sgxQuoteOver, snpReportOver, tdxQuoteOver } from './evidenceOver.js';
import { GramineDevice } from './gramine/gramineDevice.js';

/** CLOISTER_FUZZ_RUNS=100000 searches for minutes. */
const numRuns = Number(process.env.CLOISTER_FUZZ_RUNS ?? 300);
const reportData = reportDataNumber(7);

/** Random bytes, and good ones with some bytes changed or the end cut off. */
const bytesLike = (good: Uint8Array) => {
  const edit = fc.record({ at: fc.nat(good.length - 1), value: fc.nat(255) });
  const edited = fc.tuple(fc.array(edit, { maxLength: 6 }), fc.nat(good.length)).map(([edits, cut]) => {
    const bytes = Uint8Array.from(good);
    for (const { at, value } of edits) bytes[at] = value;
    return cut % 4 === 0 ? bytes.subarray(0, cut) : bytes;
  });
  return fc.oneof(fc.uint8Array({ maxLength: 600 }), edited);
};

/** Either a value, or an error of one of these kinds. */
function valueOr(kinds: readonly (new (...args: never[]) => Error)[], work: () => unknown): void {
  try {
    work();
  } catch (thrown) {
    if (!kinds.some((kind) => thrown instanceof kind)) throw thrown;
  }
}

describe('whatever bytes a platform gives', () => {
  const nv = Buffer.from('8002000000170000000000000008000400000000000001' + '0000', 'hex');

  test.each<[string, Uint8Array, (bytes: Uint8Array) => unknown]>([
    ['a quote of SGX', sgxQuoteOver(reportData), (quote) => reportDataIn({ kind: 'SgxEnclave', quote })],
    [
      'a quote of TDX',
      tdxQuoteOver(reportData),
      (quote) => kindOfQuote(quote) && reportDataIn({ kind: 'TdxVm', quote }),
    ],
    [
      'a certificate table',
      certificateTableOf({ vcek: 'vcek', ask: 'ask', ark: 'ark' }),
      (table) => valueOr([RangeError], () => readCertificateTable(table)),
    ],
    ['an answer of a TPM', nv, (answer) => valueOr([RangeError, TpmError], () => readNvReadAnswer(answer))],
    ['a description by a TPM', nv, (answer) => valueOr([RangeError, TpmError], () => readNvPublicAnswer(answer))],
  ])('%s gives a value or its own kind of error', (_name, good, parse) => {
    fc.assert(
      fc.property(bytesLike(good), (bytes) => {
        parse(bytes);
      }),
      { numRuns },
    );
  });

  test('fields of a report give the report, or a RangeError', () => {
    const good = agentReport(snpReportOver(reportData), 'new');
    const fields = fc.dictionary(fc.constantFrom(...Object.keys(good)), fc.jsonValue());
    fc.assert(
      fc.property(fields, (changed) =>
        valueOr([RangeError], () => expect(snpReportOf({ ...good, ...changed })).toHaveLength(1184)),
      ),
      { numRuns },
    );
  });

  test('a driver gives evidence over what was asked for, or a Refusal', async () => {
    const judge = async (evidence: Promise<Parameters<typeof reportDataIn>[0]>) => {
      try {
        expect(Buffer.from(reportDataIn(await evidence) ?? [])).toEqual(Buffer.from(reportData));
      } catch (thrown) {
        if (!(thrown instanceof Refusal)) throw thrown;
      }
    };
    const device = new GramineDevice();
    const kernel = new TsmKernel();
    kernel.provider = 'sev_guest';
    const agent = { body: new Uint8Array() };
    const drivers = [
      graminePlatform({ files: device }),
      configfsTsmPlatform({ files: kernel, uniqueName: () => 'x', pause: () => Promise.resolve() }),
      cocoAgentPlatform({ fetch: () => Promise.resolve(new Response(Uint8Array.from(agent.body))) }),
    ];
    const body = Buffer.from(JSON.stringify({ attestation_report: agentReport(snpReportOver(reportData), 'new') }));
    await fc.assert(
      fc.asyncProperty(
        bytesLike(sgxQuoteOver(reportData)),
        bytesLike(snpReportOver(reportData)),
        bytesLike(certificateTableOf({ vcek: 'vcek' })),
        fc.oneof(
          bytesLike(body),
          fc.json().map((text) => Buffer.from(text)),
        ),
        async (quote, report, table, answer) => {
          device.quoteOver = () => quote;
          [kernel.outblobOf, kernel.certificateTable] = [() => report, table];
          agent.body = answer;
          for (const driver of drivers) await judge(driver.evidence(reportData));
          expect(kernel.requests.size).toBe(0);
        },
      ),
      { numRuns },
    );
  });
});
