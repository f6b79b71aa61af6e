import type { AppraisalPolicy } from '../../enclave/appraisal/policy.js';
import type { AttestationResult } from '../../enclave/results/attestationResult.js';
import { type Caller, requireScope } from '../../runtime/caller.js';
import type { Enclaves } from './enclave.js';
import type { Policies } from './policy.js';

/** What the resolvers of one request share. */
export interface AttestationContext {
  readonly caller: Caller;
  readonly enclaves: Enclaves;
  readonly policies: Policies;
}

const policyNamed = ({ policies }: AttestationContext, name: string): AppraisalPolicy | null =>
  policies.all.find((policy) => policy.name === name) ?? null;

/** Thin: each asks the domain. Who the enclaves are is for everybody to see; that is the point of it. */
export const resolvers = {
  Query: {
    enclaves: (_: unknown, __: unknown, { enclaves }: AttestationContext) => enclaves.all(),
    enclave: async (_: unknown, { name }: { name: string }, { enclaves }: AttestationContext) =>
      (await enclaves.one(name)) ?? null,
    policies: (_: unknown, __: unknown, { policies }: AttestationContext) => policies.all,
    policy: (_: unknown, { name }: { name: string }, context: AttestationContext) => policyNamed(context, name),
    appraise: (
      _: unknown,
      { token, policy }: { token: string; policy: string },
      { caller, policies }: AttestationContext,
    ) => {
      requireScope(caller, 'user/AttestationResult.read');
      return policies.appraise(token, policy);
    },
  },
  Enclave: {
    __resolveReference: async ({ name }: { name: string }, { enclaves }: AttestationContext) =>
      (await enclaves.one(name)) ?? null,
  },
  AttestationResult: {
    keys: ({ keys }: AttestationResult) => keys.flatMap(({ kid }) => (kid === undefined ? [] : [kid])),
    claims: ({ claims }: AttestationResult) =>
      Object.keys(claims)
        .sort()
        .map((name) => ({ name, value: JSON.stringify(claims[name]) })),
  },
  Policy: {
    __resolveReference: ({ name }: { name: string }, context: AttestationContext) => policyNamed(context, name),
    document: (policy: AppraisalPolicy) => JSON.stringify(policy, null, 2),
  },
};
