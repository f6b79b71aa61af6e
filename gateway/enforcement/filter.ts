import {
  isAbstractType,
  Kind,
  visit,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLSchema,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';
import { TYPENAME_ALIAS, type Analysis } from './analyse.js';

export interface Cut {
  readonly document: DocumentNode;
  /** The node of the operation as it was asked that a node of the cut stands for: the same, or one that lost something inside. */
  readonly originOf: (node: FieldNode) => FieldNode;
}

type Refused = ReadonlySet<FieldNode> | ReadonlyMap<FieldNode, unknown>;

/** See {@link cut}. */
export function filter(analysis: Cuttable, refused: Refused, schema: GraphQLSchema): DocumentNode {
  return cut(analysis, refused, schema).document;
}

type Cuttable = Pick<Analysis, 'operation' | 'fragments' | 'parentTypes'>;

/**
 * The operation without its refused fields, with the fragments and variables that are still used: this is what is planned
 * and sent. A selection that lost everything keeps __typename, so that an object that is there is still told from one that
 * is not; abstract selections around a loss learn their type.
 */
export function cut(analysis: Cuttable, refused: Refused, schema: GraphQLSchema): Cut {
  const origins = new Map<FieldNode, FieldNode>();
  const lossy = lossySelections(analysis, refused);

  const prune = (selectionSet: SelectionSetNode): SelectionSetNode => {
    if (!lossy.has(selectionSet)) return selectionSet;
    const selections = selectionSet.selections
      .filter((selection) => selection.kind !== Kind.FIELD || !refused.has(selection))
      .map(pruneSelection);
    const parent = schema.getType(analysis.parentTypes.get(selectionSet) ?? '');
    return {
      kind: Kind.SELECTION_SET,
      selections: selections.length === 0 || isAbstractType(parent) ? [...selections, TYPENAME] : selections,
    };
  };
  const pruneSelection = (selection: SelectionNode): SelectionNode => {
    if (selection.kind === Kind.FRAGMENT_SPREAD || selection.selectionSet === undefined) return selection;
    if (selection.kind === Kind.INLINE_FRAGMENT) return { ...selection, selectionSet: prune(selection.selectionSet) };
    const pruned: FieldNode = { ...selection, selectionSet: prune(selection.selectionSet) };
    origins.set(pruned, selection);
    return pruned;
  };

  const pruneFragment = (fragment: FragmentDefinitionNode): FragmentDefinitionNode => ({
    ...fragment,
    selectionSet: prune(fragment.selectionSet),
  });
  const operation = { ...analysis.operation, selectionSet: prune(analysis.operation.selectionSet) };
  const fragments = new Map([...analysis.fragments].map(([name, fragment]) => [name, pruneFragment(fragment)]));
  const document = withoutUnused({ kind: Kind.DOCUMENT, definitions: [operation] }, fragments);
  return { document, originOf: (node) => origins.get(node) ?? node };
}

/** Selection sets that lose a field themselves, or somewhere below. */
function lossySelections(analysis: Cuttable, refused: Refused): Set<SelectionSetNode> {
  const known = new Map<SelectionSetNode, boolean>();
  const isLossy = (selectionSet: SelectionSetNode): boolean => {
    const answer = known.get(selectionSet);
    if (answer !== undefined) return answer;
    let lossy = false;
    for (const selection of selectionSet.selections) {
      if (selection.kind === Kind.FRAGMENT_SPREAD) {
        const fragment = analysis.fragments.get(selection.name.value);
        if (fragment !== undefined && isLossy(fragment.selectionSet)) lossy = true;
      } else {
        if (selection.kind === Kind.FIELD && refused.has(selection)) lossy = true;
        else if (selection.selectionSet !== undefined && isLossy(selection.selectionSet)) lossy = true;
      }
    }
    known.set(selectionSet, lossy);
    return lossy;
  };
  isLossy(analysis.operation.selectionSet);
  return new Set([...known].filter(([, lossy]) => lossy).map(([selectionSet]) => selectionSet));
}

function withoutUnused(document: DocumentNode, fragments: ReadonlyMap<string, FragmentDefinitionNode>): DocumentNode {
  const variables = new Set<string>();
  const used = new Map<string, FragmentDefinitionNode>();
  const collect = (node: DocumentNode | FragmentDefinitionNode): void => {
    visit(node, {
      VariableDefinition: () => false,
      Variable: (variable) => void variables.add(variable.name.value),
      FragmentSpread: (spread) => {
        const fragment = fragments.get(spread.name.value);
        if (fragment === undefined || used.has(spread.name.value)) return;
        used.set(spread.name.value, fragment);
        collect(fragment);
      },
    });
  };
  collect(document);
  const operations = document.definitions.map((definition) =>
    definition.kind === Kind.OPERATION_DEFINITION
      ? {
          ...definition,
          variableDefinitions: (definition.variableDefinitions ?? []).filter(({ variable }) =>
            variables.has(variable.name.value),
          ),
        }
      : definition,
  );
  return { kind: Kind.DOCUMENT, definitions: [...operations, ...used.values()] };
}

const TYPENAME: FieldNode = {
  kind: Kind.FIELD,
  alias: { kind: Kind.NAME, value: TYPENAME_ALIAS },
  name: { kind: Kind.NAME, value: '__typename' },
};
