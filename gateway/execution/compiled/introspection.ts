import {
  executeSync,
  Kind,
  visit,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type SelectionNode,
} from 'graphql';

/** Texts of the fields that ask about the schema itself, by response key. */
export type Introspect = (variables: Readonly<Record<string, unknown>>) => ReadonlyMap<string, string>;

const NOTHING: ReadonlyMap<string, string> = new Map();

/** Answered by graphql-js on the schema that callers see; answers without variables are kept. */
export function compileIntrospection(
  schema: GraphQLSchema,
  operation: OperationDefinitionNode,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
): Introspect {
  const document = introspectionDocument(operation, fragments);
  if (document === undefined) return () => NOTHING;
  const answer = (variableValues: Readonly<Record<string, unknown>>) => {
    const { data } = executeSync({ schema, document, variableValues, rootValue: {} });
    return new Map(Object.entries(data ?? {}).map(([key, value]) => [key, JSON.stringify(value)]));
  };
  if (usesVariables(document)) return answer;
  let known: ReadonlyMap<string, string> | undefined;
  return () => (known ??= answer({}));
}

/** The operation with nothing at its root but introspection. */
function introspectionDocument(
  operation: OperationDefinitionNode,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
): DocumentNode | undefined {
  const rootFields = (selections: readonly SelectionNode[]): SelectionNode[] =>
    selections.flatMap((selection): SelectionNode[] => {
      if (selection.kind === Kind.FIELD) return isIntrospection(selection) ? [selection] : [];
      const fragment = selection.kind === Kind.FRAGMENT_SPREAD ? fragments.get(selection.name.value) : selection;
      if (fragment === undefined) return [];
      const inner = rootFields(fragment.selectionSet.selections);
      if (inner.length === 0) return [];
      return [
        {
          kind: Kind.INLINE_FRAGMENT,
          directives: selection.directives ?? [],
          selectionSet: { kind: Kind.SELECTION_SET, selections: inner },
        },
      ];
    });
  const selections = rootFields(operation.selectionSet.selections);
  if (selections.length === 0) return undefined;
  const selectionSet = { kind: Kind.SELECTION_SET, selections } as const;
  const names = variablesIn({ ...operation, selectionSet, variableDefinitions: [] }, fragments);
  return {
    kind: Kind.DOCUMENT,
    definitions: [
      {
        kind: Kind.OPERATION_DEFINITION,
        operation: operation.operation,
        variableDefinitions: (operation.variableDefinitions ?? []).filter(({ variable }) =>
          names.has(variable.name.value),
        ),
        selectionSet,
      },
      ...fragments.values(),
    ],
  };
}

function isIntrospection({ name }: FieldNode): boolean {
  return name.value === '__schema' || name.value === '__type';
}

function usesVariables({ definitions }: DocumentNode): boolean {
  return definitions.some(
    (definition) => definition.kind === Kind.OPERATION_DEFINITION && (definition.variableDefinitions ?? []).length > 0,
  );
}

function variablesIn(
  operation: OperationDefinitionNode,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
): Set<string> {
  const names = new Set<string>();
  for (const node of [operation, ...fragments.values()]) {
    visit(node, { Variable: ({ name }) => void names.add(name.value) });
  }
  return names;
}
