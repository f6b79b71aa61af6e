import type { AppraisalPolicy } from '../../enclave/appraisal/policy.js';
import { Refusal, toRefusal } from '../../enclave/refusals.js';
import { type Caller, requireScope } from '../../runtime/caller.js';
import type { Appraisals } from './appraisals.js';
import type { AppraiseToken } from './appraiseToken.js';
import type { AttestationService } from './attestationService.js';
import type { Enclave, Enclaves } from './enclave.js';
import type { EnclaveHistory, StatusPage } from './enclaveHistory.js';
import type { EvidenceInput } from './evidence.js';
import type { EvidenceAppraisal } from './evidenceAppraisal.js';
import type { Policies } from './policy.js';
import { policyDigest, type PolicyHistory } from './policyHistory.js';
import type { Results, ShownResult } from './results.js';
import type { SubmitEvidence } from './submitEvidence.js';

/** What the resolvers share: the whole of the domain. */
export interface AttestationDomain {
  readonly mode: 'development' | 'production';
  readonly enclaves: Enclaves;
  readonly enclaveHistory: EnclaveHistory;
  readonly policies: Policies;
  readonly policyHistory: PolicyHistory;
  readonly results: Results;
  readonly appraisals: Appraisals;
  readonly service: AttestationService;
  readonly appraiseToken: AppraiseToken;
  readonly submitEvidence: SubmitEvidence;
  /** Seconds since 1970. */
  readonly now: () => number;
}

export interface AttestationContext extends AttestationDomain {
  readonly caller: Caller;
}

const READ_SCOPE = 'user/AttestationResult.read';
const MAXIMUM_PAGE = 100;

/** What the development overlay sets; see enclave/appraisal/loadPolicies.ts. */
const OVERLAID = ['acceptsSimulated', 'recipientChannels', 'notice'];

const policyNamed = ({ policies }: AttestationContext, name: string): AppraisalPolicy | null =>
  policies.all.find((policy) => policy.name === name) ?? null;

/** Thin: each asks the domain. Who the enclaves are is for everybody to see; that is the point of it. */
export const resolvers = {
  EvidenceKind: {
    SGX_ENCLAVE: 'SgxEnclave',
    OPEN_ENCLAVE: 'OpenEnclave',
    TDX_VM: 'TdxVm',
    SEV_SNP_VM: 'SevSnpVm',
  },
  Query: {
    enclaves: (_: unknown, __: unknown, { enclaves }: AttestationContext) => enclaves.all(),
    enclave: async (_: unknown, { name }: { name: string }, { enclaves }: AttestationContext) =>
      (await enclaves.one(name)) ?? null,
    enclaveStatusChanges: (
      _: unknown,
      { after, first }: { after?: string | null; first?: number | null },
      { enclaveHistory }: AttestationContext,
    ) => connectionOf(enclaveHistory.after(after ?? undefined, pageSize(first, 50)), after ?? null),
    policies: (_: unknown, __: unknown, { policies }: AttestationContext) => policies.all,
    policy: (_: unknown, { name }: { name: string }, context: AttestationContext) => policyNamed(context, name),
    attestationService: (_: unknown, __: unknown, { service }: AttestationContext) => describeService(service),
    attestationResult: (_: unknown, { id }: { id: string }, context: AttestationContext) => resultOf(id, context),
    evidenceAppraisal: (_: unknown, { id }: { id: string }, context: AttestationContext) => appraisalOf(id, context),
    appraise: (
      _: unknown,
      { token, policy }: { token: string; policy: string },
      { caller, appraiseToken }: AttestationContext,
    ) => {
      requireScope(caller, READ_SCOPE);
      return appraiseToken(token, policy);
    },
  },
  Mutation: {
    submitEvidence: (
      _: unknown,
      { evidence, policy }: { evidence: EvidenceInput; policy?: string | null },
      { caller, submitEvidence }: AttestationContext,
    ) => {
      requireScope(caller, READ_SCOPE);
      return submitEvidence(evidence, policy ?? undefined);
    },
  },
  Enclave: {
    __resolveReference: async ({ name }: { name: string }, { enclaves }: AttestationContext) =>
      (await enclaves.one(name)) ?? null,
    lastAttestationResult: (
      { name, attestationResult, recognizedAs }: Enclave,
      _: unknown,
      context: AttestationContext,
    ) => (recognizedAs === name ? attestationResult : null) ?? context.results.latestOf(name) ?? null,
    upgrading: ({ referenceValues }: Enclave) => referenceValues.length > 1,
    status: ({ status }: Enclave) => status,
    statusChanges: ({ name }: Enclave, { first }: { first?: number | null }, { enclaveHistory }: AttestationContext) =>
      enclaveHistory.of(name, pageSize(first, 20)),
  },
  AttestationResult: {
    __resolveReference: ({ id }: { id: string }, context: AttestationContext) => resultOf(id, context),
    ageSeconds: ({ issuedAt }: ShownResult, _: unknown, { now }: AttestationContext) => Math.floor(now() - issuedAt),
    claims: ({ claims }: ShownResult) =>
      Object.keys(claims)
        .sort()
        .map((name) => ({ name, value: JSON.stringify(claims[name]) })),
  },
  EvidenceAppraisal: {
    __resolveReference: ({ id }: { id: string }, context: AttestationContext) => appraisalOf(id, context),
    attestationResult: ({ resultId }: EvidenceAppraisal, _: unknown, { results }: AttestationContext) =>
      (resultId === null ? undefined : results.get(resultId)) ?? null,
  },
  Policy: {
    __resolveReference: ({ name }: { name: string }, context: AttestationContext) => policyNamed(context, name),
    document: (policy: AppraisalPolicy) => JSON.stringify(policy, null, 2),
    sha256: (policy: AppraisalPolicy) => policyDigest(policy),
    since: ({ name }: AppraisalPolicy, _: unknown, { policyHistory }: AttestationContext) =>
      policyHistory.of(name)[0]?.since,
    history: ({ name }: AppraisalPolicy, _: unknown, { policyHistory }: AttestationContext) => policyHistory.of(name),
    overlay: (_: AppraisalPolicy, __: unknown, { mode }: AttestationContext) =>
      mode === 'development' ? { name: mode, members: OVERLAID } : null,
  },
  AuditEvent: {
    __resolveReference: (reference: { id: string; attestationResult?: string | null }) => reference,
    releasedOn: (
      { attestationResult }: { attestationResult?: string | null },
      _: unknown,
      context: AttestationContext,
    ) => (attestationResult == null ? null : resultOf(attestationResult, context)),
  },
};

/** What callers brought is not for everybody: whoever knows an identifier still needs the scope. */
function resultOf(id: string, { caller, results }: AttestationContext): ShownResult | null {
  requireScope(caller, READ_SCOPE);
  return results.get(id) ?? null;
}

function appraisalOf(id: string, { caller, appraisals }: AttestationContext): EvidenceAppraisal | null {
  requireScope(caller, READ_SCOPE);
  return appraisals.get(id) ?? null;
}

/** @throws Refusal BAD_INPUT */
function pageSize(first: number | null | undefined, standard: number): number {
  const size = first ?? standard;
  if (size >= 1 && size <= MAXIMUM_PAGE) return size;
  throw new Refusal('BAD_INPUT', `first is ${size}, not 1 to ${MAXIMUM_PAGE}.`);
}

function connectionOf({ changes, hasNextPage, missed }: StatusPage, after: string | null) {
  const edges = changes.map((node) => ({ cursor: node.id, node }));
  return { edges, missed, pageInfo: { hasNextPage, endCursor: edges.at(-1)?.cursor ?? after } };
}

async function describeService(service: AttestationService) {
  try {
    return { url: service.url, code: null, reason: null, ...(await service.policies()) };
  } catch (thrown) {
    const { code, message } = toRefusal(thrown);
    return { url: service.url, code, reason: message, mode: null, policies: null };
  }
}
