import { EvidenceRefusal } from '../verification/evidenceRefusal.js';
import type { Fields } from './case.js';
import { textsIn } from './case.js';

/** A value, or the refusal of evidence; anything else that is thrown goes on. */
export function outcomeOf<T>(verify: () => T): { value: T } | { refusal: EvidenceRefusal } {
  try {
    return { value: verify() };
  } catch (thrown) {
    if (thrown instanceof EvidenceRefusal) return { refusal: thrown };
    throw thrown;
  }
}

/**
 * Does a refusal agree with `expect` of a case? The first expected reason must be among ours: which checks fail together is
 * the verifier's own affair. Our code must be the expected one where the case names one.
 */
export function refusalDisagreements(expected: Fields, { code, reasons }: EvidenceRefusal): string[] {
  if (expected.accept === true) return [`expected acceptance, got ${reasons.join(', ')}`];
  const disagreements: string[] = [];
  const [first] = textsIn(expected, 'reasons');
  if (first !== undefined && !reasons.map(wordOf).includes(wordOf(first)))
    disagreements.push(`expected ${first}, got ${reasons.join(', ')}`);
  if (expected.code !== undefined && expected.code !== code)
    disagreements.push(`expected code ${JSON.stringify(expected.code)}, got ${code}`);
  return disagreements;
}

/** What follows the colon of these is free text. */
function wordOf(reason: string): string {
  return reason.replace(/^((?:[a-z]+-)?parse|tdx-module-missing):.*$/s, '$1');
}
