import { base64url } from 'jose';
import { Refusal } from '../refusals.js';
import { POLICY_LIMITS } from './policyLimits.js';

/** Longest payload that can hold a policy: 4 characters for 3 bytes, and the member around them. */
const MAXIMUM_PAYLOAD_CHARACTERS = Math.ceil(POLICY_LIMITS.bytes / 3) * 4 + 1_024;

/** The payload of the JWS in which policies travel, as JSON text. */
export function policyPayloadOf(text: string): string {
  return JSON.stringify({ AttestationPolicy: base64url.encode(text) });
}

/**
 * The policy text in the payload of a JWS. It says nothing about the signature, nor whether the text is a policy.
 *
 * @param payload JSON text, already decoded from base64url. The encoding inside may have padding, and base64's own alphabet.
 * @throws Refusal BAD_INPUT
 */
export function policyTextIn(payload: string): string {
  if (payload.length > MAXIMUM_PAYLOAD_CHARACTERS)
    throw new Refusal(
      'BAD_INPUT',
      `The payload has ${payload.length} characters; a policy needs at most ${MAXIMUM_PAYLOAD_CHARACTERS}.`,
    );
  try {
    // A byte order mark stays: the hash of the policy covers it.
    const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
    return decoder.decode(base64url.decode(encodedIn(payload).replaceAll('+', '-').replaceAll('/', '_')));
  } catch (cause) {
    throw new Refusal('BAD_INPUT', 'The payload is not {"AttestationPolicy": base64url of UTF-8 text}.', { cause });
  }
}

function encodedIn(payload: string): string {
  const { AttestationPolicy: encoded } = JSON.parse(payload) as { AttestationPolicy?: unknown };
  if (typeof encoded !== 'string') throw new TypeError('AttestationPolicy is not a string');
  return encoded;
}
