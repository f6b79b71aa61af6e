import type { FieldNode } from 'graphql';
import type { Alternatives, AttestedFlow, Requirement } from './requirement.js';

/** The party that carries every value. It is held to the policies like the others. */
export const THIS_GATEWAY = 'gateway';
/** The party that calls, where it is an enclave. No subgraph can have this name. */
export const CALLING_ENCLAVE = '(caller)';

/**
 * What an operation rests on, as a table: questions, each once however many fields ask it, and the questions of each guarded
 * field. A decision answers every question and looks the answers up; it never walks the operation.
 */
export interface DecisionTable {
  readonly checks: readonly Check[];
  readonly rows: readonly Row[];
  /** On what everything rests: flows that belong to no field. Mostly none. */
  readonly always: { readonly flows: readonly AttestedFlow[]; readonly checks: readonly number[] };
  /** Policies of the values that every field together releases, in document order. */
  readonly policies: readonly string[];
}

/** A field node with requirements. */
export interface GuardedNode {
  readonly node: FieldNode;
  /** For instance Patient.family. */
  readonly coordinate: string;
  readonly requirement: Requirement;
}

export interface Row extends GuardedNode {
  /** Numbers of the questions. */
  readonly checks: readonly number[];
  readonly policies: readonly string[];
}

/** One question about the caller, a policy or a party. */
export type Check =
  | { readonly kind: 'known caller' }
  | { readonly kind: 'scopes'; readonly alternatives: Alternatives }
  | { readonly kind: 'authorizations'; readonly alternatives: Alternatives }
  /** Is the policy in force? */
  | { readonly kind: 'policy'; readonly policy: string }
  /** May the caller's channel carry the value? */
  | { readonly kind: 'channel'; readonly policy: string }
  /** Does the party satisfy the policy? */
  | { readonly kind: 'party'; readonly party: string; readonly policy: string }
  /** Does the caller, where it is an enclave? */
  | { readonly kind: 'calling enclave'; readonly policy: string };

/** @param always flows that no field was found for: everything rests on them. */
export function compileTable(guarded: readonly GuardedNode[], always: readonly AttestedFlow[]): DecisionTable {
  const numbers = new Map<string, number>();
  const checks: Check[] = [];
  const numberOf = (check: Check): number => {
    const key = JSON.stringify(check);
    const known = numbers.get(key);
    if (known !== undefined) return known;
    numbers.set(key, checks.length);
    return checks.push(check) - 1;
  };
  const numbersOf = (found: readonly Check[]) => [...new Set(found.map(numberOf))];
  const rows = guarded.map(({ node, coordinate, requirement }): Row => ({
    node,
    coordinate,
    requirement,
    checks: numbersOf(checksOf(requirement)),
    policies: policiesOf(requirement.attested),
  }));
  return {
    checks,
    rows,
    always: { flows: always, checks: numbersOf(always.flatMap(checksOfFlow)) },
    policies: policiesOf([...rows.flatMap(({ requirement }) => requirement.attested), ...always]),
  };
}

function checksOf({ authenticated, scopes, authorizations, attested }: Requirement): Check[] {
  return [
    ...(authenticated ? [{ kind: 'known caller' } as const] : []),
    ...(scopes.length > 0 ? [{ kind: 'scopes', alternatives: scopes } as const] : []),
    ...(authorizations.length > 0 ? [{ kind: 'authorizations', alternatives: authorizations } as const] : []),
    ...attested.flatMap(checksOfFlow),
  ];
}

/** The questions that one flow asks. */
export function checksOfFlow({ policy, producers, receivers, caller }: AttestedFlow): Check[] {
  return [
    { kind: 'policy', policy },
    ...(caller === 'none' ? [] : [{ kind: 'channel', policy } as const]),
    ...(caller === 'receives' ? ([{ kind: 'known caller' }, { kind: 'calling enclave', policy }] as const) : []),
    ...[THIS_GATEWAY, ...producers, ...receivers].map((party) => ({ kind: 'party', party, policy }) as const),
  ];
}

function policiesOf(flows: readonly AttestedFlow[]): string[] {
  return [...new Set(flows.map(({ policy }) => policy))];
}
