import { expect } from '@jest/globals';
import type { EvidencePlatform } from '../../../enclave/evidence/attester.js';
import { reportDataIn } from '../../../enclave/evidence/reportDataIn.js';

/** Evidence of the right shape around report data; nobody signed it. */

export function sgxQuoteOver(reportData: Uint8Array): Buffer {
  const quote = Buffer.alloc(4600);
  quote.writeUInt16LE(3, 0);
  quote.set(reportData, 48 + 320);
  return quote;
}

export function tdxQuoteOver(reportData: Uint8Array): Buffer {
  const quote = Buffer.alloc(5006);
  quote.writeUInt16LE(4, 0);
  quote.writeUInt32LE(0x81, 4);
  quote.set(reportData, 48 + 520);
  return quote;
}

export function snpReportOver(reportData: Uint8Array): Buffer {
  const report = Buffer.alloc(1184);
  report.writeUInt32LE(2, 0);
  report.set(reportData, 0x50);
  return report;
}

/** 64 bytes that differ by number. */
export function reportDataNumber(number: number): Uint8Array {
  const bytes = new Uint8Array(64).fill(number);
  bytes.fill(0, 32);
  return bytes;
}

/** Twenty requests at once: each must get the evidence that it asked for. */
export async function expectNoMixing(platform: EvidencePlatform): Promise<void> {
  const asked = Array.from({ length: 20 }, (_, number) => reportDataNumber(number + 1));
  const answers = await Promise.all(asked.map((reportData) => platform.evidence(reportData)));
  expect(answers.map((evidence) => Buffer.from(reportDataIn(evidence) ?? []).toString('hex'))).toEqual(
    asked.map((reportData) => Buffer.from(reportData).toString('hex')),
  );
}

/** An error as the system gives it. */
export function systemError(code: string): Error {
  return Object.assign(new Error(code), { code });
}

/** Lets everything else run that is ready to. */
export function others(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
