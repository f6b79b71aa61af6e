import { Refusal } from '../../refusals.js';
import type { Fetch } from '../boundedFetch.js';
import { askBounded, jsonObjectIn } from '../boundedFetch.js';

/** Link-local: answered by the host, which is not trusted; what it says is believed only once it is verified. */
export const AZURE_METADATA_SERVICE = 'http://169.254.169.254';

export interface MetadataServiceOptions {
  readonly fetch: Fetch;
  /** Without a trailing slash. */
  readonly url: string;
  readonly timeoutMs: number;
}

const ANSWER_BYTES = 128 * 1024;

/** Has the host's quoting enclave turn a TDREPORT (1024 bytes) into a quote. @throws Refusal EVIDENCE_UNAVAILABLE */
export async function quoteOfTdReport(tdReport: Uint8Array, options: MetadataServiceOptions): Promise<Uint8Array> {
  const { fetch, url, timeoutMs } = options;
  const answer = await askBounded({
    fetch,
    url: `${url}/acc/tdquote`,
    timeoutMs,
    maximumBytes: ANSWER_BYTES,
    body: { report: Buffer.from(tdReport).toString('base64url') },
  });
  const quote = jsonObjectIn(answer.bytes)?.quote;
  if (answer.status === 200 && typeof quote === 'string' && /^[\w-]+={0,2}$/.test(quote))
    return Buffer.from(quote, 'base64url');
  throw new Refusal('EVIDENCE_UNAVAILABLE', `${url}/acc/tdquote answered ${answer.status} without a quote.`);
}

/**
 * The certificates of this machine's VCEK as Azure caches them: PEM, leaf first. Undefined where it has none for us: they
 * are a convenience, and a verifier can have them from AMD.
 */
export async function amdCertificates({ fetch, url, timeoutMs }: MetadataServiceOptions): Promise<string | undefined> {
  const path = `${url}/metadata/THIM/amd/certification`;
  const headers = { metadata: 'true' };
  const answer = await askBounded({ fetch, url: path, timeoutMs, maximumBytes: ANSWER_BYTES, headers }).catch(
    () => undefined,
  );
  const fields = answer?.status === 200 ? jsonObjectIn(answer.bytes) : undefined;
  const { vcekCert, certificateChain } = fields ?? {};
  return isPem(vcekCert) && isPem(certificateChain)
    ? `${vcekCert.trimEnd()}\n${certificateChain.trimEnd()}\n`
    : undefined;
}

function isPem(value: unknown): value is string {
  return typeof value === 'string' && value.startsWith('-----BEGIN CERTIFICATE-----');
}
