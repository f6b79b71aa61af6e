import type { EvidencePlatform, PlatformEvidence } from '../../evidence/attester.js';
import { Refusal } from '../../refusals.js';
import type { AmdCertificates } from '../amdCertificates.js';
import { amdChainPem } from '../amdCertificates.js';
import { quoteEvidence, requireAnswer, requireWholeReportData } from '../answer.js';
import type { Fetch } from '../boundedFetch.js';
import { askBounded, jsonObjectIn } from '../boundedFetch.js';
import { createTurns } from '../turns.js';
import { snpReportOf } from './snpReport.js';

/** Loopback of the pod: the agent answers nobody else. */
export const COCO_AGENT = 'http://127.0.0.1:8006';

export interface CocoAgentOptions {
  readonly fetch: Fetch;
  /** Without a trailing slash. */
  readonly url?: string;
  readonly timeoutMs?: number;
}

const SOURCE = 'The attestation agent';
/** The agent's own time limit is 50 s; whoever asks us for evidence does not wait so long. */
const TIMEOUT_MS = 15_000;
/** A TDX answer may carry the event log of the boot. */
const ANSWER_BYTES = 2 * 1024 * 1024;
const CERTIFICATE_BYTES = 16 * 1024;

type Fields = Readonly<Record<string, unknown>>;

/**
 * Evidence of the Confidential Containers attestation agent over its REST interface (confidential-containers/
 * guest-components, api-server-rest). The agent puts the runtime data that it is given into report_data, as they are.
 */
export function cocoAgentPlatform({
  fetch,
  url = COCO_AGENT,
  timeoutMs = TIMEOUT_MS,
}: CocoAgentOptions): EvidencePlatform {
  // The agent copes with several at once, the device below it does not.
  const inTurn = createTurns({ source: SOURCE, timeoutMs });
  return {
    name: 'coco-agent',
    simulated: false,
    evidence: async (reportData) => {
      requireWholeReportData(reportData);
      return inTurn(async () => requireAnswer(evidenceIn(await ask(reportData)), reportData, SOURCE));
    },
  };

  async function ask(reportData: Uint8Array): Promise<Fields> {
    const runtimeData = Buffer.from(reportData).toString('base64url');
    const answer = await askBounded({
      fetch,
      url: `${url}/aa/evidence?runtime_data=${runtimeData}&encoding=base64`,
      timeoutMs,
      maximumBytes: ANSWER_BYTES,
    });
    if (answer.status === 403 || answer.status === 404 || answer.status === 405)
      throw new Refusal(
        'CONFIGURATION_INVALID',
        `${url} answered ${answer.status}: the guest must run an attestation agent that takes base64, with its REST ` +
          'interface enabled for attestation (agent.guest_components_rest_api=all).',
      );
    if (answer.status !== 200)
      throw new Refusal('EVIDENCE_UNAVAILABLE', `${SOURCE} at ${url} answered ${answer.status}.`);
    const fields = jsonObjectIn(answer.bytes);
    if (fields) return fields;
    throw new Refusal(
      'EVIDENCE_UNAVAILABLE',
      `${SOURCE} at ${url} answered ${answer.bytes.length} bytes that are not a JSON object.`,
    );
  }
}

function evidenceIn(fields: Fields): PlatformEvidence {
  const { attestation_report: report, quote } = fields;
  if (typeof report === 'object' && report !== null) return snpEvidence(report as Fields, fields.cert_chain);
  if (typeof quote === 'string') return quoteEvidence(bytesOf(quote), SOURCE);
  if (typeof fields.svn === 'string' && typeof fields.report_data === 'string')
    throw new Refusal(
      'CONFIGURATION_INVALID',
      `${SOURCE} gives sample evidence: no TEE is there. Run the pod with a confidential runtime class.`,
    );
  const names = Object.keys(fields)
    .slice(0, 8)
    .map((name) => name.slice(0, 32));
  throw new Refusal(
    'EVIDENCE_UNAVAILABLE',
    `${SOURCE} gave evidence that is neither of SGX, TDX nor SEV-SNP; its fields: ${names.join(', ') || 'none'}.`,
  );
}

/** Standard base64; undefined bytes are no quote, which the caller finds. */
function bytesOf(base64: string): Uint8Array {
  return /^[A-Za-z0-9+/]*={0,2}$/.test(base64) ? Buffer.from(base64, 'base64') : new Uint8Array(0);
}

function snpEvidence(report: Fields, chain: unknown): PlatformEvidence {
  try {
    return { kind: 'SevSnpVm', report: snpReportOf(report), certificates: amdChainPem(certificatesIn(chain)) };
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new Refusal(
      'EVIDENCE_UNAVAILABLE',
      `${SOURCE} takes SEV-SNP reports apart, and this one cannot be put together again: ${cause.message}. ` +
        'The configfs-tsm driver gives the report itself.',
      { cause },
    );
  }
}

const NAMES: Readonly<Record<string, keyof AmdCertificates>> = { VCEK: 'vcek', VLEK: 'vlek', ASK: 'ask', ARK: 'ark' };

/** `[{cert_type, data: [bytes]}]` or null; other types than AMD's four are skipped. @throws RangeError */
function certificatesIn(chain: unknown): AmdCertificates {
  if (chain === undefined || chain === null) return {};
  if (!Array.isArray(chain) || chain.length > 32) throw new RangeError('cert_chain is no list of certificates');
  const found: { -readonly [Name in keyof AmdCertificates]: AmdCertificates[Name] } = {};
  for (const entry of chain as readonly unknown[]) {
    const { cert_type: type, data } = (entry ?? {}) as Fields;
    const name = typeof type === 'string' && Object.hasOwn(NAMES, type) ? NAMES[type] : undefined;
    if (name === undefined) continue;
    const isByte = (item: unknown) => Number.isInteger(item) && (item as number) >= 0 && (item as number) <= 255;
    if (!Array.isArray(data) || data.length > CERTIFICATE_BYTES || !data.every(isByte))
      throw new RangeError(`cert_chain's ${name} is no list of bytes`);
    found[name] = Uint8Array.from(data as number[]);
  }
  return found;
}
