import { mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { nodeHostFiles } from '../../../../enclave/platforms/hostFiles.js';
import { occlumPlatform } from '../../../../enclave/platforms/occlum/platform.js';
import { quoteFilePlatform } from '../../../../enclave/platforms/quoteFile/platform.js';
import { sconePlatform } from '../../../../enclave/platforms/scone/platform.js';
import { expectNoMixing, reportDataNumber, sgxQuoteOver, tdxQuoteOver } from '../evidenceOver.js';

const reportData = reportDataNumber(7);
const pause = () => new Promise<void>((resolve) => setTimeout(resolve, 2));
let folder: string;
let quoteFile: string;
let requestFile: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cloister-quote-file-'));
  [quoteFile, requestFile] = [join(folder, 'quote'), join(folder, 'report-data')];
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const common = { name: 'test', files: nodeHostFiles, pause };

describe('a quote that an init process left', () => {
  test('is given for the report data that it holds', async () => {
    await writeFile(quoteFile, sgxQuoteOver(reportData));
    const evidence = await quoteFilePlatform({ ...common, quoteFile }).evidence(reportData);
    expect(evidence).toEqual({ kind: 'SgxEnclave', quote: sgxQuoteOver(reportData) });
  });

  test('is refused for any other', async () => {
    await writeFile(quoteFile, sgxQuoteOver(reportData));
    await expect(quoteFilePlatform({ ...common, quoteFile }).evidence(reportDataNumber(8))).rejects.toMatchObject({
      code: 'EVIDENCE_UNAVAILABLE',
      message: expect.stringContaining('CLOISTER_QUOTE_REQUEST_FILE'),
    });
  });

  test.each([
    ['is not there', undefined],
    ['is no quote', Buffer.from('not a quote')],
    ['is of TDX', tdxQuoteOver(reportData)],
    ['is larger than any quote', Buffer.alloc(100_000)],
  ])('is refused where it %s', async (_name, content) => {
    if (content) await writeFile(quoteFile, content);
    await expect(quoteFilePlatform({ ...common, quoteFile }).evidence(reportData)).rejects.toMatchObject({
      code: 'EVIDENCE_UNAVAILABLE',
    });
  });
});

describe('a program that answers requests', () => {
  /** Writes a quote over whatever the request file holds, as a native helper would. */
  function helper() {
    const state = { running: true };
    const work = (async () => {
      let last = '';
      while (state.running) {
        const asked = await readFile(requestFile).catch(() => undefined);
        if (asked && asked.toString('hex') !== last) {
          last = asked.toString('hex');
          await writeFile(`${quoteFile}.new`, sgxQuoteOver(asked));
          await rename(`${quoteFile}.new`, quoteFile);
        }
        await pause();
      }
    })();
    return () => ((state.running = false), work);
  }

  test('gives each of twenty callers at once their own quote', async () => {
    const stop = helper();
    await expectNoMixing(quoteFilePlatform({ ...common, quoteFile, requestFile }));
    await stop();
  });

  test('is waited for, and a quote over other report data is not taken for its answer', async () => {
    await writeFile(quoteFile, sgxQuoteOver(reportDataNumber(1)));
    const asked = quoteFilePlatform({ ...common, quoteFile, requestFile }).evidence(reportData);
    await pause();
    const stop = helper();
    expect(await asked).toEqual({ kind: 'SgxEnclave', quote: sgxQuoteOver(reportData) });
    await stop();
  });

  test('that does not run is named in the refusal', async () => {
    await writeFile(quoteFile, sgxQuoteOver(reportDataNumber(1)));
    const platform = quoteFilePlatform({ ...common, quoteFile, requestFile, timeoutMs: 150 });
    await expect(platform.evidence(reportData)).rejects.toMatchObject({
      code: 'EVIDENCE_UNAVAILABLE',
      message: expect.stringContaining(requestFile),
    });
  });

  test('is not reached where requests cannot be written', async () => {
    const platform = quoteFilePlatform({ ...common, quoteFile, requestFile: join(folder, 'absent', 'request') });
    await expect(platform.evidence(reportData)).rejects.toMatchObject({ code: 'CONFIGURATION_INVALID' });
  });
});

describe.each([
  ['scone', sconePlatform],
  ['occlum', occlumPlatform],
] as const)('under %s', (name, open) => {
  test('quotes come from the file that is configured', async () => {
    await writeFile(quoteFile, sgxQuoteOver(reportData));
    const platform = open({ files: nodeHostFiles, pause, quoteFile });
    expect(platform).toMatchObject({ name, simulated: false });
    expect(await platform.evidence(reportData)).toMatchObject({ kind: 'SgxEnclave' });
  });

  test('a process without such a file does not start, and is told what to configure', () => {
    expect(() => open({ files: nodeHostFiles, pause, quoteFile: undefined })).toThrow(
      expect.objectContaining({
        code: 'CONFIGURATION_INVALID',
        message: expect.stringContaining('CLOISTER_QUOTE_FILE'),
      }),
    );
  });
});
