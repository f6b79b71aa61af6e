import type { FailedMatchResult } from 'ohm-js';
import type { Position } from './policy.js';
import { PolicySyntaxRefusal, symbolAt } from './syntaxRefusal.js';

/** What the parser would have read at the place where it stopped; ohm-js has this, and its types do not. */
interface Expectation {
  readonly type: 'description' | 'string' | 'code';
  getText(): string;
  /** True where the missing part is optional, such as a further list item, and also for white space. */
  isFluffy(): boolean;
}

/** May stand almost anywhere, so that naming it helps nobody. */
const UNHELPFUL = new Set([' ', '\t', '\r', '\n', '\uFEFF', '//', '\\"', '\\\\']);

/** The refusal of a text that the grammar does not match: its first symbol that cannot stand there, and what could. */
export function mismatch(
  text: string,
  match: FailedMatchResult,
  positionOf: (offset: number) => Position,
): PolicySyntaxRefusal {
  const offset = match.getRightmostFailurePosition();
  const symbol = symbolAt(text, offset);
  const expected = (match as FailedMatchResult & { getRightmostFailures(): readonly Expectation[] })
    .getRightmostFailures()
    .filter((failure) => !failure.isFluffy() || (failure.type !== 'code' && !UNHELPFUL.has(failure.getText())))
    .map((failure) => (failure.type === 'string' ? `'${failure.getText()}'` : failure.getText()));
  return new PolicySyntaxRefusal(
    positionOf(offset),
    symbol,
    `mismatched input '${symbol}' expecting ${[...new Set(expected)].join(', ')}`,
  );
}
