import { Refusal } from '../../enclave/refusals.js';

/** What must hold before one field of an operation may be served. */
export interface Requirement {
  /** True where the caller must be known. Scopes imply it. */
  readonly authenticated: boolean;
  /** Any of these sets of scopes, each of them whole. Empty: no scope is asked for. */
  readonly scopes: readonly (readonly string[])[];
  /** Every movement of an attested value that serving the field causes. */
  readonly attested: readonly AttestedFlow[];
}

/** One attested value and everybody who holds it on its way. */
export interface AttestedFlow {
  readonly policy: string;
  /** Where the policy is declared, for instance Patient.family or Query.patients(search:). */
  readonly coordinate: string;
  /** Subgraphs that the value may come from. */
  readonly producers: readonly string[];
  /** Subgraphs that the value is sent to. */
  readonly receivers: readonly string[];
  /** The caller's part: gets the value, sent it, or never sees it. */
  readonly caller: 'receives' | 'sends' | 'none';
}

export const NO_REQUIREMENT: Requirement = { authenticated: false, scopes: [], attested: [] };

/** Alternatives that one field may have before the supergraph is refused. */
const MAXIMUM_ALTERNATIVES = 64;

/** Everything that each of the requirements asks for: the strictest wins. */
export function allOf(requirements: Iterable<Requirement>): Requirement {
  let authenticated = false;
  let scopes: readonly (readonly string[])[] = [];
  const attested = new Map<string, AttestedFlow>();
  for (const requirement of requirements) {
    authenticated ||= requirement.authenticated;
    scopes = bothScopes(scopes, requirement.scopes);
    for (const flow of requirement.attested) attested.set(identityOf(flow), flow);
  }
  return { authenticated: authenticated || scopes.length > 0, scopes, attested: [...attested.values()] };
}

function bothScopes(
  left: readonly (readonly string[])[],
  right: readonly (readonly string[])[],
): readonly (readonly string[])[] {
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
      `More than ${MAXIMUM_ALTERNATIVES} alternatives of scopes at one field.`,
    );
  }
  return minimal;
}

function isCovered(smaller: readonly string[], larger: readonly string[]): boolean {
  return smaller.every((scope) => larger.includes(scope));
}

function identityOf(flow: AttestedFlow): string {
  return JSON.stringify([flow.policy, flow.coordinate, flow.producers, flow.receivers, flow.caller]);
}
