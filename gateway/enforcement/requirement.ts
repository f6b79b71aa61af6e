import { Refusal } from '../../enclave/refusals.js';

/** What must hold of the caller, whatever the data is. */
export interface CallerDemand {
  /** True where the caller must be known. Scopes imply it. */
  readonly authenticated: boolean;
  /** Any of these sets of scopes, each of them whole. Empty: no scope is asked for. */
  readonly scopes: Alternatives;
  /** Any of these sets of authorization policies (`@policy`), each of them whole. Empty: none is asked for. */
  readonly authorizations: Alternatives;
}

/** What must hold before one field of an operation may be served. */
export interface Requirement extends CallerDemand {
  /** Every movement of an attested value that serving the field causes. */
  readonly attested: readonly AttestedFlow[];
}

/** Sets of names: one of the sets has to be there, whole. */
export type Alternatives = readonly (readonly string[])[];

/** A value that is bound to a policy, and where that is declared: Patient.family or Query.patients(search:). */
export interface BoundPolicy {
  readonly policy: string;
  readonly coordinate: string;
}

/** One attested value and everybody who holds it on its way. */
export interface AttestedFlow extends BoundPolicy {
  /** Subgraphs that the value comes from, or may come from where there is no plan yet. */
  readonly producers: readonly string[];
  /** Subgraphs that the value is sent to. */
  readonly receivers: readonly string[];
  /** The caller's part: gets the value, sent it, or never sees it. */
  readonly caller: 'receives' | 'sends' | 'none';
}

export const NO_DEMAND: CallerDemand = { authenticated: false, scopes: [], authorizations: [] };
export const NO_REQUIREMENT: Requirement = { ...NO_DEMAND, attested: [] };

/** Alternatives that one field may have before the supergraph is refused. */
const MAXIMUM_ALTERNATIVES = 64;

/** Everything that each of the requirements asks for: the strictest is that all of them hold. */
export function allOf(requirements: Iterable<Requirement>): Requirement {
  const all = [...requirements];
  return { ...allDemands(all), attested: distinctFlows(all.flatMap(({ attested }) => attested)) };
}

export function allDemands(demands: Iterable<CallerDemand>): CallerDemand {
  let authenticated = false;
  let scopes: Alternatives = [];
  let authorizations: Alternatives = [];
  for (const demand of demands) {
    authenticated ||= demand.authenticated;
    scopes = both(scopes, demand.scopes);
    authorizations = both(authorizations, demand.authorizations);
  }
  return { authenticated: authenticated || scopes.length > 0, scopes, authorizations };
}

export function asksForAnything(requirement: Requirement): boolean {
  return asksOfCaller(requirement) || requirement.attested.length > 0;
}

export function asksOfCaller({ authenticated, scopes, authorizations }: CallerDemand): boolean {
  return authenticated || scopes.length > 0 || authorizations.length > 0;
}

/** True where the second demand asks for nothing that the first does not ask for already. */
export function implies(first: CallerDemand, second: CallerDemand): boolean {
  return textOf(allDemands([first, second])) === textOf(allDemands([first]));
}

function textOf({ authenticated, scopes, authorizations }: CallerDemand): string {
  const sorted = (alternatives: Alternatives) => alternatives.map((set) => [...set].sort().join('\n')).sort();
  return JSON.stringify([authenticated, sorted(scopes), sorted(authorizations)]);
}

function both(left: Alternatives, right: Alternatives): Alternatives {
  if (left.length === 0) return right;
  if (right.length === 0) return left;
  const pairs = left.flatMap((one) => right.map((other) => [...new Set([...one, ...other])].sort()));
  const minimal = pairs.filter(
    (set, index) =>
      !pairs.some((other, at) => at !== index && isCovered(other, set) && (other.length < set.length || at < index)),
  );
  if (minimal.length > MAXIMUM_ALTERNATIVES) {
    throw new Refusal(
      'CONFIGURATION_INVALID',
      `More than ${MAXIMUM_ALTERNATIVES} alternatives of scopes or policies at one field.`,
    );
  }
  return minimal;
}

function isCovered(smaller: readonly string[], larger: readonly string[]): boolean {
  return smaller.every((name) => larger.includes(name));
}

function distinctFlows(flows: readonly AttestedFlow[]): AttestedFlow[] {
  return [...new Map(flows.map((flow) => [identityOf(flow), flow])).values()];
}

function identityOf(flow: AttestedFlow): string {
  return JSON.stringify([flow.policy, flow.coordinate, flow.producers, flow.receivers, flow.caller]);
}
