/** What parentheses inside of do not count: strings and comments, complete or cut off by the end. */
const SKIPPED = /"(?:[^"\\]|\\[^])*(?:"|\\?$)|\/\/[^\n]*|[()]/g;

/** Where parentheses first nest deeper than `depth`; `undefined` where they never do. */
export function offsetBeyondDepth(text: string, depth: number): number | undefined {
  let open = 0;
  for (const { 0: symbol, index } of text.matchAll(SKIPPED)) {
    if (symbol === '(') open += 1;
    else if (symbol === ')') open = Math.max(0, open - 1);
    if (open > depth) return index;
  }
  return undefined;
}
