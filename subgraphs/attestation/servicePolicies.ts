import { attestationPolicyHash } from '../../enclave/policyLanguage/policyHash.js';
import { Refusal } from '../../enclave/refusals.js';
import type { EvidenceKind } from './evidence.js';
import { EVIDENCE_KINDS } from './evidence.js';

/** A version that was in force at an attestation service (type AttestationServicePolicyVersion of the schema). */
export interface ServicePolicyVersion {
  /** base64url, as in x-ms-policy-hash. */
  readonly hash: string;
  /** Thumbprint of the signer's certificate. */
  readonly signer: string | null;
  readonly isDefault: boolean;
  /** Seconds since 1970; null for the default before any change. */
  readonly since: number | null;
}

/** The version in force, with its text; the hash was computed from it. */
export interface ServicePolicy extends ServicePolicyVersion {
  readonly kind: EvidenceKind;
  readonly text: string;
  /** Newest first. */
  readonly history: readonly ServicePolicyVersion[];
}

export interface ServicePolicies {
  readonly mode: string;
  readonly policies: readonly ServicePolicy[];
}

const MAXIMUM_HISTORY = 200;

/**
 * What GET /cloister/policies of our attestation service answers. Nobody signed it: a text can be compared with the
 * x-ms-policy-hash of results, which their issuer signed.
 *
 * @throws Refusal UPSTREAM_FAILED where it is not of its form, or a text does not have the hash that is said.
 */
export function readServicePolicies(body: unknown, sha256: (bytes: Uint8Array) => Uint8Array): ServicePolicies {
  const { mode, policies } = { ...(body as { mode?: unknown; policies?: unknown } | null | undefined) };
  if (typeof mode !== 'string' || !Array.isArray(policies) || policies.length > EVIDENCE_KINDS.length)
    throw malformed('has no mode, or no list of policies');
  return { mode: mode.slice(0, 64), policies: policies.map((policy: unknown) => readPolicy(policy, sha256)) };
}

function readPolicy(value: unknown, sha256: (bytes: Uint8Array) => Uint8Array): ServicePolicy {
  const { type, text, history } = { ...(value as Readonly<Record<string, unknown>> | null | undefined) };
  const kind = EVIDENCE_KINDS.find((known) => known === type);
  if (kind === undefined || typeof text !== 'string' || !Array.isArray(history) || history.length > MAXIMUM_HISTORY)
    throw malformed('has a policy without type, text or history');
  const version = readVersion(value);
  const hash = attestationPolicyHash(text, sha256);
  if (version.hash !== hash) throw malformed(`says that the policy for ${kind} has another hash than its text`);
  return { ...version, kind, text, history: history.map(readVersion) };
}

function readVersion(value: unknown): ServicePolicyVersion {
  const { hash, signer, isDefault, since } = { ...(value as Readonly<Record<string, unknown>> | null | undefined) };
  if (typeof hash !== 'string' || !(typeof signer === 'string' || signer === null) || typeof isDefault !== 'boolean')
    throw malformed('has a version without hash, signer or isDefault');
  if (since !== null && !Number.isSafeInteger(since)) throw malformed('has a version with a wrong time');
  return { hash, signer, isDefault, since: since as number | null };
}

function malformed(what: string): Refusal {
  return new Refusal('UPSTREAM_FAILED', `The attestation service's list of policies ${what}.`);
}
