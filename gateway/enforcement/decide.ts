import type { FieldNode } from 'graphql';
import type { AppraisalPolicy } from '../../enclave/appraisal/policy.js';
import type { ClaimFailure, RefusalCode } from '../../enclave/refusals.js';
import type { Caller } from '../../runtime/caller.js';
import type { Analysis } from './analyse.js';
import type { AttestedFlow, Requirement } from './requirement.js';

/** What the decision rests on besides the operation. */
export interface Facts {
  readonly caller: Caller;
  /** The policies in force, by name. */
  readonly policies: ReadonlyMap<string, AppraisalPolicy>;
  /** What a policy says of a party: a subgraph by its name, {@link THIS_GATEWAY}, or {@link CALLING_ENCLAVE}. */
  readonly verdictOf: (party: string, policy: AppraisalPolicy) => PartyVerdict;
}

/** The party that carries every value. It is held to the policies like the others. */
export const THIS_GATEWAY = 'gateway';
/** The party that calls, where it is an enclave. No subgraph can have this name. */
export const CALLING_ENCLAVE = '(caller)';

export type PartyVerdict =
  | { readonly accepted: true; /** True where no hardware stands behind the party. */ readonly simulated: boolean }
  | {
      readonly accepted: false;
      readonly code: RefusalCode;
      /** What was expected and what came. */
      readonly message: string;
      readonly failures: readonly ClaimFailure[];
    };

export interface Decision {
  /** The field nodes that may not be served, each with the first reason. */
  readonly refused: ReadonlyMap<FieldNode, FieldRefusal>;
  /** What must be said to the caller about the attested values that may be served. */
  readonly release: Release | undefined;
}

export interface FieldRefusal {
  readonly code: RefusalCode;
  readonly message: string;
  readonly coordinate: string;
  readonly policy?: string;
  readonly party?: string;
  readonly failures?: readonly ClaimFailure[];
}

export interface Release {
  /** True where a party that holds the values is simulated. */
  readonly simulated: boolean;
  /** Notices of the policies, each once; empty outside development. */
  readonly notices: readonly string[];
}

/** Decides each guarded field of an operation. Same arguments, same decision. */
export function decide(analysis: Analysis, facts: Facts): Decision {
  const refused = new Map<FieldNode, FieldRefusal>();
  const released: AttestedFlow[] = [];
  for (const { node, coordinate, requirement } of analysis.guarded) {
    const refusal = decideRequirement(requirement, coordinate, facts);
    if (refusal === undefined) released.push(...requirement.attested);
    else refused.set(node, refusal);
  }
  return { refused, release: releaseOf(released, facts) };
}

/** The first reason why a requirement is not met; nothing where it is. First the caller, then the channel, then each party. */
export function decideRequirement(
  requirement: Requirement,
  coordinate: string,
  facts: Facts,
): FieldRefusal | undefined {
  return (
    refuseCaller(requirement, coordinate, facts.caller) ??
    first(requirement.attested, (flow) => refuseChannel(flow, coordinate, facts)) ??
    first(requirement.attested, (flow) => refuseParties(flow, coordinate, facts))
  );
}

function refuseCaller(requirement: Requirement, coordinate: string, caller: Caller): FieldRefusal | undefined {
  const receivesAttested = requirement.attested.some((flow) => flow.caller === 'receives');
  if (caller.kind === 'anonymous' && (requirement.authenticated || receivesAttested)) {
    return { code: 'UNAUTHENTICATED', coordinate, message: `${coordinate} is for callers who are signed in.` };
  }
  if (requirement.scopes.length === 0) return undefined;
  if (requirement.scopes.some((set) => set.every((scope) => caller.scopes.includes(scope)))) return undefined;
  const wanted = requirement.scopes.map((set) => set.join(' with ')).join(', or ');
  return { code: 'SCOPE_MISSING', coordinate, message: `${coordinate} needs ${wanted}.` };
}

function refuseChannel(flow: AttestedFlow, coordinate: string, facts: Facts): FieldRefusal | undefined {
  const policy = facts.policies.get(flow.policy);
  if (policy === undefined) {
    const message = `${flow.coordinate} names the policy ${flow.policy}, which is not in force here.`;
    return { code: 'POLICY_UNKNOWN', coordinate, policy: flow.policy, message };
  }
  const { caller } = facts;
  if (flow.caller === 'none' || caller.kind === 'enclave') return undefined;
  if (policy.recipientChannels.some((channel) => channel === caller.channel)) return undefined;
  const allowed = policy.recipientChannels.join(' or ') || 'no channel to a person';
  const message = `${flow.coordinate} goes over ${allowed}; this request came over ${caller.channel}.`;
  return { code: 'CHANNEL_NOT_ACCEPTED', coordinate, policy: flow.policy, party: 'caller', message };
}

function refuseParties(flow: AttestedFlow, coordinate: string, facts: Facts): FieldRefusal | undefined {
  const policy = facts.policies.get(flow.policy);
  if (policy === undefined) return undefined;
  return first(partiesOf(flow, facts.caller), (party): FieldRefusal | undefined => {
    const verdict = facts.verdictOf(party, policy);
    if (verdict.accepted) return undefined;
    const { code, failures } = verdict;
    const name = party === CALLING_ENCLAVE ? facts.caller.id : party;
    const message = `${flow.coordinate} may not go to ${name} under the policy ${flow.policy}: ${verdict.message}`;
    return { code, coordinate, policy: flow.policy, party: name, failures, message };
  });
}

function partiesOf(flow: AttestedFlow, caller: Caller): string[] {
  const receiving = caller.kind === 'enclave' && flow.caller === 'receives' ? [CALLING_ENCLAVE] : [];
  return [THIS_GATEWAY, ...flow.producers, ...flow.receivers, ...receiving];
}

/** What must be told with values that are released: whoever sees them must know that a party is simulated. */
export function releaseOf(flows: readonly AttestedFlow[], facts: Facts): Release | undefined {
  if (flows.length === 0) return undefined;
  const notices = new Set<string>();
  let simulated = false;
  for (const flow of flows) {
    const policy = facts.policies.get(flow.policy);
    if (policy === undefined) continue;
    if (policy.notice !== null) notices.add(policy.notice);
    simulated ||= partiesOf(flow, facts.caller).some((party) => {
      const verdict = facts.verdictOf(party, policy);
      return verdict.accepted && verdict.simulated;
    });
  }
  return { simulated, notices: [...notices] };
}

function first<T, R>(items: readonly T[], find: (item: T) => R | undefined): R | undefined {
  for (const item of items) {
    const found = find(item);
    if (found !== undefined) return found;
  }
  return undefined;
}
