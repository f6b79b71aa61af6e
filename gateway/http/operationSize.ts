import {
  Kind,
  type ArgumentNode,
  type DirectiveNode,
  type DocumentNode,
  type FragmentDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
  type ValueNode,
} from 'graphql';

/** How large a document is, its largest operation taken, with fragments counted as often as they are spread. */
export interface OperationSize {
  readonly depth: number;
  readonly introspectionDepth: number;
  readonly introspectionLists: number;
  readonly aliases: number;
  readonly rootFields: number;
  readonly fields: number;
  readonly duplicateFields: number;
  readonly fragments: number;
  readonly directives: number;
  readonly directivesPerNode: number;
  readonly listItems: number;
  /** True where `__schema` or `__type` is asked, in whatever fragment. */
  readonly isIntrospection: boolean;
}

/**
 * Counts without writing fragments out: the work grows with the text, also where fragments double at each level, and ends
 * where they spread themselves or are missing, which is validation's to report.
 */
export function measureDocument(document: DocumentNode): OperationSize {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  }
  const sizeOf = createFragmentSizes(fragments);
  let largest = NOTHING;
  for (const definition of document.definitions) {
    if (definition.kind === Kind.OPERATION_DEFINITION) {
      const size = { ...measure(definition.selectionSet, sizeOf) };
      addDirectives(size, definition.directives);
      for (const variable of definition.variableDefinitions ?? []) {
        addDirectives(size, variable.directives);
        size.listItems = Math.max(size.listItems, longestList(variable.defaultValue));
      }
      largest = largerOf(largest, size);
    } else if (definition.kind === Kind.FRAGMENT_DEFINITION) {
      // One that nothing spreads is not executed, but it is parsed and validated.
      const { directivesPerNode, listItems } = sizeOf(definition.name.value);
      largest = largerOf(largest, { ...NOTHING, directivesPerNode, listItems });
    }
  }
  return { ...largest, rootFields: largest.width, fragments: fragments.size };
}

/** Of one selection set, with everything below it. */
interface Size extends Omit<OperationSize, 'fragments' | 'rootFields'> {
  /** Fields of the selection itself. */
  readonly width: number;
  /** Fields inside one another that are lists where the type is one of introspection; which it is, only the root tells. */
  readonly lists: number;
}
type Total = { -readonly [Name in keyof Size]: Size[Name] };

const NOTHING: Size = {
  depth: 0,
  introspectionDepth: 0,
  introspectionLists: 0,
  aliases: 0,
  fields: 0,
  duplicateFields: 0,
  directives: 0,
  directivesPerNode: 0,
  listItems: 0,
  isIntrospection: false,
  width: 0,
  lists: 0,
};

type FragmentSizes = (name: string) => Size;

function createFragmentSizes(fragments: ReadonlyMap<string, FragmentDefinitionNode>): FragmentSizes {
  const known = new Map<string, Size>();
  const sizeOf: FragmentSizes = (name) => {
    const size = known.get(name);
    if (size !== undefined) return size;
    const fragment = fragments.get(name);
    known.set(name, NOTHING);
    if (fragment === undefined) return NOTHING;
    const total = { ...measure(fragment.selectionSet, sizeOf) };
    addDirectives(total, fragment.directives);
    known.set(name, total);
    return total;
  };
  return sizeOf;
}

function measure(selectionSet: SelectionSetNode, fragments: FragmentSizes): Size {
  const total: Total = { ...NOTHING };
  const responseKeys = new Set<string>();
  for (const selection of selectionSet.selections) {
    addDirectives(total, selection.directives);
    addInner(total, innerOf(selection, fragments));
    if (selection.kind !== Kind.FIELD) continue;
    total.fields += 1;
    if (selection.alias !== undefined) total.aliases += 1;
    total.listItems = Math.max(total.listItems, longestListOf(selection.arguments));
    const key = (selection.alias ?? selection.name).value;
    if (responseKeys.has(key)) total.duplicateFields += 1;
    responseKeys.add(key);
  }
  return total;
}

/** What one selection adds, before it is counted itself. */
function innerOf(selection: SelectionNode, fragments: FragmentSizes): Size {
  if (selection.kind === Kind.FRAGMENT_SPREAD) return fragments(selection.name.value);
  const inner = selection.selectionSet === undefined ? NOTHING : measure(selection.selectionSet, fragments);
  if (selection.kind === Kind.INLINE_FRAGMENT) return inner;
  const name = selection.name.value;
  const isIntrospection = name === '__schema' || name === '__type';
  if (isIntrospection) {
    return {
      ...inner,
      depth: 0,
      introspectionDepth: Math.max(inner.depth, inner.introspectionDepth) + 1,
      introspectionLists: Math.max(inner.lists, inner.introspectionLists),
      isIntrospection: true,
      lists: 0,
      width: 1,
    };
  }
  return { ...inner, depth: inner.depth + 1, lists: inner.lists + (isTypeList(name) ? 1 : 0), width: 1 };
}

/** Fields of `__Type` whose answers hold types or fields again, each as long as the schema makes it. */
function isTypeList(name: string): boolean {
  return name === 'fields' || name === 'interfaces' || name === 'possibleTypes' || name === 'inputFields';
}

function addInner(total: Total, inner: Size): void {
  total.depth = Math.max(total.depth, inner.depth);
  total.introspectionDepth = Math.max(total.introspectionDepth, inner.introspectionDepth);
  total.introspectionLists = Math.max(total.introspectionLists, inner.introspectionLists);
  total.lists = Math.max(total.lists, inner.lists);
  total.listItems = Math.max(total.listItems, inner.listItems);
  total.directivesPerNode = Math.max(total.directivesPerNode, inner.directivesPerNode);
  total.aliases += inner.aliases;
  total.fields += inner.fields;
  total.duplicateFields += inner.duplicateFields;
  total.directives += inner.directives;
  total.width += inner.width;
  total.isIntrospection ||= inner.isIntrospection;
}

function addDirectives(total: Total, directives: readonly DirectiveNode[] | undefined): void {
  if (directives === undefined || directives.length === 0) return;
  total.directives += directives.length;
  total.directivesPerNode = Math.max(total.directivesPerNode, directives.length);
  for (const directive of directives) total.listItems = Math.max(total.listItems, longestListOf(directive.arguments));
}

function longestListOf(argumentNodes: readonly ArgumentNode[] | undefined): number {
  let longest = 0;
  for (const { value } of argumentNodes ?? []) longest = Math.max(longest, longestList(value));
  return longest;
}

function longestList(value: ValueNode | undefined): number {
  if (value?.kind === Kind.LIST) return value.values.reduce(larger, value.values.length);
  if (value?.kind === Kind.OBJECT) return value.fields.reduce((longest, field) => larger(longest, field.value), 0);
  return 0;
}

function larger(longest: number, value: ValueNode): number {
  return Math.max(longest, longestList(value));
}

function largerOf(one: Size, other: Size): Size {
  const total: Total = { ...one };
  total.depth = Math.max(one.depth, other.depth);
  total.introspectionDepth = Math.max(one.introspectionDepth, other.introspectionDepth);
  total.introspectionLists = Math.max(one.introspectionLists, other.introspectionLists);
  total.aliases = Math.max(one.aliases, other.aliases);
  total.fields = Math.max(one.fields, other.fields);
  total.duplicateFields = Math.max(one.duplicateFields, other.duplicateFields);
  total.directives = Math.max(one.directives, other.directives);
  total.directivesPerNode = Math.max(one.directivesPerNode, other.directivesPerNode);
  total.listItems = Math.max(one.listItems, other.listItems);
  total.width = Math.max(one.width, other.width);
  total.isIntrospection ||= other.isIntrospection;
  return total;
}
