import { getNamedType, isAbstractType, isInterfaceType, type GraphQLNamedType } from 'graphql';
import { demandAt } from './declared.js';
import type { Composite } from './joins.js';
import { allDemands, implies, NO_DEMAND, type CallerDemand } from './requirement.js';
import type { Annotated, Supergraph } from './supergraph.js';

/**
 * What @authenticated, @requiresScopes and @policy ask for where a field is selected, by the rules that Apollo documents for
 * its router (docs/source/routing/security/authorization.mdx), what the field needs by @requires aside.
 *
 * A directive on a type holds for fields that return the type and for its own fields. A field of an interface asks for what
 * every implementation asks for. The composer writes onto interfaces what follows from their implementations; that does not
 * hold for an implementation that is selected by its own name. What was written on the interface itself does.
 */
export function demandOfField(supergraph: Supergraph, type: Composite, fieldName: string): CallerDemand {
  const own = (node: Annotated | undefined | null) => demandAt(supergraph, node);
  const field = type.getFields()[fieldName];
  const returned = field && getNamedType(field.type);
  const variants = isInterfaceType(type) ? implementationsOf(supergraph, type) : [];
  return allDemands([
    own(field?.astNode),
    own(type.astNode),
    ...type
      .getInterfaces()
      .flatMap((parent) => [writtenOnField(supergraph, parent, fieldName), writtenOnType(supergraph, parent)]),
    ...variants.flatMap((variant) => [own(variant.getFields()[fieldName]?.astNode), own(variant.astNode)]),
    returned === undefined ? NO_DEMAND : demandOfReturned(supergraph, returned),
  ]);
}

/**
 * What any object of an abstract type may ask for: holds where fields of the type are selected other than in fragments that
 * name another type.
 */
export function demandOfMembers(supergraph: Supergraph, type: GraphQLNamedType): CallerDemand {
  if (!isInterfaceType(type)) return NO_DEMAND;
  return allDemands([type, ...implementationsOf(supergraph, type)].map(({ astNode }) => demandAt(supergraph, astNode)));
}

function demandOfReturned(supergraph: Supergraph, type: GraphQLNamedType): CallerDemand {
  const parents = 'getInterfaces' in type ? type.getInterfaces() : [];
  return allDemands([
    isInterfaceType(type) ? writtenOnType(supergraph, type) : demandAt(supergraph, type.astNode),
    ...parents.map((parent) => writtenOnType(supergraph, parent)),
  ]);
}

/** What an interface asks for itself, and not because of its implementations. */
function writtenOnType(supergraph: Supergraph, type: Composite): CallerDemand {
  const written = demandAt(supergraph, type.astNode);
  const derived = implementationsOf(supergraph, type).map(({ astNode }) => demandAt(supergraph, astNode));
  return implies(allDemands(derived), written) ? NO_DEMAND : written;
}

function writtenOnField(supergraph: Supergraph, type: Composite, field: string): CallerDemand {
  const written = demandAt(supergraph, type.getFields()[field]?.astNode);
  const derived = implementationsOf(supergraph, type).map((variant) =>
    demandAt(supergraph, variant.getFields()[field]?.astNode),
  );
  return implies(allDemands(derived), written) ? NO_DEMAND : written;
}

function implementationsOf({ schema }: Supergraph, type: GraphQLNamedType): readonly Composite[] {
  if (!isInterfaceType(type) || !isAbstractType(type)) return [];
  return schema.getImplementations(type).objects;
}
