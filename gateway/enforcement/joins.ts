import {
  isInterfaceType,
  isObjectType,
  type GraphQLInterfaceType,
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

type Composite = GraphQLObjectType | GraphQLInterfaceType;

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

/** What `type.field` needs first, and the subgraph that is sent it. */
export function requiredFieldsOf(
  supergraph: Supergraph,
  type: Composite,
  field: string,
): { readonly subgraph: string; readonly selections: SelectionSetNode }[] {
  return directivesNamed(type.getFields()[field]?.astNode, 'join__field').flatMap((join) => {
    if (argument(join, 'contextArguments') !== undefined) {
      throw new Refusal('CONFIGURATION_INVALID', `${type.name}.${field} takes arguments from a context.`);
    }
    const requires = stringArgument(join, 'requires');
    const graph = enumArgument(join, 'graph');
    if (requires === undefined || graph === undefined) return [];
    return [{ subgraph: nameOf(supergraph, graph), selections: parseFieldSet(requires) }];
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
