import {
  getNamedType,
  isAbstractType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  Kind,
  type ConstDirectiveNode,
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLInputType,
  type GraphQLInterfaceType,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  type SelectionSetNode,
} from 'graphql';
import { Refusal } from '../../enclave/refusals.js';
import { producersOf, requiredFieldsOf } from './joins.js';
import { allOf, NO_REQUIREMENT, type Requirement } from './requirement.js';
import {
  argument,
  directivesNamed,
  parseFieldSet,
  readSupergraph,
  stringArgument,
  type Annotated,
  type Supergraph,
} from './supergraph.js';

/** What a supergraph asks for, coordinate by coordinate. Computed once when it is loaded. */
export interface Requirements {
  readonly schema: GraphQLSchema;
  /** The names of the subgraphs. */
  readonly subgraphs: readonly string[];
  /** What serving `type.field` takes, its arguments aside. */
  ofField(type: string, field: string): Requirement;
  /** Subgraphs that may resolve `type.field`, and so are sent its arguments. */
  resolversOf(type: string, field: string): readonly string[];
  /** Policies of the argument or input field itself. */
  policiesOfInput(input: GraphQLArgument | GraphQLInputField): readonly string[];
  /** Policies of anything that a value of this input type may hold. */
  policiesWithin(type: GraphQLInputType): readonly string[];
}

type Composite = GraphQLObjectType | GraphQLInterfaceType;

/**
 * Reads the requirements out of a supergraph.
 *
 * A directive on a type applies to each field that returns the type, and to the type's own fields. A field of an object demands what
 * the same field of its interfaces demands; a field of an interface what any implementation demands. A field with @requires causes a flow
 * of each required value to the requiring subgraph.
 *
 * Throws CONFIGURATION_INVALID where an entity's key is attested: keys travel to every subgraph that extends the entity.
 */
export function readRequirements(sdl: string): Requirements {
  const supergraph = readSupergraph(sdl);
  const fields = new Map<string, Requirement>();
  const resolvers = new Map<string, readonly string[]>();
  for (const type of compositeTypes(supergraph.schema)) {
    for (const field of Object.values(type.getFields())) {
      const coordinate = `${type.name}.${field.name}`;
      fields.set(coordinate, requirementOf(supergraph, type, field.name));
      resolvers.set(
        coordinate,
        unionOf(variantsOf(supergraph.schema, type, field.name), (variant) =>
          producersOf(supergraph, variant, field.name),
        ),
      );
    }
  }
  const requirements: Requirements = {
    schema: supergraph.schema,
    subgraphs: [...supergraph.subgraphs.values()],
    ofField: (type, field) => fields.get(`${type}.${field}`) ?? NO_REQUIREMENT,
    resolversOf: (type, field) => resolvers.get(`${type}.${field}`) ?? [],
    policiesOfInput: (input) => [
      ...policiesAt(supergraph, input.astNode),
      ...policiesAt(supergraph, getNamedType(input.type).astNode),
    ],
    policiesWithin: memoized((type: GraphQLInputType) => [...policiesWithin(supergraph, getNamedType(type))]),
  };
  refuseAttestedKeys(supergraph, requirements);
  return requirements;
}

/** The requirement of a field as everybody sees it: its own, and those of the same field in related types. */
function requirementOf(supergraph: Supergraph, type: Composite, field: string): Requirement {
  return allOf(
    variantsOf(supergraph.schema, type, field).flatMap((variant) => [
      declaredOn(supergraph, variant, field),
      causedByRequires(supergraph, variant, field, new Set()),
    ]),
  );
}

/** The types whose field of this name stands for the same thing: interfaces of an object; implementations of an interface too. */
function variantsOf(schema: GraphQLSchema, type: Composite, field: string): Composite[] {
  const related: Composite[] = [type, ...type.getInterfaces()];
  if (isInterfaceType(type)) {
    const { objects, interfaces } = schema.getImplementations(type);
    related.push(...interfaces, ...objects);
  }
  return related.filter((candidate) => Object.hasOwn(candidate.getFields(), field));
}

/** What the directives on the field, on its type and on what it returns ask for. */
function declaredOn(supergraph: Supergraph, type: Composite, fieldName: string): Requirement {
  const field = fieldOf(type, fieldName);
  const coordinate = `${type.name}.${fieldName}`;
  const producers = producersOf(supergraph, type, fieldName);
  const places: [string, Annotated | undefined | null][] = [
    [coordinate, field.astNode],
    ...levelsOf(type),
    ...possibleTypes(supergraph.schema, getNamedType(field.type)).flatMap(levelsOf),
  ];
  return allOf(
    places.map(([place, node]) => ({
      authenticated: directivesNamed(node, supergraph.directiveNames.authenticated).length > 0,
      scopes: directivesNamed(node, supergraph.directiveNames.requiresScopes).flatMap(scopesOf),
      attested: policiesAt(supergraph, node).map((policy) => ({
        policy,
        coordinate: place,
        producers,
        receivers: [],
        caller: 'receives' as const,
      })),
    })),
  );
}

/** The type itself and its interfaces: a directive on an interface holds for whatever implements it. */
function levelsOf(type: GraphQLNamedType): [string, Annotated | undefined | null][] {
  const interfaces = isObjectType(type) || isInterfaceType(type) ? type.getInterfaces() : [];
  return [type, ...interfaces].map((level) => [level.name, level.astNode]);
}

function possibleTypes(schema: GraphQLSchema, type: GraphQLNamedType): GraphQLNamedType[] {
  return isAbstractType(type) ? [type, ...schema.getPossibleTypes(type)] : [type];
}

/** Each value that the field's subgraph needs first: it flows from its own producers to that subgraph, unseen by the caller. */
function causedByRequires(supergraph: Supergraph, type: Composite, field: string, seen: Set<string>): Requirement {
  const coordinate = `${type.name}.${field}`;
  if (seen.has(coordinate)) return NO_REQUIREMENT;
  seen.add(coordinate);
  return allOf(
    requiredFieldsOf(supergraph, type, field).flatMap(({ subgraph, selections }) =>
      [...coordinatesIn(supergraph.schema, selections, type)].flatMap(([parent, required]) =>
        variantsOf(supergraph.schema, parent, required).flatMap((variant) => [
          sentTo(subgraph, declaredOn(supergraph, variant, required)),
          causedByRequires(supergraph, variant, required, seen),
        ]),
      ),
    ),
  );
}

function sentTo(subgraph: string, requirement: Requirement): Requirement {
  const attested = requirement.attested.map((flow) => ({ ...flow, receivers: [subgraph], caller: 'none' as const }));
  return { ...requirement, attested };
}

function* coordinatesIn(
  schema: GraphQLSchema,
  selections: SelectionSetNode,
  parent: Composite,
): Generator<readonly [Composite, string]> {
  for (const selection of selections.selections) {
    if (selection.kind === Kind.FRAGMENT_SPREAD) continue;
    if (selection.kind === Kind.INLINE_FRAGMENT) {
      const type = selection.typeCondition && schema.getType(selection.typeCondition.name.value);
      yield* coordinatesIn(schema, selection.selectionSet, isComposite(type) ? type : parent);
    } else if (selection.name.value !== '__typename') {
      yield [parent, selection.name.value];
      const type = getNamedType(fieldOf(parent, selection.name.value).type);
      if (selection.selectionSet === undefined) continue;
      if (isComposite(type)) yield* coordinatesIn(schema, selection.selectionSet, type);
      else
        for (const member of possibleTypes(schema, type)) {
          if (isObjectType(member)) yield* coordinatesIn(schema, selection.selectionSet, member);
        }
    }
  }
}

function refuseAttestedKeys(supergraph: Supergraph, requirements: Requirements): void {
  for (const type of compositeTypes(supergraph.schema)) {
    for (const join of directivesNamed(type.astNode, 'join__type')) {
      const key = stringArgument(join, 'key');
      if (key === undefined) continue;
      for (const [parent, field] of coordinatesIn(supergraph.schema, parseFieldSet(key), type)) {
        if (requirements.ofField(parent.name, field).attested.length === 0) continue;
        const reason = `${parent.name}.${field} is @attested and part of the key "${key}" of ${type.name}.`;
        throw new Refusal('CONFIGURATION_INVALID', reason);
      }
    }
  }
}

function policiesAt(supergraph: Supergraph, node: Annotated | undefined | null): string[] {
  return directivesNamed(node, supergraph.directiveNames.attested).map(
    (directive) => stringArgument(directive, 'policy') ?? '',
  );
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

function scopesOf(directive: ConstDirectiveNode): string[][] {
  const scopes = argument(directive, 'scopes');
  if (scopes?.kind !== Kind.LIST || scopes.values.length === 0) {
    throw new Refusal('CONFIGURATION_INVALID', 'A field asks for scopes and names none.');
  }
  return scopes.values.map((set) =>
    set.kind === Kind.LIST
      ? set.values.flatMap((scope) => (scope.kind === Kind.STRING ? [scope.value] : [])).sort()
      : [],
  );
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

function unionOf<T>(items: readonly T[], namesOf: (item: T) => readonly string[]): string[] {
  return [...new Set(items.flatMap(namesOf))];
}

function memoized<K extends object, V>(compute: (key: K) => V): (key: K) => V {
  const known = new WeakMap<K, V>();
  return (key) => {
    const value = known.get(key) ?? compute(key);
    known.set(key, value);
    return value;
  };
}
