import { createHash } from 'node:crypto';
import { Refusal } from '../../../enclave/refusals.js';

/** TEMPORARY stand-in for enclave/policyLanguage with its API: understands what the default policies say. */
export interface PolicyClaim {
  readonly type: string;
  readonly value: boolean | number | string;
  readonly valueType?: string;
  readonly issuer: 'AttestationService' | 'AttestationPolicy' | 'CustomClaim';
}
export interface AttestationPolicy {
  readonly permits: boolean;
  readonly issues: readonly (readonly [string, string])[];
}
export interface PolicyOutcome {
  readonly issued: readonly PolicyClaim[];
  readonly properties: readonly PolicyClaim[];
  readonly configuration: readonly PolicyClaim[];
}
export function parseAttestationPolicy(text: string): AttestationPolicy {
  if (!/^version\s*=/.test(text)) throw new Refusal('POLICY_SYNTAX_INVALID', "line 1, column 1: expected 'version'");
  const issues = [...text.matchAll(/c:\[type=="([^"]+)"\] => issue\(type="([^"]+)", value=c\.value\)/g)];
  return { permits: text.includes('permit()'), issues: issues.map(([, from = '', to = '']) => [from, to] as const) };
}
export function evaluateAttestationPolicy(policy: AttestationPolicy, incoming: readonly PolicyClaim[]): PolicyOutcome {
  if (!policy.permits)
    throw new Refusal(
      'POLICY_DENIED',
      'No Permit claim was issued in the authorizationrules section, authorization failed.',
    );
  const issued = policy.issues.flatMap(([from, to]) =>
    incoming.filter((claim) => claim.type === from).map((claim) => ({ ...claim, type: to })),
  );
  return { issued, properties: [], configuration: [] };
}
export function attestationPolicyHash(text: string): string {
  return createHash('sha256').update(Buffer.from(text).toString('base64url')).digest('base64url');
}
