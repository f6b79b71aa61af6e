import { Refusal } from '../refusals.js';
import type { Position } from './policy.js';

/** How much of a text a message repeats, in characters. */
const MAXIMUM_SYMBOL_CHARACTERS = 40;
const MAXIMUM_REASON_CHARACTERS = 240;

/** POLICY_SYNTAX_INVALID with its place. The message has the form of Azure Attestation's PolicyParsingError. */
export class PolicySyntaxRefusal extends Refusal implements Position {
  readonly line: number;
  readonly column: number;
  /** What is wrong, without the place. */
  readonly reason: string;

  constructor({ line, column }: Position, symbol: string, reason: string) {
    const shown = shortened(symbol, MAXIMUM_SYMBOL_CHARACTERS);
    const said = shortened(reason, MAXIMUM_REASON_CHARACTERS);
    super(
      'POLICY_SYNTAX_INVALID',
      `Offending symbol: '${shown}' Line: '${line}', Column: '${column}' Failure message: '${said}'`,
    );
    this.line = line;
    this.column = column;
    this.reason = said;
  }
}

const TOKEN = /"(?:[^"\\\n]|\\.)*"?|[A-Za-z_][A-Za-z0-9_]*|-?[0-9]+|=>|[=!<>]=|&&|\/\/[^\n]*|\s+|[^]/uy;

/** The symbol that begins at an offset, or its beginning; `<EOF>` after the last one. */
export function symbolAt(text: string, offset: number): string {
  TOKEN.lastIndex = offset;
  return shortened(TOKEN.exec(text)?.[0] ?? '<EOF>', MAXIMUM_SYMBOL_CHARACTERS);
}

function shortened(text: string, characters: number): string {
  return text.length > characters + 1 ? `${text.slice(0, characters)}…` : text;
}

/** Finds lines and columns of one text. */
export function positionsIn(text: string): (offset: number) => Position {
  const starts = [0];
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return (offset) => {
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - (starts[low] ?? 0) + 1 };
  };
}
