import type { FieldNode } from 'graphql';
import type { AppraisalPolicy } from '../../enclave/appraisal/policy.js';
import type { ClaimFailure, RefusalCode } from '../../enclave/refusals.js';
import type { Caller } from '../../runtime/caller.js';
import { CALLING_ENCLAVE, THIS_GATEWAY, type Check, type DecisionTable } from './decisionTable.js';
import { NO_REQUIREMENT, type Alternatives, type AttestedFlow, type Requirement } from './requirement.js';

export { CALLING_ENCLAVE, THIS_GATEWAY };

/** What the decision rests on besides the operation. */
export interface Facts {
  readonly caller: Caller;
  /** The policies in force, by name. */
  readonly policies: ReadonlyMap<string, AppraisalPolicy>;
  /** What a policy says of a party: a subgraph by its name, {@link THIS_GATEWAY}, or {@link CALLING_ENCLAVE}. */
  readonly verdictOf: (party: string, policy: AppraisalPolicy) => PartyVerdict;
  /** Whether an authorization policy (`@policy`) holds for this caller. Absent: none does. */
  readonly holds?: (authorization: string) => boolean;
}

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
  /** Why nothing at all may be served; undefined where something may. */
  readonly rejected: FieldRefusal | undefined;
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

const NOTHING_GUARDED: Decision = { refused: new Map(), rejected: undefined, release: undefined };

/** Of one question: no; yes; yes, by a party that is simulated. */
const NO = 0;
const YES = 1;
const SIMULATED = 2;
type Answer = typeof NO | typeof YES | typeof SIMULATED;

/**
 * Decides each guarded field of an operation. Same arguments, same decision. Every question of the table is answered once;
 * reasons are put into words only for what is refused.
 */
export function decide({ table }: { readonly table: DecisionTable }, facts: Facts): Decision {
  const { always, checks, rows } = table;
  if (checks.length === 0) return NOTHING_GUARDED;
  const answers = checks.map((check) => answer(check, facts));
  const failed = (numbers: readonly number[]) => numbers.some((number) => answers[number] === NO);
  if (failed(always.checks)) {
    const requirement: Requirement = { ...NO_REQUIREMENT, attested: always.flows };
    return { ...NOTHING_GUARDED, rejected: reasonOf(requirement, always.flows[0]?.coordinate ?? '', facts) };
  }
  const isSimulated = (numbers: readonly number[]) => numbers.some((number) => answers[number] === SIMULATED);
  if (!answers.includes(NO)) {
    const release = releaseUnder(table.policies, answers.includes(SIMULATED), facts);
    return { refused: NOTHING_GUARDED.refused, rejected: undefined, release };
  }
  const refused = new Map<FieldNode, FieldRefusal>();
  const policies = new Set(always.flows.map(({ policy }) => policy));
  let simulated = isSimulated(always.checks);
  for (const row of rows) {
    if (failed(row.checks)) refused.set(row.node, reasonOf(row.requirement, row.coordinate, facts));
    else {
      for (const policy of row.policies) policies.add(policy);
      simulated ||= isSimulated(row.checks);
    }
  }
  return { refused, rejected: undefined, release: releaseUnder([...policies], simulated, facts) };
}

function answer(check: Check, facts: Facts): Answer {
  const { caller } = facts;
  switch (check.kind) {
    case 'known caller':
      return caller.kind === 'anonymous' ? NO : YES;
    case 'scopes':
      return hasScopes(check.alternatives, facts) ? YES : NO;
    case 'authorizations':
      return hasAuthorizations(check.alternatives, facts) ? YES : NO;
    default: {
      const policy = facts.policies.get(check.policy);
      if (policy === undefined) return NO;
      if (check.kind === 'policy') return YES;
      if (check.kind === 'channel') return isOverChannel(policy, caller) ? YES : NO;
      if (check.kind === 'calling enclave' && caller.kind !== 'enclave') return YES;
      const verdict = facts.verdictOf(check.kind === 'party' ? check.party : CALLING_ENCLAVE, policy);
      if (!verdict.accepted) return NO;
      return verdict.simulated ? SIMULATED : YES;
    }
  }
}

/** A verdict may become a better one while the reason is put into words: what was refused stays refused. */
function reasonOf(requirement: Requirement, coordinate: string, facts: Facts): FieldRefusal {
  const changed = {
    code: 'PEER_UNREACHABLE',
    coordinate,
    message: `${coordinate} could not be decided in time.`,
  } as const;
  return decideRequirement(requirement, coordinate, facts) ?? changed;
}

function releaseUnder(names: readonly string[], simulated: boolean, { policies }: Facts): Release | undefined {
  if (names.length === 0) return undefined;
  return { simulated, notices: [...new Set(names.flatMap((name) => policies.get(name)?.notice ?? []))] };
}

function hasScopes(alternatives: Alternatives, { caller }: Facts): boolean {
  return alternatives.some((set) => set.every((scope) => caller.scopes.includes(scope)));
}

function hasAuthorizations(alternatives: Alternatives, { holds }: Facts): boolean {
  return alternatives.some((set) => set.every((name) => holds?.(name) === true));
}

function isOverChannel(policy: AppraisalPolicy, caller: Caller): boolean {
  return caller.kind === 'enclave' || policy.recipientChannels.some((channel) => channel === caller.channel);
}

/** The first reason why a requirement is not met; nothing where it is. First the caller, then the channel, then each party. */
export function decideRequirement(
  requirement: Requirement,
  coordinate: string,
  facts: Facts,
): FieldRefusal | undefined {
  return (
    refuseCaller(requirement, coordinate, facts) ??
    first(requirement.attested, (flow) => refuseChannel(flow, coordinate, facts)) ??
    first(requirement.attested, (flow) => refuseParties(flow, coordinate, facts))
  );
}

function refuseCaller(requirement: Requirement, coordinate: string, facts: Facts): FieldRefusal | undefined {
  const { authenticated, scopes, authorizations, attested } = requirement;
  const receivesAttested = attested.some((flow) => flow.caller === 'receives');
  if (facts.caller.kind === 'anonymous' && (authenticated || receivesAttested)) {
    return { code: 'UNAUTHENTICATED', coordinate, message: `${coordinate} is for callers who are signed in.` };
  }
  if (scopes.length > 0 && !hasScopes(scopes, facts)) {
    return { code: 'SCOPE_MISSING', coordinate, message: `${coordinate} needs ${inWords(scopes)}.` };
  }
  if (authorizations.length > 0 && !hasAuthorizations(authorizations, facts)) {
    const message = `${coordinate} needs a caller for whom ${inWords(authorizations)} holds.`;
    return { code: 'PERMISSION_DENIED', coordinate, message };
  }
  return undefined;
}

function inWords(alternatives: Alternatives): string {
  return alternatives.map((set) => set.join(' with ')).join(', or ');
}

function refuseChannel(flow: AttestedFlow, coordinate: string, facts: Facts): FieldRefusal | undefined {
  const policy = facts.policies.get(flow.policy);
  if (policy === undefined) {
    const message = `${flow.coordinate} names the policy ${flow.policy}, which is not in force here.`;
    return { code: 'POLICY_UNKNOWN', coordinate, policy: flow.policy, message };
  }
  const { caller } = facts;
  if (flow.caller === 'none' || isOverChannel(policy, caller)) return undefined;
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
