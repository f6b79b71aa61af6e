import { createHash } from 'node:crypto';
import { Refusal } from '../../enclave/refusals.js';
import type { JsonAnswer, JsonRequest } from '../../runtime/fetchJson.js';
import { fetchJson } from '../../runtime/fetchJson.js';
import type { Evidence, EvidenceKind } from './evidence.js';
import type { ServiceRefusal } from './serviceAnswer.js';
import { refusalInAnswer } from './serviceAnswer.js';
import type { ServicePolicies } from './servicePolicies.js';
import { readServicePolicies } from './servicePolicies.js';

/** The attestation service of the deployment, Azure's or ours (RATS: the verifier). */
export interface AttestationService {
  readonly url: string;
  /** Asks it to verify evidence. What it answers is believed by nobody yet. */
  attest(evidence: Evidence, nonce: string): Promise<{ readonly token: string } | ServiceRefusal>;
  /**
   * As it shows them now, or did a few seconds ago.
   *
   * @throws Refusal ISSUER_UNREACHABLE, TIMEOUT or UPSTREAM_FAILED where it cannot be told which they are.
   */
  policies(): Promise<ServicePolicies>;
}

export interface AttestationServiceOptions {
  readonly url: string;
  /** For one request, to the last byte of its answer. */
  readonly timeoutMs: number;
  /** Milliseconds. */
  readonly now: () => number;
}

/** TDX came last, with an interface version of its own. */
const ROUTES: Readonly<Record<EvidenceKind, { readonly field: 'quote' | 'report'; readonly version: string }>> = {
  SgxEnclave: { field: 'quote', version: '2022-08-01' },
  OpenEnclave: { field: 'report', version: '2022-08-01' },
  TdxVm: { field: 'quote', version: '2025-06-01' },
  SevSnpVm: { field: 'report', version: '2022-08-01' },
};

const RESULT_BYTES = 262_144;
const POLICIES_BYTES = 4 * 1_048_576;

/** However often somebody looks, the service is asked for its policies once in this time. */
const FRESH_MS = 5000;

export function createAttestationService({ url, timeoutMs, now }: AttestationServiceOptions): AttestationService {
  let known: { readonly at: number; readonly policies: Promise<ServicePolicies> } | undefined;

  async function ask(request: Omit<JsonRequest, 'timeoutMs'>): Promise<JsonAnswer> {
    try {
      return await fetchJson({ ...request, timeoutMs });
    } catch (cause) {
      if ((cause as { name?: unknown } | null)?.name === 'TimeoutError')
        throw new Refusal('TIMEOUT', `The attestation service ${url} did not answer within ${timeoutMs} ms.`, {
          cause,
        });
      if (cause instanceof RangeError)
        throw new Refusal('UPSTREAM_FAILED', `The attestation service ${url} answered with too many bytes.`, { cause });
      throw new Refusal('ISSUER_UNREACHABLE', `The attestation service ${url} cannot be reached.`, { cause });
    }
  }

  async function askForPolicies(): Promise<ServicePolicies> {
    const { status, body } = await ask({ url: `${url}/cloister/policies`, maximumBytes: POLICIES_BYTES });
    if (status === 200) return readServicePolicies(body, (bytes) => createHash('sha256').update(bytes).digest());
    const code = status >= 500 || status === 429 ? 'ISSUER_UNREACHABLE' : 'UPSTREAM_FAILED';
    throw new Refusal(code, `The attestation service ${url} does not show its policies (status ${status}).`);
  }

  return {
    url,
    attest: async ({ kind, bytes, runtimeData }, nonce) => {
      const { field, version } = ROUTES[kind];
      const body = {
        [field]: base64url(bytes),
        ...(runtimeData && { runtimeData: { data: base64url(runtimeData.bytes), dataType: runtimeData.type } }),
        nonce,
      };
      try {
        const address = `${url}/attest/${kind}?api-version=${version}`;
        const answer = await ask({ url: address, body, maximumBytes: RESULT_BYTES });
        const { token } = { ...(answer.body as { token?: unknown } | null | undefined) };
        return answer.status === 200 && typeof token === 'string' ? { token } : refusalInAnswer(url, answer);
      } catch (thrown) {
        if (thrown instanceof Refusal) return { refusal: thrown, serviceCode: null };
        throw thrown;
      }
    },
    policies: () => {
      if (known === undefined || now() - known.at > FRESH_MS) known = { at: now(), policies: askForPolicies() };
      return known.policies;
    },
  };
}

function base64url(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64url');
}
