import fc from 'fast-check';
import type { PolicyClaim } from '../../../enclave/policyLanguage/claims.js';
import type {
  AttestationPolicy,
  Condition,
  Expression,
  FunctionName,
  PropertyCondition,
  Rule,
} from '../../../enclave/policyLanguage/policy.js';

const at = { line: 1, column: 1 };
const properties = ['type', 'value', 'valueType', 'issuer'] as const;
const names = fc.constantFrom(
  'a',
  'b',
  'c',
  'AttestationService',
  'AttestationPolicy',
  'CustomClaim',
  'Integer',
  '{"a":[1]}',
);
const scalar = fc.oneof(names, fc.boolean(), fc.integer({ min: -3, max: 3 }), fc.string({ maxLength: 5 }));

/** Expressions over the claims that conditions have found. */
function expression(identifiers: readonly string[], depth = 2): fc.Arbitrary<Expression> {
  const literal = scalar.map((value): Expression => ({ kind: 'literal', at, value }));
  const choices = [literal];
  if (identifiers.length > 0)
    choices.push(
      fc
        .tuple(fc.constantFrom(...identifiers), fc.constantFrom(...properties))
        .map(([identifier, property]): Expression => ({ kind: 'reference', at, identifier, property })),
    );
  if (depth > 0) {
    const inner = expression(identifiers, depth - 1);
    const call = (name: FunctionName, ...given: fc.Arbitrary<Expression>[]): fc.Arbitrary<Expression> =>
      fc.tuple(...given).map((list): Expression => ({ kind: 'call', at, name, arguments: list }));
    choices.push(
      fc.oneof(
        call('NegateBool', inner),
        call('AppendString', inner, inner),
        call('IsSubsetOf', inner, inner),
        call('ContainsOnlyValue', inner, inner),
        call('JsonToClaimValue', inner),
        call('JmesPath', inner, inner),
      ),
    );
  }
  return fc.oneof(...choices);
}

function condition(identifiers: readonly string[], identifier: string | undefined): fc.Arbitrary<Condition> {
  const equality = fc.record({
    property: fc.constantFrom(...properties),
    operator: fc.constantFrom('==' as const, '!=' as const),
    operand: expression(identifiers, 1),
  });
  const order = fc.record({
    property: fc.constant('value' as const),
    operator: fc.constantFrom('<' as const, '<=' as const, '>' as const, '>=' as const),
    operand: fc.integer({ min: -3, max: 3 }).map((value): Expression => ({ kind: 'literal', at, value })),
  });
  const list: fc.Arbitrary<PropertyCondition[]> = fc.array(
    fc.oneof({ weight: 4, arbitrary: equality }, order).map((property) => ({ at, ...property })),
    { maxLength: 2 },
  );
  return fc.record({
    at: fc.constant(at),
    text: fc.constant(''),
    absent: identifier === undefined ? fc.boolean() : fc.constant(false),
    identifier: fc.constant(identifier),
    properties: list,
  });
}

function rule(kinds: readonly ('permit' | 'deny' | 'add' | 'issue' | 'issueproperty')[]): fc.Arbitrary<Rule> {
  return fc.array(fc.boolean(), { maxLength: 3 }).chain((named) => {
    const identifiers = named.map((isNamed, index) => (isNamed ? `c${index}` : undefined));
    const before = (index: number): string[] => identifiers.slice(0, index).filter((name) => name !== undefined);
    const conditions = fc.tuple(...identifiers.map((identifier, index) => condition(before(index), identifier)));
    const all = before(identifiers.length);
    const definition = fc.record({
      kind: fc.constant('definition' as const),
      type: fc.oneof(
        names.map((value): Expression => ({ kind: 'literal', at, value })),
        expression(all).filter(({ kind }) => kind !== 'literal'),
      ),
      value: expression(all),
      valueType: fc.constant(undefined),
      issuer: fc.oneof(
        { weight: 5, arbitrary: fc.constant(undefined) },
        fc
          .constantFrom('AttestationPolicy', 'CustomClaim')
          .map((value): Expression => ({ kind: 'literal', at, value })),
        expression(all).filter(({ kind }) => kind !== 'literal'),
      ),
    });
    const copy =
      all.length === 0
        ? definition
        : fc.constantFrom(...all).map((identifier) => ({ kind: 'copy' as const, at, identifier }));
    const action = fc.constantFrom(...kinds).chain((kind): fc.Arbitrary<Rule['action']> => {
      if (kind === 'permit' || kind === 'deny') return fc.constant({ kind, at });
      return fc.oneof(definition, copy).map((claim) => ({ kind, at, claim }));
    });
    return fc.record({ at: fc.constant(at), conditions, action });
  });
}

export const denyRule = rule(['deny']);

/** Policies of version 1.2, with rules of every kind. */
export const anyPolicy: fc.Arbitrary<AttestationPolicy> = fc.record({
  version: fc.constant('1.2' as const),
  configuration: fc.array(
    rule(['issueproperty']).filter(
      ({ action, conditions }) => conditions.length === 0 && 'claim' in action && action.claim.kind === 'definition',
    ),
    { maxLength: 1 },
  ),
  authorization: fc.array(rule(['permit', 'permit', 'permit', 'deny', 'add', 'issue']), { maxLength: 4 }),
  issuance: fc.array(rule(['add', 'issue', 'issueproperty']), { maxLength: 4 }),
});

export const anyClaims: fc.Arbitrary<PolicyClaim[]> = fc.array(
  fc.record({
    type: names,
    value: scalar,
    issuer: fc.constantFrom('AttestationService' as const, 'CustomClaim' as const),
    readOnly: fc.boolean(),
  }),
  { maxLength: 5 },
);
