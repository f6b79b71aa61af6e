import { closeSync, fstatSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';

/** A log file that never grows past a bound: at `maximumBytes` it becomes PATH.1 (replacing the one before) and starts anew. */
export interface LogFile {
  write(chunk: Uint8Array): void;
  close(): void;
}

export const MAXIMUM_LOG_BYTES = 5 * 1024 * 1024;

export function openLogFile(path: string, maximumBytes = MAXIMUM_LOG_BYTES): LogFile {
  let file: number | undefined = openSync(path, 'a', 0o600);
  let size = fstatSync(file).size;
  return {
    write(chunk) {
      if (file === undefined) return;
      if (size > 0 && size + chunk.byteLength > maximumBytes) {
        closeSync(file);
        renameSync(path, `${path}.1`);
        file = openSync(path, 'a', 0o600);
        size = 0;
      }
      writeSync(file, chunk);
      size += chunk.byteLength;
    },
    close() {
      if (file !== undefined) closeSync(file);
      file = undefined;
    },
  };
}

/** The last lines of a log as a person reads them: the message of JSON lines, others as they are. */
export function lastLines(path: string, count: number): string[] {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    return [];
  }
  return text.trimEnd().split('\n').slice(-count).map(readable);
}

function readable(line: string): string {
  try {
    const { message, code, reason } = JSON.parse(line) as Record<string, unknown>;
    const parts = [code, message, reason].filter((part) => typeof part === 'string');
    return parts.length > 0 ? parts.join(': ') : line;
  } catch {
    return line;
  }
}
