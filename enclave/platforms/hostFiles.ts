import { constants } from 'node:fs';
import { mkdir, open, rename, rmdir } from 'node:fs/promises';

/**
 * Files as drivers use them. Each call opens the file anew and closes it: devices and configfs decide what an open file
 * shows at the moment when it is opened, and take what was written when it is closed.
 */
export interface HostFiles {
  /** From one open to the end. @throws RangeError beyond `maximumBytes`; the system's error with its `code` otherwise. */
  read(path: string, maximumBytes: number): Promise<Uint8Array>;
  /** Into a file that is there, in one write. @throws the system's error, also where less than everything was taken. */
  write(path: string, bytes: Uint8Array): Promise<void>;
  /** Whole under its name, or not at all; creates it. */
  replace(path: string, bytes: Uint8Array): Promise<void>;
  makeFolder(path: string): Promise<void>;
  /** An empty one. */
  removeFolder(path: string): Promise<void>;
}

const CHUNK_BYTES = 16 * 1024;
/** Readable and writable by nobody else. */
const OWNER_ONLY = 0o600;

/** The files of the machine that this process runs on. */
export const nodeHostFiles: HostFiles = {
  read: async (path, maximumBytes) => {
    const file = await open(path, constants.O_RDONLY);
    try {
      const chunks: Uint8Array[] = [];
      // Sizes that devices and configfs state are not those of their content.
      for (let bytes = 0; ;) {
        const chunk = new Uint8Array(CHUNK_BYTES);
        const { bytesRead } = await file.read(chunk, 0, CHUNK_BYTES, null);
        if (bytesRead === 0) return Buffer.concat(chunks);
        bytes += bytesRead;
        if (bytes > maximumBytes) throw new RangeError(`${path} holds more than ${maximumBytes} bytes`);
        chunks.push(chunk.subarray(0, bytesRead));
      }
    } finally {
      await file.close();
    }
  },
  write: async (path, bytes) => {
    const file = await open(path, constants.O_WRONLY);
    try {
      const { bytesWritten } = await file.write(bytes, 0, bytes.length, null);
      if (bytesWritten !== bytes.length)
        throw new RangeError(`${path} took ${bytesWritten} of ${bytes.length} bytes at once`);
    } finally {
      await file.close();
    }
  },
  replace: async (path, bytes) => {
    const { O_WRONLY, O_CREAT, O_TRUNC } = constants;
    const unfinished = `${path}.new`;
    const file = await open(unfinished, O_WRONLY | O_CREAT | O_TRUNC, OWNER_ONLY);
    try {
      await file.writeFile(bytes);
    } finally {
      await file.close();
    }
    await rename(unfinished, path);
  },
  makeFolder: async (path) => {
    await mkdir(path);
  },
  removeFolder: (path) => rmdir(path),
};

/** The system's name for what went wrong, for instance ENOENT; undefined where it is none of the system's errors. */
export function systemCodeOf(error: unknown): string | undefined {
  const code: unknown = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : undefined;
}
