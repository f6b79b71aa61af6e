import { isRefusalCode, Refusal, type RefusalCode } from '../enclave/refusals.js';

/**
 * What another process of the system answered with a status that is not success, as a refusal of ours. Its code is kept
 * where it is on the list; its words are not, since only the code is known to be harmless.
 *
 * @param party for instance inference
 * @param body at most a few KB; what is not `{"error":{"code"}}` becomes UPSTREAM_FAILED
 */
export function refusalFromAnswer(party: string, status: number, body: Uint8Array): Refusal {
  const code = codeOf(body);
  if (code === undefined || code === 'INTERNAL')
    return new Refusal('UPSTREAM_FAILED', `${party} answered with status ${status}.`);
  const { meaning } = new Refusal(code, '').definition;
  return new Refusal(code, `${party} refused: ${meaning}`);
}

function codeOf(body: Uint8Array): RefusalCode | undefined {
  try {
    const answer = JSON.parse(Buffer.from(body).toString('utf8')) as { error?: { code?: unknown } } | null;
    return isRefusalCode(answer?.error?.code) ? answer.error.code : undefined;
  } catch {
    return undefined;
  }
}
