import { Refusal } from '../../enclave/refusals.js';

/** A part of a list. Lists are ordered by `sequence`, newest first. */
export interface Page {
  readonly first: number;
  /** Only entries with a lower sequence. */
  readonly before: bigint;
}

export interface Connection<Node> {
  readonly nodes: readonly Node[];
  readonly endCursor: string | null;
}

const END_OF_LIST = 2n ** 63n - 1n;

/** @throws Refusal BAD_INPUT naming `first` or `after`. */
export function parsePage(
  args: { first?: number | null; after?: string | null },
  bounds: { usual: number; most: number },
): Page {
  return { first: parseFirst(args.first, bounds), before: parseCursor(args.after) };
}

/** @throws Refusal BAD_INPUT naming `first`. */
export function parseFirst(first: number | null | undefined, { usual, most }: { usual: number; most: number }): number {
  const count = first ?? usual;
  if (count < 1 || count > most) throw new Refusal('BAD_INPUT', `first: must be from 1 to ${most}, not ${count}`);
  return count;
}

function parseCursor(after: string | null | undefined): bigint {
  if (after === null || after === undefined) return END_OF_LIST;
  const sequence = /^s(\d{1,18})$/.exec(Buffer.from(after.slice(0, 64), 'base64url').toString('latin1'))?.[1];
  if (sequence === undefined) throw new Refusal('BAD_INPUT', 'after: is not a cursor of this list');
  return BigInt(sequence);
}

/**
 * @param rows one more than asked for, where there are more: whoever selects asks for `page.first + 1`.
 * @param sequenceOf the sequence of a row, as text or number.
 */
export function connectionOf<Row, Node>(
  rows: readonly Row[],
  page: Page,
  { sequenceOf, nodeOf }: { sequenceOf: (row: Row) => string; nodeOf: (row: Row) => Node },
): Connection<Node> {
  const shown = rows.slice(0, page.first);
  const last = shown.at(-1);
  const more = rows.length > page.first && last !== undefined;
  return {
    nodes: shown.map(nodeOf),
    endCursor: more ? Buffer.from(`s${sequenceOf(last)}`, 'latin1').toString('base64url') : null,
  };
}
