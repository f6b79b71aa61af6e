import {
  isAbstractType,
  Kind,
  typeFromAST,
  type DirectiveNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type FragmentSpreadNode,
  type GraphQLCompositeType,
  type GraphQLSchema,
  type InlineFragmentNode,
  type NamedTypeNode,
  type SelectionSetNode,
} from 'graphql';

/** What a caller selects, for given values of the variables in its conditions. */
export interface Selecting {
  readonly schema: GraphQLSchema;
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  /** Undefined where it is not decided yet: then everything is included. */
  readonly isTrue: (variable: string) => boolean | undefined;
}

/** GraphQL specification 6.3.2, CollectFields: response key to the fields behind it, in the order of the answer. */
export function collectFields(
  selectionSets: readonly SelectionSetNode[],
  type: GraphQLCompositeType,
  selecting: Selecting,
): Map<string, FieldNode[]> {
  const fields = new Map<string, FieldNode[]>();
  const spread = new Set<string>();
  const collect = ({ selections }: SelectionSetNode): void => {
    for (const selection of selections) {
      if (!isIncluded(selection.directives, selecting)) continue;
      if (selection.kind === Kind.FIELD) {
        const key = (selection.alias ?? selection.name).value;
        const known = fields.get(key);
        if (known === undefined) fields.set(key, [selection]);
        else known.push(selection);
        continue;
      }
      if (selection.kind === Kind.FRAGMENT_SPREAD) {
        if (spread.has(selection.name.value)) continue;
        spread.add(selection.name.value);
      }
      const fragment = fragmentOf(selection, selecting);
      if (fragment !== undefined && applies(fragment.typeCondition, type, selecting.schema)) {
        collect(fragment.selectionSet);
      }
    }
  };
  selectionSets.forEach(collect);
  return fields;
}

type AnyFragment = Pick<InlineFragmentNode, 'typeCondition' | 'selectionSet'>;

function fragmentOf(
  selection: FragmentSpreadNode | InlineFragmentNode,
  { fragments }: Selecting,
): AnyFragment | undefined {
  return selection.kind === Kind.FRAGMENT_SPREAD ? fragments.get(selection.name.value) : selection;
}

function applies(condition: NamedTypeNode | undefined, type: GraphQLCompositeType, schema: GraphQLSchema): boolean {
  if (condition === undefined) return true;
  const conditionType = typeFromAST(schema, condition);
  if (conditionType === type) return true;
  if (!isAbstractType(conditionType) || 'getTypes' in type) return false;
  return schema.isSubType(conditionType, type);
}

export function isIncluded(directives: readonly DirectiveNode[] | undefined, selecting: Selecting): boolean {
  for (const directive of directives ?? []) {
    const name = directive.name.value;
    if (name !== 'skip' && name !== 'include') continue;
    const condition = directive.arguments?.[0]?.value;
    const value =
      condition?.kind === Kind.BOOLEAN
        ? condition.value
        : condition?.kind === Kind.VARIABLE && selecting.isTrue(condition.name.value);
    if (value === (name === 'skip')) return false;
  }
  return true;
}

/** True where what is selected depends on the type of an abstract object. */
export function dependsOnType(
  selectionSets: readonly SelectionSetNode[],
  type: GraphQLCompositeType,
  selecting: Selecting,
): boolean {
  const depends = ({ selections }: SelectionSetNode): boolean =>
    selections.some((selection) => {
      if (!isIncluded(selection.directives, selecting)) return false;
      if (selection.kind === Kind.FIELD) return selection.name.value === '__typename';
      const fragment = fragmentOf(selection, selecting);
      if (fragment === undefined) return false;
      return !applies(fragment.typeCondition, type, selecting.schema) || depends(fragment.selectionSet);
    });
  return selectionSets.some(depends);
}

/** Names of the variables that decide what is selected, in a fixed order. */
export function conditionVariables(
  operation: { readonly selectionSet: SelectionSetNode },
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
): string[] {
  const names = new Set<string>();
  const visited = new Set<string>();
  const visitSet = ({ selections }: SelectionSetNode): void => {
    for (const selection of selections) {
      for (const directive of selection.directives ?? []) {
        const condition = directive.arguments?.[0]?.value;
        if (isCondition(directive) && condition?.kind === Kind.VARIABLE) names.add(condition.name.value);
      }
      if (selection.kind === Kind.FRAGMENT_SPREAD) {
        const name = selection.name.value;
        const fragment = fragments.get(name);
        if (fragment === undefined || visited.has(name)) continue;
        visited.add(name);
        visitSet(fragment.selectionSet);
      } else if (selection.selectionSet !== undefined) {
        visitSet(selection.selectionSet);
      }
    }
  };
  visitSet(operation.selectionSet);
  return [...names];
}

export function isCondition({ name }: DirectiveNode): boolean {
  return name.value === 'skip' || name.value === 'include';
}

/** Every field that is selected, for whatever type. */
export function allFields(selectionSets: readonly SelectionSetNode[], selecting: Selecting): FieldNode[] {
  const fields: FieldNode[] = [];
  const spread = new Set<string>();
  const collect = ({ selections }: SelectionSetNode): void => {
    for (const selection of selections) {
      if (!isIncluded(selection.directives, selecting)) continue;
      if (selection.kind === Kind.FIELD) {
        fields.push(selection);
      } else if (selection.kind === Kind.INLINE_FRAGMENT) {
        collect(selection.selectionSet);
      } else if (!spread.has(selection.name.value)) {
        spread.add(selection.name.value);
        const fragment = selecting.fragments.get(selection.name.value);
        if (fragment !== undefined) collect(fragment.selectionSet);
      }
    }
  };
  selectionSets.forEach(collect);
  return fields;
}
