import type { EvidencePlatform, PlatformEvidence } from '../../evidence/attester.js';
import { Refusal } from '../../refusals.js';
import { answers, MAXIMUM_QUOTE_BYTES, quoteEvidence, requireWholeReportData } from '../answer.js';
import type { HostFiles } from '../hostFiles.js';
import { systemCodeOf } from '../hostFiles.js';
import { createTurns } from '../turns.js';

/** Where a program beside this process, inside the same enclave, leaves SGX quotes for it. */
export interface QuoteFiles {
  /** The bare quote, binary. Whoever writes it must put it there whole, by renaming. */
  readonly quoteFile: string;
  /**
   * Where we put the 64 bytes of report data that a quote is wanted for. Absent means that nobody answers requests: only
   * the one quote that is there can be given, for the report data that it holds.
   */
  readonly requestFile?: string | undefined;
}

export interface QuoteFileOptions extends QuoteFiles {
  readonly name: string;
  readonly files: HostFiles;
  /** Waits, for instance by setTimeout. */
  readonly pause: (milliseconds: number) => Promise<void>;
  readonly timeoutMs?: number;
}

const TIMEOUT_MS = 10_000;
const LOOK_EVERY_MS = 50;

/**
 * SGX quotes out of a file, for platforms that make them by a native call which Node cannot make. What the file says it
 * vouches for is compared with what was asked for; a quote over anything else is as good as none.
 */
export function quoteFilePlatform(options: QuoteFileOptions): EvidencePlatform {
  const { name, files, quoteFile, requestFile, timeoutMs = TIMEOUT_MS } = options;
  const inTurn = createTurns({ source: name, timeoutMs: timeoutMs + LOOK_EVERY_MS });
  return {
    name,
    simulated: false,
    evidence: async (reportData) => {
      requireWholeReportData(reportData);
      return inTurn(async () => {
        if (requestFile !== undefined) await request(requestFile, reportData);
        const looks = requestFile === undefined ? 1 : Math.max(1, Math.ceil(timeoutMs / LOOK_EVERY_MS));
        for (let look = 1; look < looks; look++) {
          const evidence = await readQuote().catch(() => undefined);
          if (evidence && answers(evidence, reportData)) return evidence;
          await options.pause(LOOK_EVERY_MS);
        }
        const evidence = await readQuote();
        if (answers(evidence, reportData)) return evidence;
        throw new Refusal('EVIDENCE_UNAVAILABLE', wrongQuote(quoteFile, requestFile));
      });
    },
  };

  async function request(path: string, reportData: Uint8Array): Promise<void> {
    await files.replace(path, reportData).catch((cause: unknown) => {
      throw new Refusal(
        'CONFIGURATION_INVALID',
        `${name}: the request for a quote cannot be written to ${path} (${systemCodeOf(cause) ?? String(cause)}).`,
        { cause },
      );
    });
  }

  async function readQuote(): Promise<PlatformEvidence> {
    let quote: Uint8Array;
    try {
      quote = await files.read(quoteFile, MAXIMUM_QUOTE_BYTES);
    } catch (cause) {
      throw new Refusal(
        'EVIDENCE_UNAVAILABLE',
        `${name}: ${quoteFile} cannot be read (${systemCodeOf(cause) ?? String(cause)}); what writes the quotes there must run.`,
        { cause },
      );
    }
    const evidence = quoteEvidence(quote, `${name}'s ${quoteFile}`);
    if (evidence.kind === 'SgxEnclave') return evidence;
    throw new Refusal('EVIDENCE_UNAVAILABLE', `${name}: ${quoteFile} holds a quote that is not of SGX.`);
  }
}

function wrongQuote(quoteFile: string, requestFile: string | undefined): string {
  return requestFile === undefined
    ? `${quoteFile} holds a quote over other report data than were asked for, and no request file is configured by which ` +
        'a new quote could be asked for (CLOISTER_QUOTE_REQUEST_FILE).'
    : `${quoteFile} never held a quote over the report data in ${requestFile}: what answers requests must run.`;
}
