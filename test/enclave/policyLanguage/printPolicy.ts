import type {
  Action,
  AttestationPolicy,
  ClaimSource,
  Condition,
  Expression,
  PropertyCondition,
  Rule,
} from '../../../enclave/policyLanguage/policy.js';

/** A text that is read as this tree again. `space` stands wherever white space may. */
export function printPolicy(
  { authorization, configuration, issuance, version }: AttestationPolicy,
  space = '',
): string {
  const section = (name: string, rules: readonly Rule[]): string[] => [
    name,
    '{',
    ...rules.flatMap((rule) => ruleTokens(rule)),
    '}',
    ';',
  ];
  const tokens = [
    'version',
    '=',
    version,
    ';',
    ...(configuration.length === 0 ? [] : section('configurationrules', configuration)),
    ...section('authorizationrules', authorization),
    ...section('issuancerules', issuance),
  ];
  return tokens.join(space);
}

function ruleTokens({ action, conditions }: Rule): string[] {
  const joined = conditions.flatMap((condition, index) => [
    ...(index === 0 ? [] : ['&&']),
    ...conditionTokens(condition),
  ]);
  return [...joined, '=>', ...actionTokens(action), ';'];
}

function conditionTokens({ absent, identifier, properties }: Condition): string[] {
  const printed = properties.flatMap((property, index) => [...(index === 0 ? [] : [',']), ...propertyTokens(property)]);
  return [...(absent ? ['!'] : []), ...(identifier === undefined ? [] : [identifier, ':']), '[', ...printed, ']'];
}

function propertyTokens({ operand, operator, property }: PropertyCondition): string[] {
  return [property, operator, ...expressionTokens(operand)];
}

function actionTokens(action: Action): string[] {
  return [action.kind, '(', ...('claim' in action ? claimTokens(action.claim) : []), ')'];
}

function claimTokens(source: ClaimSource): string[] {
  if (source.kind === 'copy') return ['claim', '=', source.identifier];
  const { issuer, type, value, valueType } = source;
  const stated = Object.entries({ type, value, valueType, issuer }).flatMap(([name, expression]) =>
    expression === undefined ? [] : [[name, '=', ...expressionTokens(expression)]],
  );
  return stated.flatMap((tokens, index) => [...(index === 0 ? [] : [',']), ...tokens]);
}

function expressionTokens(expression: Expression): string[] {
  if (expression.kind === 'reference') return [expression.identifier, '.', expression.property];
  if (expression.kind === 'call')
    return [
      expression.name,
      '(',
      ...expression.arguments.flatMap((argument, index) => [
        ...(index === 0 ? [] : [',']),
        ...expressionTokens(argument),
      ]),
      ')',
    ];
  const { value } = expression;
  return [typeof value === 'string' ? `"${value.replaceAll(/["\\]/g, '\\$&')}"` : String(value)];
}
