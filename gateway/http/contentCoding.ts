import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';

export type ContentCoding = 'br' | 'gzip';

/** Bytes below which compressing costs more than it saves. */
export const SMALLEST_COMPRESSED_BYTES = 1400;
/** Bytes above which it would hold a thread for too long. */
export const LARGEST_COMPRESSED_BYTES = 16 * 1024 * 1024;

/** The coding that a client takes and prefers (RFC 9110, 12.5.3); brotli where it has no preference. */
export function chooseCoding(acceptEncoding: string | undefined): ContentCoding | undefined {
  if (acceptEncoding === undefined) return undefined;
  const qualities = new Map(acceptEncoding.toLowerCase().split(',', 16).map(codingOf));
  const qualityOf = (coding: string) => qualities.get(coding) ?? qualities.get('*') ?? 0;
  const [brotli, gzipped] = [qualityOf('br'), qualityOf('gzip')];
  if (brotli === 0 && gzipped === 0) return undefined;
  return brotli >= gzipped ? 'br' : 'gzip';
}

const compressBrotli = promisify(brotliCompress);
const compressGzip = promisify(gzip);

/** In a thread of its own; the event loop goes on. */
export function compress(text: string, coding: ContentCoding): Promise<Buffer> {
  const bytes = Buffer.from(text, 'utf8');
  if (coding === 'gzip') return compressGzip(bytes);
  const params = { [constants.BROTLI_PARAM_QUALITY]: 4, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length };
  return compressBrotli(bytes, { params });
}

function codingOf(text: string): [coding: string, quality: number] {
  const [coding = '', ...parameters] = text.split(';').map((part) => part.trim());
  const quality = Number(parameters.find((parameter) => parameter.startsWith('q='))?.slice(2) ?? '1');
  return [coding, quality >= 0 && quality <= 1 ? quality : 0];
}
