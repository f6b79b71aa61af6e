import { readFile, stat } from 'node:fs/promises';

export interface WatchOptions {
  readonly file: string;
  readonly intervalMs: number;
  /** What it holds now, where that is not what it held before. Awaited: the file is not looked at meanwhile. */
  readonly onChange: (text: string) => Promise<void>;
  /** The file cannot be read, for instance because it is just being replaced. It is looked at again. */
  readonly onFailure: (thrown: unknown) => void;
}

/**
 * Looks at a file in intervals: file system events get lost on network file systems and where a mounted ConfigMap is swapped.
 *
 * @param text what it held when it was read last
 * @returns a function that ends it
 */
export function watchFile(text: string, { file, intervalMs, onChange, onFailure }: WatchOptions): () => void {
  let known = text;
  let mark: string | undefined;
  let ended = false;
  let timer: NodeJS.Timeout;
  const look = async (): Promise<void> => {
    try {
      const { ino, mtimeMs, size } = await stat(file);
      const seen = `${ino} ${mtimeMs} ${size}`;
      if (seen === mark) return;
      const now = await readFile(file, 'utf8');
      mark = seen;
      if (now === known) return;
      known = now;
      await onChange(now);
    } catch (thrown) {
      onFailure(thrown);
    }
  };
  const next = (): void => {
    timer = setTimeout(() => void look().finally(() => ended || next()), intervalMs);
  };
  next();
  return () => {
    ended = true;
    clearTimeout(timer);
  };
}
