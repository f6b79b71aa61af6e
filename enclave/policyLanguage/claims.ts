import type { Scalar } from './policy.js';

/** One statement about the evidence, as policies see it. */
export interface PolicyClaim {
  readonly type: string;
  /** A number is a safe integer. */
  readonly value: Scalar;
  /** Boolean, Integer or String; absent means: by the value. */
  readonly valueType?: string;
  readonly issuer: ClaimIssuer;
  /** True for evidence that rules may query but not issue, such as raw PCR values. */
  readonly readOnly?: boolean;
}

/** Who says it: the service that verified the evidence, a rule of the policy, or the attester itself. */
export const CLAIM_ISSUERS = ['AttestationService', 'AttestationPolicy', 'CustomClaim'] as const;

export type ClaimIssuer = (typeof CLAIM_ISSUERS)[number];

export const VALUE_TYPES = ['Boolean', 'Integer', 'String'] as const;

export type ValueType = (typeof VALUE_TYPES)[number];

export function valueTypeOf(value: Scalar): ValueType {
  if (typeof value === 'boolean') return 'Boolean';
  return typeof value === 'number' ? 'Integer' : 'String';
}

/** What a policy that permits gives; duplicates are kept, in the order in which rules made them. */
export interface PolicyOutcome {
  /** For the attestation result. */
  readonly issued: readonly PolicyClaim[];
  /** For the service, such as `report_validity_in_minutes`. */
  readonly properties: readonly PolicyClaim[];
  /** What `configurationOf` says of the same policy. */
  readonly configuration: readonly PolicyClaim[];
}
