import type { Writable } from 'node:stream';

/** Where a command writes: what was asked for goes to `out`, everything else to `err`, so that pipes get answers only. */
export interface Terminal {
  out(line: string): void;
  err(line: string): void;
  /** One line that is replaced by the next; on something that is no terminal, a line for each change of the text. */
  progress(text: string): void;
  /** Takes the progress line away. */
  settle(): void;
}

export function createTerminal({ out, err }: { out: Writable; err: Writable & { isTTY?: boolean } }): Terminal {
  let shown = '';
  const clear = (): void => {
    if (shown !== '' && err.isTTY === true) err.write('\r\u001b[2K');
    shown = '';
  };
  return {
    out(line) {
      clear();
      out.write(`${line}\n`);
    },
    err(line) {
      clear();
      err.write(`${line}\n`);
    },
    progress(text) {
      if (text === shown) return;
      if (err.isTTY === true) {
        clear();
        err.write(text);
      } else err.write(`${text}\n`);
      shown = text;
    },
    settle: clear,
  };
}

/** Label and value in two columns. */
export function columns(rows: readonly (readonly [string, string])[], indent = ''): string[] {
  const width = Math.max(0, ...rows.map(([label]) => label.length));
  return rows.map(([label, value]) => `${indent}${label.padEnd(width)}  ${value}`.trimEnd());
}
