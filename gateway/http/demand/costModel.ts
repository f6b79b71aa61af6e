import {
  buildASTSchema,
  isAbstractType,
  isInterfaceType,
  Kind,
  parse,
  type ConstDirectiveNode,
  type ConstValueNode,
  type DefinitionNode,
  type DirectiveNode,
  type DocumentNode,
  type GraphQLSchema,
  type SelectionSetNode,
} from 'graphql';
import { Refusal } from '../../../enclave/refusals.js';

/** `@listSize`: how long the list of a field, or the lists of the fields in it, may be. */
export interface ListSize {
  readonly assumedSize: number | undefined;
  readonly slicingArguments: readonly string[];
  /** Fields of the answer that the size speaks of; empty where it speaks of the field itself. */
  readonly sizedFields: ReadonlySet<string>;
  readonly requireOneSlicingArgument: boolean;
}

/** What a supergraph says of costs: `@cost` and `@listSize`, as IBM's GraphQL Cost Directives mean them. */
export interface CostModel {
  /** Every type of the supergraph, inaccessible ones too: `@requires` may read them. */
  readonly schema: GraphQLSchema;
  /** Of the field itself, else of its type, else 1 for objects and 0 for leaves. */
  fieldWeight(type: string, field: string, resultType: string): number;
  /** As written on the argument, else on its type; undefined where neither says. */
  argumentWeight(type: string, field: string, argument: string, argumentType: string): number | undefined;
  inputFieldWeight(type: string, field: string, fieldType: string): number | undefined;
  listSize(type: string, field: string): ListSize | undefined;
  /** What the gateway itself has to fetch for a field (`@requires`). */
  requirements(type: string, field: string): readonly SelectionSetNode[];
}

const COST_IDENTITY = 'https://specs.apollo.dev/cost';

/**
 * Reads a composed supergraph, where the directives stand on the elements themselves, under the names that its link gives them
 * (so compose @apollo/composition and @theguild/federation-composition).
 *
 * @throws Refusal CONFIGURATION_INVALID where a directive is not of its form.
 */
export function readCostModel(supergraph: string | DocumentNode): CostModel {
  const document = typeof supergraph === 'string' ? parse(supergraph) : supergraph;
  const schema = buildASTSchema(document, { assumeValidSDL: true });
  return createModel(schema, collect(document, directiveNames(document)));
}

/** Weights by coordinate (`Type`, `Type.field`, `Type.field(argument:)`), as in the SDL. */
interface Written {
  readonly weights: Map<string, number>;
  readonly listSizes: Map<string, ListSize>;
  readonly requirements: Map<string, readonly SelectionSetNode[]>;
}

function createModel(schema: GraphQLSchema, { weights, listSizes, requirements }: Written): CostModel {
  const typeWeights = new Map<string, number | undefined>();
  const typeWeight = (name: string): number | undefined => {
    if (!typeWeights.has(name)) typeWeights.set(name, weights.get(name) ?? heaviestMember(schema, name, weights));
    return typeWeights.get(name);
  };
  return {
    schema,
    fieldWeight: (type, field, resultType) =>
      largest(coordinates(schema, type, field).map((coordinate) => weights.get(coordinate))) ??
      typeWeight(resultType) ??
      (isComposite(schema, resultType) ? 1 : 0),
    argumentWeight: (type, field, argument, argumentType) =>
      largest(coordinates(schema, type, field).map((coordinate) => weights.get(`${coordinate}(${argument}:)`))) ??
      weights.get(argumentType),
    inputFieldWeight: (type, field, fieldType) => weights.get(`${type}.${field}`) ?? weights.get(fieldType),
    listSize: (type, field) =>
      listSizes.get(`${type}.${field}`) ??
      coordinates(schema, type, field)
        .map((coordinate) => listSizes.get(coordinate))
        .find((size) => size !== undefined),
    requirements: (type, field) => requirements.get(`${type}.${field}`) ?? [],
  };
}

/** A field of an interface costs what the dearest of its implementations costs. */
function coordinates(schema: GraphQLSchema, type: string, field: string): readonly string[] {
  const definition = schema.getType(type);
  if (!isInterfaceType(definition)) return [`${type}.${field}`];
  return [type, ...schema.getPossibleTypes(definition).map(({ name }) => name)].map((name) => `${name}.${field}`);
}

/** Of an interface or union: its dearest member, 1 for a member without a weight. */
function heaviestMember(schema: GraphQLSchema, name: string, weights: ReadonlyMap<string, number>): number | undefined {
  const type = schema.getType(name);
  if (!isAbstractType(type)) return undefined;
  return largest(schema.getPossibleTypes(type).map((member) => weights.get(member.name) ?? 1));
}

function largest(numbers: readonly (number | undefined)[]): number | undefined {
  return numbers.reduce(
    (one, other) => (one === undefined || (other ?? -Infinity) > one ? (other ?? one) : one),
    undefined,
  );
}

function isComposite(schema: GraphQLSchema, name: string): boolean {
  const type = schema.getType(name);
  return type !== undefined && 'getFields' in type ? true : isAbstractType(type);
}

interface Names {
  readonly cost: string;
  readonly listSize: string;
}

/**
 * The names of both directives: imported ones as imported; `@cost` bears the specification's own name and so needs no import,
 * `@listSize` is then prefixed with it (the link specification, "Name resolution").
 */
function directiveNames(document: DocumentNode): Names | undefined {
  const link = document.definitions
    .flatMap((definition) =>
      definition.kind === Kind.SCHEMA_DEFINITION || definition.kind === Kind.SCHEMA_EXTENSION
        ? (definition.directives ?? [])
        : [],
    )
    .find(
      (directive) =>
        directive.name.value === 'link' && textOf(argument(directive, 'url'))?.startsWith(`${COST_IDENTITY}/`),
    );
  if (link === undefined) return undefined;
  const prefix = textOf(argument(link, 'as')) ?? 'cost';
  const imported = new Map<string, string>();
  const imports = argument(link, 'import');
  for (const item of imports?.kind === Kind.LIST ? imports.values : []) {
    if (item.kind === Kind.STRING) imported.set(item.value, item.value);
    if (item.kind !== Kind.OBJECT) continue;
    const name = textOf(item.fields.find((field) => field.name.value === 'name')?.value);
    const alias = textOf(item.fields.find((field) => field.name.value === 'as')?.value);
    if (name !== undefined) imported.set(name, alias ?? name);
  }
  const nameOf = (directive: string, standard: string) => imported.get(`@${directive}`)?.slice(1) ?? standard;
  return { cost: nameOf('cost', prefix), listSize: nameOf('listSize', `${prefix}__listSize`) };
}

function collect(document: DocumentNode, names: Names | undefined): Written {
  const written: Written = { weights: new Map(), listSizes: new Map(), requirements: new Map() };
  for (const definition of document.definitions) collectType(definition, names, written);
  return written;
}

function collectType(definition: DefinitionNode, names: Names | undefined, written: Written): void {
  switch (definition.kind) {
    case Kind.SCALAR_TYPE_DEFINITION:
    case Kind.ENUM_TYPE_DEFINITION:
      collectWeight(definition.name.value, definition.directives, names, written);
      return;
    case Kind.INPUT_OBJECT_TYPE_DEFINITION:
      for (const field of definition.fields ?? []) {
        collectWeight(`${definition.name.value}.${field.name.value}`, field.directives, names, written);
      }
      return;
    case Kind.OBJECT_TYPE_DEFINITION:
    case Kind.INTERFACE_TYPE_DEFINITION:
      collectWeight(definition.name.value, definition.directives, names, written);
      for (const field of definition.fields ?? []) {
        const coordinate = `${definition.name.value}.${field.name.value}`;
        collectWeight(coordinate, field.directives, names, written);
        for (const { name, directives } of field.arguments ?? []) {
          collectWeight(`${coordinate}(${name.value}:)`, directives, names, written);
        }
        collectListSize(coordinate, field.directives, names, written);
        collectRequirements(coordinate, field.directives, written);
      }
      return;
    default:
      return;
  }
}

type Directives = readonly ConstDirectiveNode[] | undefined;

function collectWeight(coordinate: string, directives: Directives, names: Names | undefined, written: Written): void {
  const directive = directives?.find(({ name }) => name.value === names?.cost);
  if (directive === undefined) return;
  const weight = numberOf(argument(directive, 'weight'));
  if (weight === undefined) throw invalid(`@cost on ${coordinate} has no weight that is a number.`);
  written.weights.set(coordinate, weight);
}

function collectListSize(coordinate: string, directives: Directives, names: Names | undefined, written: Written): void {
  const directive = directives?.find(({ name }) => name.value === names?.listSize);
  if (directive === undefined) return;
  const assumedSize = numberOf(argument(directive, 'assumedSize'));
  if (assumedSize !== undefined && assumedSize < 0)
    throw invalid(`@listSize on ${coordinate} assumes less than nothing.`);
  const required = argument(directive, 'requireOneSlicingArgument');
  written.listSizes.set(coordinate, {
    assumedSize,
    slicingArguments: textsOf(argument(directive, 'slicingArguments')),
    sizedFields: new Set(textsOf(argument(directive, 'sizedFields'))),
    requireOneSlicingArgument: required?.kind === Kind.BOOLEAN ? required.value : true,
  });
}

function collectRequirements(coordinate: string, directives: Directives, written: Written): void {
  const fieldSets = (directives ?? [])
    .filter(({ name }) => name.value === 'join__field')
    .map((directive) => textOf(argument(directive, 'requires')))
    .filter((fieldSet) => fieldSet !== undefined);
  if (fieldSets.length > 0) written.requirements.set(coordinate, fieldSets.map(selectionsOf));
}

function selectionsOf(fieldSet: string): SelectionSetNode {
  const [operation] = parse(`{${fieldSet}}`, { noLocation: true }).definitions;
  if (operation?.kind !== Kind.OPERATION_DEFINITION) throw invalid(`@requires has no selection.`);
  return operation.selectionSet;
}

function argument(directive: DirectiveNode | ConstDirectiveNode, name: string): ConstValueNode | undefined {
  return (directive as ConstDirectiveNode).arguments?.find((given) => given.name.value === name)?.value;
}

function textOf(value: ConstValueNode | undefined): string | undefined {
  return value?.kind === Kind.STRING ? value.value : undefined;
}

function textsOf(value: ConstValueNode | undefined): readonly string[] {
  return value?.kind === Kind.LIST ? value.values.map(textOf).filter((text) => text !== undefined) : [];
}

/** IBM's specification writes weights as strings, federation as integers. */
function numberOf(value: ConstValueNode | undefined): number | undefined {
  if (value?.kind !== Kind.INT && value?.kind !== Kind.FLOAT && value?.kind !== Kind.STRING) return undefined;
  const parsed = value.value.trim() === '' ? NaN : Number(value.value);
  return Number.isFinite(parsed) ? parsed : undefined;
}

function invalid(message: string): Refusal {
  return new Refusal('CONFIGURATION_INVALID', message);
}
