import { createHash } from 'node:crypto';

export interface MeasuredFile {
  /** Relative to the measured root, with forward slashes, so that every machine measures the same. */
  readonly path: string;
  readonly bytes: Uint8Array;
}

/**
 * The insecure platform's stand-in for MRENCLAVE: a digest of the files that a process runs. Nothing forces the process
 * to measure itself truly; that is what makes the platform insecure.
 *
 * @returns 64 hex digits: SHA-256 over SHA-256(path) ‖ SHA-256(bytes) of each file, in order of path.
 */
export function measure(files: readonly MeasuredFile[]): string {
  const sorted = [...files].sort((a, b) => (a.path < b.path ? -1 : 1));
  const digest = createHash('sha256');
  for (const [index, file] of sorted.entries()) {
    if (file.path === sorted[index - 1]?.path) throw new RangeError(`${file.path} is to be measured twice`);
    digest.update(createHash('sha256').update(file.path).digest());
    digest.update(createHash('sha256').update(file.bytes).digest());
  }
  return digest.digest('hex');
}
