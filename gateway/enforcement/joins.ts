import {
  isAbstractType,
  isInterfaceType,
  isObjectType,
  Kind,
  type ConstObjectValueNode,
  type GraphQLInterfaceType,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type SelectionSetNode,
} from 'graphql';
import { Refusal } from '../../enclave/refusals.js';
import {
  argument,
  directivesNamed,
  enumArgument,
  isTrue,
  parseFieldSet,
  stringArgument,
  type Supergraph,
} from './supergraph.js';

export type Composite = GraphQLObjectType | GraphQLInterfaceType;

/** What a subgraph is sent before it can resolve a field, besides a key. */
export interface Needed {
  readonly subgraph: string;
  /** Types that the selections may be made on: the field's own, or those that set the context. */
  readonly on: readonly GraphQLNamedType[];
  readonly selections: SelectionSetNode;
  /** The argument that takes the value, where it comes from a context. */
  readonly contextArgument: string | undefined;
}

/**
 * Subgraphs that the value of a field may come from (https://specs.apollo.dev/join/v0.5).
 *
 * A field without join__field comes from every subgraph of its type. An external field comes from its subgraph only where
 * that subgraph @provides it somewhere. Where in doubt a subgraph counts: more parties are checked, never fewer.
 */
export function producersOf(supergraph: Supergraph, type: Composite, field: string): string[] {
  const joins = directivesNamed(type.getFields()[field]?.astNode, 'join__field');
  const graphs = new Set<string>();
  if (joins.length === 0) for (const graph of graphsOf(type)) graphs.add(graph);
  for (const join of joins) {
    const graph = enumArgument(join, 'graph');
    if (graph === undefined) for (const owner of interfaceObjectGraphs(type)) graphs.add(owner);
    else if (!isTrue(join, 'external') || provides(supergraph, graph, field)) graphs.add(graph);
  }
  return [...graphs].map((graph) => nameOf(supergraph, graph)).sort();
}

/** What `type.field` needs first by @requires and by contexts, and the subgraph that is sent it. */
export function neededBy(supergraph: Supergraph, type: Composite, field: string): Needed[] {
  return directivesNamed(type.getFields()[field]?.astNode, 'join__field').flatMap((join) => {
    const graph = enumArgument(join, 'graph');
    if (graph === undefined) return [];
    const subgraph = nameOf(supergraph, graph);
    const requires = stringArgument(join, 'requires');
    const contexts = argument(join, 'contextArguments');
    return [
      ...(requires === undefined
        ? []
        : [{ subgraph, on: [type], selections: parseFieldSet(requires), contextArgument: undefined }]),
      ...(contexts?.kind === Kind.LIST ? contexts.values : []).map((context) => {
        if (context.kind !== Kind.OBJECT) throw unreadable(type, field);
        return neededFromContext(supergraph, context, subgraph, () => unreadable(type, field));
      }),
    ];
  });
}

function neededFromContext(
  supergraph: Supergraph,
  context: ConstObjectValueNode,
  subgraph: string,
  unreadableContext: () => Refusal,
): Needed {
  const [name, contextArgument, selection] = ['context', 'name', 'selection'].map((key) => {
    const value = context.fields.find((candidate) => candidate.name.value === key)?.value;
    return value?.kind === Kind.STRING ? value.value : undefined;
  });
  if (name === undefined || contextArgument === undefined || selection === undefined) throw unreadableContext();
  const text = selection.trim();
  const selections = parseFieldSet(text.startsWith('{') && text.endsWith('}') ? text.slice(1, -1) : text);
  return { subgraph, on: typesThatSet(supergraph, name), selections, contextArgument };
}

function unreadable(type: Composite, field: string): Refusal {
  return new Refusal('CONFIGURATION_INVALID', `A context of ${type.name}.${field} cannot be read.`);
}

/** Types with @context of this name, and their possible types. Where none is named so, all composite types: fail closed. */
function typesThatSet(supergraph: Supergraph, context: string): GraphQLNamedType[] {
  const { schema } = supergraph;
  const types = Object.values(schema.getTypeMap());
  const setting = types.filter((type) =>
    directivesNamed(type.astNode, supergraph.contextDirective).some((directive) => {
      const name = stringArgument(directive, 'name');
      return name === context;
    }),
  );
  const named = setting.length > 0 ? setting : types.filter((type) => isObjectType(type) || isInterfaceType(type));
  return named.flatMap((type) => [type, ...(isAbstractType(type) ? schema.getPossibleTypes(type) : [])]);
}

/** The keys by which a subgraph knows entities of a type. */
export function keysOf(
  supergraph: Supergraph,
  type: Composite,
): { readonly subgraph: string; readonly text: string; readonly selections: SelectionSetNode }[] {
  return directivesNamed(type.astNode, 'join__type').flatMap((join) => {
    const text = stringArgument(join, 'key');
    const graph = enumArgument(join, 'graph');
    if (text === undefined || graph === undefined) return [];
    return [{ subgraph: nameOf(supergraph, graph), text, selections: parseFieldSet(text) }];
  });
}

function graphsOf(type: Composite): string[] {
  return directivesNamed(type.astNode, 'join__type').flatMap((join) => enumArgument(join, 'graph') ?? []);
}

/** A join__field without a graph: the field comes from subgraphs that know the interface as an object (@interfaceObject). */
function interfaceObjectGraphs(type: Composite): string[] {
  return type.getInterfaces().flatMap((parent) =>
    directivesNamed(parent.astNode, 'join__type')
      .filter((join) => isTrue(join, 'isInterfaceObject'))
      .flatMap((join) => enumArgument(join, 'graph') ?? []),
  );
}

function provides(supergraph: Supergraph, graph: string, field: string): boolean {
  return Object.values(supergraph.schema.getTypeMap()).some(
    (type) =>
      (isObjectType(type) || isInterfaceType(type)) &&
      Object.values(type.getFields()).some((candidate) =>
        directivesNamed(candidate.astNode, 'join__field').some(
          (join) =>
            enumArgument(join, 'graph') === graph &&
            (stringArgument(join, 'provides') ?? '').split(/\W+/).includes(field),
        ),
      ),
  );
}

function nameOf(supergraph: Supergraph, graph: string): string {
  const name = supergraph.subgraphs.get(graph);
  if (name === undefined) throw new Refusal('CONFIGURATION_INVALID', `The supergraph names no subgraph for ${graph}.`);
  return name;
}
