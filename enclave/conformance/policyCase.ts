import { bytesOfBase64 } from '../bytes.js';
import { evaluateAttestationPolicy } from '../policyLanguage/evaluatePolicy.js';
import type { PolicyClaim } from '../policyLanguage/claims.js';
import { attestationPolicyHash } from '../policyLanguage/policyHash.js';
import { parseAttestationPolicy } from '../policyLanguage/parsePolicy.js';
import { Refusal } from '../refusals.js';
import type { Fields, JudgeOptions } from './case.js';
import { textIn } from './case.js';

/**
 * What a token case may say of attestation policies: `policies` with their hashes, in order the one under which the token was
 * issued, named by `tokenPolicyHash`, and one that denied the same evidence.
 */
export async function policyDisagreements(vector: Fields, options: JudgeOptions): Promise<string[]> {
  if (!Array.isArray(vector.policies)) return [];
  const policies = vector.policies as readonly Fields[];
  const claims = claimsOf(textIn(vector, 'token'));
  const disagreements: string[] = [];
  for (const [index, policy] of policies.entries()) {
    const text = textIn(policy, 'text');
    const hash = await hashOf(text, options);
    if (hash !== policy.hash) disagreements.push(`policy ${index}: expected hash ${String(policy.hash)}, got ${hash}`);
    const permits = hash === vector.tokenPolicyHash;
    if (permits !== isPermitted(text, claims))
      disagreements.push(`policy ${index}: expected ${permits ? 'a permit' : 'a denial'}`);
  }
  return disagreements;
}

/** Any attestation policy that the wild holds must be one for us. @throws Refusal POLICY_SYNTAX_INVALID */
export async function hashOf(text: string, { run }: JudgeOptions): Promise<string> {
  parseAttestationPolicy(text);
  return run(({ sha256 }) => attestationPolicyHash(text, sha256));
}

function isPermitted(text: string, claims: readonly PolicyClaim[]): boolean {
  try {
    evaluateAttestationPolicy(parseAttestationPolicy(text), claims);
    return true;
  } catch (thrown) {
    if (thrown instanceof Refusal && thrown.code === 'POLICY_DENIED') return false;
    throw thrown;
  }
}

/** What the service knew of the evidence: the token's own claims about it. */
function claimsOf(token: string): PolicyClaim[] {
  const [, payload = ''] = token.split('.');
  const claims = JSON.parse(new TextDecoder().decode(bytesOfBase64(payload))) as Fields;
  return Object.entries(claims).flatMap(([type, value]) =>
    type.startsWith('x-ms-') && ['string', 'number', 'boolean'].includes(typeof value)
      ? [{ type, value: value as PolicyClaim['value'], issuer: 'AttestationService' as const }]
      : [],
  );
}
