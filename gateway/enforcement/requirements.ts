import {
  getNamedType,
  isAbstractType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  Kind,
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLInputType,
  type GraphQLNamedType,
  type GraphQLOutputType,
  type GraphQLSchema,
  type SelectionSetNode,
} from 'graphql';
import { Refusal } from '../../enclave/refusals.js';
import { demandOfField, demandOfMembers } from './callerDemands.js';
import { policiesAt } from './declared.js';
import { keysOf, neededBy, producersOf, type Composite } from './joins.js';
import {
  allDemands,
  allOf,
  NO_DEMAND,
  NO_REQUIREMENT,
  type AttestedFlow,
  type BoundPolicy,
  type CallerDemand,
  type Requirement,
} from './requirement.js';
import { readSupergraph, type Annotated, type Supergraph } from './supergraph.js';

/** What a supergraph asks for, coordinate by coordinate. Computed once when it is loaded. */
export interface Requirements {
  /** Every type of the supergraph, with what callers may not see. */
  readonly schema: GraphQLSchema;
  /** The names of the subgraphs. */
  readonly subgraphs: readonly string[];
  /** False where nothing in the supergraph is @attested: then no value has to be followed. */
  readonly attests: boolean;
  /** What serving `type.field` takes, its arguments aside. Its flows are those that may be, whatever the plan. */
  ofField(type: string, field: string): Requirement;
  /** What selecting fields of this abstract type asks of the caller, outside of fragments that name another type. */
  ofMembers(type: string): CallerDemand;
  /** Policies that the value of `type.field` is bound to. */
  valuesOf(type: string, field: string): readonly BoundPolicy[];
  /** Subgraphs that may resolve `type.field`, and so are sent its arguments. */
  resolversOf(type: string, field: string): readonly string[];
  /** Subgraphs that may be sent a key on the way to `type.field`: those that resolve it or what it needs, and those between. */
  reachedFor(type: string, field: string): readonly string[];
  /** Fields of `type` that `subgraph` must be sent before it can resolve `field`: names at the top of a @requires. */
  requiredFor(type: string, field: string, subgraph: string): ReadonlySet<string>;
  /** Fields at the top of the keys of `type`, of any subgraph. */
  keyFields(type: string): ReadonlySet<string>;
  /** Arguments of `type.field` that only subgraphs know: they come from contexts. */
  contextArguments(type: string, field: string): ReadonlySet<string>;
  /** Policies that the argument itself is bound to, in this type or a related one. */
  policiesOfArgument(type: string, field: string, argument: string): readonly string[];
  /** Policies that the input field itself is bound to. */
  policiesOfInputField(input: GraphQLInputField): readonly string[];
  /** Policies of anything that a value of this input type may hold. */
  policiesWithin(type: GraphQLInputType): readonly string[];
}

/**
 * Reads the requirements out of a supergraph.
 *
 * A directive on a type applies to each field that returns the type, and to the type's own fields. For @attested, a field of an
 * object demands what the same field of its interfaces demands, and a field of an interface what the same field of any
 * type demands that its objects have; see {@link demandOfField} for the other directives. A field with @requires or with an
 * argument from a context causes a flow of each needed value to the subgraph that needs it; a key that is attested flows to
 * the subgraphs that know the entity by it.
 */
export function readRequirements(sdl: string): Requirements {
  const supergraph = readSupergraph(sdl);
  const fields = new Map<string, FieldFacts>();
  const keyFields = new Map<string, ReadonlySet<string>>();
  for (const type of compositeTypes(supergraph.schema)) {
    keyFields.set(type.name, keyFieldsOf(supergraph, type));
    for (const field of Object.keys(type.getFields())) {
      fields.set(`${type.name}.${field}`, factsOf(supergraph, type, field));
    }
  }
  const facts = (type: string, field: string) => fields.get(`${type}.${field}`) ?? NO_FACTS;
  const policiesOfInput = (input: GraphQLInputField) => [
    ...policiesAt(supergraph, input.astNode),
    ...policiesAt(supergraph, getNamedType(input.type).astNode),
  ];
  return {
    schema: supergraph.schema,
    subgraphs: [...supergraph.subgraphs.values()],
    attests: supergraph.directiveNames.attested !== undefined,
    ofField: (type, field) => facts(type, field).requirement,
    ofMembers: memoized((type) => demandOfMembersNamed(supergraph, type)),
    valuesOf: (type, field) => facts(type, field).values,
    resolversOf: (type, field) => facts(type, field).resolvers,
    reachedFor: (type, field) => facts(type, field).reached,
    requiredFor: (type, field, subgraph) => facts(type, field).required.get(subgraph) ?? NOTHING,
    keyFields: (type) => keyFields.get(type) ?? NOTHING,
    contextArguments: (type, field) => facts(type, field).contextArguments,
    policiesOfArgument: (type, field, argument) => facts(type, field).arguments.get(argument) ?? [],
    policiesOfInputField: memoized(policiesOfInput),
    policiesWithin: memoized((type: GraphQLInputType) => [...policiesWithin(supergraph, getNamedType(type))]),
  };
}

/** What is known of one field. */
interface FieldFacts {
  readonly requirement: Requirement;
  readonly values: readonly BoundPolicy[];
  readonly resolvers: readonly string[];
  readonly reached: readonly string[];
  readonly required: ReadonlyMap<string, ReadonlySet<string>>;
  readonly contextArguments: ReadonlySet<string>;
  readonly arguments: ReadonlyMap<string, readonly string[]>;
}

const NOTHING: ReadonlySet<string> = new Set();

const NO_FACTS: FieldFacts = {
  requirement: NO_REQUIREMENT,
  values: [],
  resolvers: [],
  reached: [],
  required: new Map(),
  contextArguments: NOTHING,
  arguments: new Map(),
};

function factsOf(supergraph: Supergraph, type: Composite, field: string): FieldFacts {
  const variants = variantsOf(supergraph.schema, type, field);
  const resolvers = unionOf(variants, (variant) => producersOf(supergraph, variant, field));
  const needed = variants.flatMap((variant) => neededBy(supergraph, variant, field));
  const required = new Map<string, Set<string>>();
  for (const { subgraph, selections, contextArgument } of needed) {
    if (contextArgument !== undefined) continue;
    const names = required.get(subgraph) ?? new Set();
    for (const name of topFields(selections)) names.add(name);
    required.set(subgraph, names);
  }
  return {
    requirement: requirementOf(supergraph, type, field),
    values: distinct(variants.flatMap((variant) => valuesOf(supergraph, variant, field))),
    resolvers,
    reached: unionOf(variants, (variant) => reachedFor(supergraph, variant, field)),
    required,
    contextArguments: new Set(needed.flatMap(({ contextArgument }) => contextArgument ?? [])),
    arguments: argumentPolicies(supergraph, variants, field),
  };
}

/** The requirement of a field as everybody sees it: its own, and those of the same field in related types. */
function requirementOf(supergraph: Supergraph, type: Composite, field: string): Requirement {
  const variants = variantsOf(supergraph.schema, type, field);
  const caused = variants.map((variant) => causedByNeeds(supergraph, variant, field, new Set()));
  return {
    ...allDemands([demandOfField(supergraph, type, field), ...caused]),
    attested: allOf([
      ...variants.flatMap((variant) => [
        flowing(valueFlows(supergraph, variant, field)),
        flowing(keyFlows(supergraph, variant, field)),
      ]),
      ...caused,
    ]).attested,
  };
}

/**
 * The types whose field of this name may stand for the same value: interfaces of an object; and of an interface, whatever has
 * an object in common with it.
 */
function variantsOf(schema: GraphQLSchema, type: Composite, field: string): Composite[] {
  const related = new Set<Composite>([type, ...type.getInterfaces()]);
  if (isInterfaceType(type)) {
    const { objects, interfaces } = schema.getImplementations(type);
    for (const implementation of [...interfaces, ...objects]) {
      related.add(implementation);
      for (const parent of implementation.getInterfaces()) related.add(parent);
    }
  }
  return [...related].filter((candidate) => Object.hasOwn(candidate.getFields(), field));
}

/** What binds the value: @attested on the field, on its type and on what it returns. */
function valuesOf(supergraph: Supergraph, type: Composite, fieldName: string): BoundPolicy[] {
  const field = fieldOf(type, fieldName);
  const places: [string, Annotated | undefined | null][] = [
    [`${type.name}.${fieldName}`, field.astNode],
    ...levelsOf(type),
    ...possibleTypes(supergraph.schema, getNamedType(field.type)).flatMap(levelsOf),
  ];
  return distinct(
    places.flatMap(([coordinate, node]) => policiesAt(supergraph, node).map((policy) => ({ policy, coordinate }))),
  );
}

function valueFlows(supergraph: Supergraph, type: Composite, field: string): AttestedFlow[] {
  const producers = producersOf(supergraph, type, field);
  return valuesOf(supergraph, type, field).map((bound) => ({ ...bound, producers, receivers: [], caller: 'receives' }));
}

/** The type itself and its interfaces: a directive on an interface holds for whatever implements it. */
function levelsOf(type: GraphQLNamedType): [string, Annotated | undefined | null][] {
  const interfaces = isObjectType(type) || isInterfaceType(type) ? type.getInterfaces() : [];
  return [type, ...interfaces].map((level) => [level.name, level.astNode]);
}

function possibleTypes(schema: GraphQLSchema, type: GraphQLNamedType): GraphQLNamedType[] {
  return isAbstractType(type) ? [type, ...schema.getPossibleTypes(type)] : [type];
}

/** An attested key flows to every subgraph that may be asked for the field by it. */
function keyFlows(supergraph: Supergraph, type: Composite, field: string): AttestedFlow[] {
  const reached = reachedFor(supergraph, type, field);
  return keysOf(supergraph, type)
    .filter(({ subgraph }) => reached.includes(subgraph))
    .flatMap(({ subgraph, selections }) =>
      [...coordinatesIn(supergraph.schema, selections, type)].flatMap(([parent, key]) =>
        variantsOf(supergraph.schema, parent, key).flatMap((variant) =>
          sentTo(subgraph, valueFlows(supergraph, variant, key)),
        ),
      ),
    );
}

/**
 * Where entities of a type have one key, it leads straight to whom it is sent; where they have several, not always. What the field
 * needs first is asked for by the same entity's key.
 */
function reachedFor(supergraph: Supergraph, type: Composite, field: string, seen = new Set<string>()): string[] {
  const coordinate = `${type.name}.${field}`;
  if (seen.has(coordinate)) return [];
  seen.add(coordinate);
  const keys = keysOf(supergraph, type);
  const isDirect = new Set(keys.map(({ text }) => text)).size < 2;
  const needed = neededBy(supergraph, type, field).flatMap(({ on, selections }) =>
    on.flatMap((start) =>
      [...coordinatesIn(supergraph.schema, selections, start)].flatMap(([parent, name]) =>
        variantsOf(supergraph.schema, parent, name).flatMap((variant) => reachedFor(supergraph, variant, name, seen)),
      ),
    ),
  );
  return [
    ...new Set([
      ...producersOf(supergraph, type, field),
      ...(isDirect ? [] : keys.map(({ subgraph }) => subgraph)),
      ...needed,
    ]),
  ];
}

/** Each value that the field's subgraph needs first: it flows from its own producers to that subgraph, unseen by the caller. */
function causedByNeeds(supergraph: Supergraph, type: Composite, field: string, seen: Set<string>): Requirement {
  const coordinate = `${type.name}.${field}`;
  if (seen.has(coordinate)) return NO_REQUIREMENT;
  seen.add(coordinate);
  const { schema } = supergraph;
  return allOf(
    neededBy(supergraph, type, field).flatMap(({ subgraph, on, selections }) =>
      on.flatMap((start) =>
        [...coordinatesIn(schema, selections, start)].flatMap(([parent, needed]) => [
          { ...demandOfField(supergraph, parent, needed), attested: [] },
          ...variantsOf(schema, parent, needed).flatMap((variant) => [
            flowing(sentTo(subgraph, valueFlows(supergraph, variant, needed))),
            causedByNeeds(supergraph, variant, needed, seen),
          ]),
        ]),
      ),
    ),
  );
}

function flowing(attested: readonly AttestedFlow[]): Requirement {
  return { ...NO_REQUIREMENT, attested };
}

function sentTo(subgraph: string, flows: readonly AttestedFlow[]): AttestedFlow[] {
  return flows.map((flow) => ({ ...flow, receivers: [subgraph], caller: 'none' }));
}

/** Fields that a field set names, each with the type that it is selected from; what does not exist there is passed over. */
function* coordinatesIn(
  schema: GraphQLSchema,
  selections: SelectionSetNode,
  parent: GraphQLNamedType,
): Generator<readonly [Composite, string]> {
  for (const selection of selections.selections) {
    if (selection.kind === Kind.FRAGMENT_SPREAD) continue;
    if (selection.kind === Kind.INLINE_FRAGMENT) {
      const type = selection.typeCondition && schema.getType(selection.typeCondition.name.value);
      yield* coordinatesIn(schema, selection.selectionSet, type ?? parent);
    } else if (selection.name.value !== '__typename' && isComposite(parent)) {
      const field = parent.getFields()[selection.name.value];
      if (field === undefined) continue;
      yield [parent, selection.name.value];
      if (selection.selectionSet === undefined) continue;
      for (const type of possibleTypes(schema, getNamedType(field.type))) {
        yield* coordinatesIn(schema, selection.selectionSet, type);
      }
    }
  }
}

function topFields({ selections }: SelectionSetNode): string[] {
  return selections.flatMap((selection) => {
    if (selection.kind === Kind.FIELD) return [selection.name.value];
    return selection.kind === Kind.INLINE_FRAGMENT ? topFields(selection.selectionSet) : [];
  });
}

function keyFieldsOf(supergraph: Supergraph, type: Composite): Set<string> {
  return new Set(
    [type, ...type.getInterfaces()].flatMap((level) =>
      keysOf(supergraph, level).flatMap(({ selections }) => topFields(selections)),
    ),
  );
}

function argumentPolicies(
  supergraph: Supergraph,
  variants: readonly Composite[],
  field: string,
): Map<string, readonly string[]> {
  const policies = new Map<string, readonly string[]>();
  for (const argument of variants.flatMap((variant) => fieldOf(variant, field).args)) {
    const own = [
      ...policiesAt(supergraph, argument.astNode),
      ...policiesAt(supergraph, getNamedType(argument.type).astNode),
    ];
    policies.set(argument.name, [...new Set([...(policies.get(argument.name) ?? []), ...own])]);
  }
  return policies;
}

function policiesWithin(supergraph: Supergraph, type: GraphQLNamedType, seen = new Set<string>()): Set<string> {
  const policies = new Set(policiesAt(supergraph, type.astNode));
  if (!isInputObjectType(type) || seen.has(type.name)) return policies;
  seen.add(type.name);
  for (const field of Object.values(type.getFields())) {
    for (const policy of policiesAt(supergraph, field.astNode)) policies.add(policy);
    for (const policy of policiesWithin(supergraph, getNamedType(field.type), seen)) policies.add(policy);
  }
  return policies;
}

function demandOfMembersNamed(supergraph: Supergraph, name: string): CallerDemand {
  const type = supergraph.schema.getType(name);
  return type === undefined ? NO_DEMAND : demandOfMembers(supergraph, type);
}

function compositeTypes(schema: GraphQLSchema): Composite[] {
  return Object.values(schema.getTypeMap()).filter(
    (type) => isComposite(type) && !type.name.startsWith('__'),
  ) as Composite[];
}

function isComposite(type: unknown): type is Composite {
  return isObjectType(type) || isInterfaceType(type);
}

function fieldOf(type: Composite, name: string): GraphQLField<unknown, unknown> & { readonly type: GraphQLOutputType } {
  const field = type.getFields()[name];
  if (field === undefined)
    throw new Refusal('CONFIGURATION_INVALID', `The supergraph has no field ${type.name}.${name}.`);
  return field;
}

function distinct(bounds: readonly BoundPolicy[]): BoundPolicy[] {
  return [...new Map(bounds.map((bound) => [`${bound.policy}\n${bound.coordinate}`, bound])).values()];
}

function unionOf<T>(items: readonly T[], namesOf: (item: T) => readonly string[]): string[] {
  return [...new Set(items.flatMap(namesOf))];
}

function memoized<K, V>(compute: (key: K) => V): (key: K) => V {
  const known = new Map<K, V>();
  return (key) => {
    const value = known.get(key) ?? compute(key);
    known.set(key, value);
    return value;
  };
}
