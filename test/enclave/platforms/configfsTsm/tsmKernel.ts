import type { HostFiles } from '../../../../enclave/platforms/hostFiles.js';
import { others, snpReportOver, systemError, tdxQuoteOver } from '../evidenceOver.js';

interface Request {
  writes: number;
  reads: number;
  level: number;
  inblob: Uint8Array | undefined;
  outblob: Uint8Array | undefined;
  auxblob: Uint8Array | undefined;
}

/**
 * A stand-in for the kernel's configfs-tsm. As there: a folder is a request; a write to `privlevel` or `inblob` counts one
 * generation; what is written to `inblob` is taken when the file is closed, and an error then is lost; `outblob` is made
 * when it is first read after a write, and is EINVAL without an `inblob`; TDX has neither levels nor `auxblob`; files that
 * are only written cannot be read and the reverse. Every call yields.
 */
export class TsmKernel implements HostFiles {
  provider: string | undefined = 'tdx_guest';
  floor = 0;
  certificateTable: Uint8Array | undefined = new Uint8Array(0);
  outblobOf: (inblob: Uint8Array, level: number) => Uint8Array | Promise<Uint8Array> = (inblob) =>
    this.provider === 'sev_guest' ? snpReportOver(inblob) : tdxQuoteOver(inblob);
  readonly requests = new Map<string, Request>();
  /** What was done, in order, without the request's name. */
  readonly log: string[] = [];
  /** System codes with which the next calls of this verb and file fail, for instance "read outblob". */
  readonly failures = new Map<string, string[]>();
  /** Runs before each call; another process can do its worst here. */
  before: (verb: string, file: string, request: Request | undefined) => void = () => undefined;
  mounted = true;

  async makeFolder(path: string): Promise<void> {
    await this.enter('mkdir', path);
    if (!this.mounted) throw systemError('ENOENT');
    if (this.provider === undefined) throw systemError('ENXIO');
    if (this.requests.has(path)) throw systemError('EEXIST');
    const nothing = { inblob: undefined, outblob: undefined, auxblob: undefined };
    this.requests.set(path, { writes: 0, reads: 0, level: 0, ...nothing });
  }

  async removeFolder(path: string): Promise<void> {
    await this.enter('rmdir', path);
    if (!this.requests.delete(path)) throw systemError('ENOENT');
  }

  async write(path: string, bytes: Uint8Array): Promise<void> {
    const [request, file] = await this.open('write', path);
    if (file === 'inblob') {
      if (bytes.length > 64) throw systemError('EFBIG');
      request.inblob = Uint8Array.from(bytes);
    } else if (file === 'privlevel' && this.hasLevels()) {
      const level = Number(Buffer.from(bytes).toString());
      if (!(level >= this.floor && level <= 3)) throw systemError('EINVAL');
      request.level = level;
    } else throw systemError(this.isThere(file) ? 'EACCES' : 'ENOENT');
    request.writes += 1;
  }

  async read(path: string, maximumBytes: number): Promise<Uint8Array> {
    const [request, file] = await this.open('read', path);
    const content = await this.contentOf(request, file);
    if (content.length > maximumBytes) throw new RangeError(`${path} holds more than ${maximumBytes} bytes`);
    return content;
  }

  replace = (): Promise<void> => Promise.reject(systemError('EPERM'));

  private async contentOf(request: Request, file: string): Promise<Uint8Array> {
    if (file === 'provider') return Buffer.from(`${this.provider ?? ''}\n`);
    if (file === 'generation') return Buffer.from(`${request.writes}\n`);
    if (file === 'privlevel_floor' && this.hasLevels()) return Buffer.from(`${this.floor}\n`);
    if (file !== 'outblob' && !(file === 'auxblob' && this.hasLevels()))
      throw systemError(this.isThere(file) ? 'EACCES' : 'ENOENT');
    if (!request.inblob) throw systemError('EINVAL');
    if (!request.outblob || request.reads !== request.writes) {
      const { inblob, level, writes } = request;
      request.outblob = await this.outblobOf(inblob, level);
      request.auxblob = this.certificateTable;
      request.reads = writes;
    }
    if (file === 'outblob') return request.outblob;
    if (!request.auxblob) throw systemError('ENOENT');
    return request.auxblob;
  }

  private async open(verb: string, path: string): Promise<[Request, string]> {
    const at = path.lastIndexOf('/');
    const file = path.slice(at + 1);
    await this.enter(verb, path);
    const request = this.requests.get(path.slice(0, at));
    if (!request) throw systemError('ENOENT');
    return [request, file];
  }

  private async enter(verb: string, path: string): Promise<void> {
    const at = path.lastIndexOf('/');
    const isFolder = verb === 'mkdir' || verb === 'rmdir';
    const entry = isFolder ? verb : `${verb} ${path.slice(at + 1)}`;
    this.log.push(entry);
    await others();
    this.before(verb, path.slice(at + 1), this.requests.get(isFolder ? path : path.slice(0, at)));
    const code = this.failures.get(entry)?.shift();
    if (code !== undefined) throw systemError(code);
  }

  private hasLevels(): boolean {
    return this.provider === 'sev_guest';
  }

  private isThere(file: string): boolean {
    return ['provider', 'generation', 'inblob', 'outblob'].includes(file);
  }
}
