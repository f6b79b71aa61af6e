/** The tree of an attestation policy, as `parseAttestationPolicy` returns it: everything that can be told without claims is already checked. */
export interface AttestationPolicy {
  readonly version: PolicyVersion;
  /** Rules without conditions that issue properties; none before version 1.1. */
  readonly configuration: readonly Rule[];
  readonly authorization: readonly Rule[];
  readonly issuance: readonly Rule[];
}

export const POLICY_VERSIONS = ['1.0', '1.1', '1.2'] as const;

export type PolicyVersion = (typeof POLICY_VERSIONS)[number];

/** Both count from 1; a column counts UTF-16 units, as editors do. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

export interface Rule {
  readonly at: Position;
  /** All must hold. Each stands after those whose identifiers it refers to, else in the order of the text. */
  readonly conditions: readonly Condition[];
  readonly action: Action;
}

export interface Condition {
  readonly at: Position;
  /** As written. */
  readonly text: string;
  /** True for `!`: holds where no claim matches. */
  readonly absent: boolean;
  readonly identifier: string | undefined;
  /** A claim matches when all hold; an empty list matches every claim. */
  readonly properties: readonly PropertyCondition[];
}

export interface PropertyCondition {
  readonly at: Position;
  readonly property: Property;
  readonly operator: Operator;
  readonly operand: Expression;
}

export type Property = 'type' | 'value' | 'valueType' | 'issuer';

export type Operator = '==' | '!=' | '<' | '<=' | '>' | '>=';

export type Expression = Literal | Reference | Call;

export interface Literal {
  readonly kind: 'literal';
  readonly at: Position;
  readonly value: Scalar;
}

/** Numbers are safe integers. */
export type Scalar = boolean | number | string;

/** `c.value`: a property of the claims that condition `c` matches. */
export interface Reference {
  readonly kind: 'reference';
  readonly at: Position;
  readonly identifier: string;
  readonly property: Property;
}

export interface Call {
  readonly kind: 'call';
  readonly at: Position;
  readonly name: FunctionName;
  readonly arguments: readonly Expression[];
}

export type FunctionName = keyof typeof FUNCTION_ARGUMENTS;

/** What each function takes: `one` value, or the whole `set` of values that an identifier stands for. */
export const FUNCTION_ARGUMENTS = {
  JmesPath: ['one', 'one'],
  JsonToClaimValue: ['one'],
  IsSubsetOf: ['set', 'set'],
  AppendString: ['one', 'one'],
  NegateBool: ['one'],
  ContainsOnlyValue: ['set', 'one'],
} as const satisfies Record<string, readonly ('one' | 'set')[]>;

export type Action =
  | { readonly kind: 'permit' | 'deny'; readonly at: Position }
  | { readonly kind: 'add' | 'issue' | 'issueproperty'; readonly at: Position; readonly claim: ClaimSource };

export type ClaimSource = ClaimCopy | ClaimDefinition;

/** `claim = c` */
export interface ClaimCopy {
  readonly kind: 'copy';
  readonly at: Position;
  readonly identifier: string;
}

export interface ClaimDefinition {
  readonly kind: 'definition';
  readonly type: Expression;
  readonly value: Expression;
  readonly valueType: Expression | undefined;
  readonly issuer: Expression | undefined;
}
