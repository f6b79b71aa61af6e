import type { HostFiles } from '../../../../enclave/platforms/hostFiles.js';
import { others, sgxQuoteOver, systemError } from '../evidenceOver.js';

/**
 * A stand-in for /dev/attestation under gramine-sgx: one set of files for the whole process; `quote` is made when it is
 * opened, over whatever `user_report_data` holds then. Every call yields, so that callers who do not take turns mix.
 */
export class GramineDevice implements HostFiles {
  type = 'dcap';
  reportData: Uint8Array = new Uint8Array(64);
  quoteOver: (reportData: Uint8Array) => Uint8Array | Promise<Uint8Array> = sgxQuoteOver;
  /** What was done, in order. */
  readonly log: string[] = [];
  /** Fails the next calls by path. */
  readonly failures = new Map<string, string[]>();

  async read(path: string, maximumBytes: number): Promise<Uint8Array> {
    this.note('read', path);
    const content = await this.contentOf(path);
    await others();
    if (content.length > maximumBytes) throw new RangeError(`${path} holds more than ${maximumBytes} bytes`);
    return content;
  }

  async write(path: string, bytes: Uint8Array): Promise<void> {
    this.note('write', path);
    if (path !== '/dev/attestation/user_report_data') throw systemError('EACCES');
    if (bytes.length !== 64) throw systemError('EINVAL');
    this.reportData = Uint8Array.from(bytes);
    await others();
  }

  replace = (): Promise<void> => Promise.reject(systemError('EACCES'));
  makeFolder = (): Promise<void> => Promise.reject(systemError('EACCES'));
  removeFolder = (): Promise<void> => Promise.reject(systemError('EACCES'));

  private contentOf(path: string): Uint8Array | Promise<Uint8Array> {
    if (path === '/dev/attestation/attestation_type') return Buffer.from(this.type);
    if (path === '/dev/attestation/quote') return this.quoteOver(this.reportData);
    throw systemError('ENOENT');
  }

  private note(verb: string, path: string): void {
    this.log.push(`${verb} ${path.split('/').at(-1) ?? ''}`);
    const code = this.failures.get(path)?.shift();
    if (code !== undefined) throw systemError(code);
  }
}
