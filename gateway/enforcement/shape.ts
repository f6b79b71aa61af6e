import {
  getNamedType,
  getNullableType,
  GraphQLError,
  isAbstractType,
  isInterfaceType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  type FieldNode,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  type SelectionSetNode,
} from 'graphql';
import { REFUSALS } from '../../enclave/refusals.js';
import { TYPENAME_ALIAS, type Analysis } from './analyse.js';
import type { FieldRefusal } from './decide.js';

/** Errors that one answer lists; the last one says how many more there were. */
export const MAXIMUM_ERRORS = 100;

export interface Shaped {
  readonly data: Record<string, unknown> | null;
  readonly errors: readonly GraphQLError[];
}

export interface Answer {
  readonly analysis: Analysis;
  readonly refused: ReadonlyMap<FieldNode, FieldRefusal>;
  readonly schema: GraphQLSchema;
  /** As the caller sent them; only @skip and @include are read from them. */
  readonly variables: Readonly<Record<string, unknown>>;
  /** The answer to the filtered operation. */
  readonly data: Readonly<Record<string, unknown>> | null | undefined;
}

/**
 * Turns the answer to the filtered operation into the answer to the operation as it was asked: null and a coded error at
 * the path of each refused field, through lists, aliases and fragments. Where null is not allowed, the nearest parent that
 * may be null becomes null, as GraphQL demands (https://spec.graphql.org/October2021/#sec-Handling-Field-Errors).
 *
 * A response key is null only where every field that may answer it was refused.
 */
export function shape(answer: Answer): Shaped {
  const { analysis, schema } = answer;
  if (answer.data === null || answer.data === undefined) return { data: null, errors: [] };
  const errors = new BoundedErrors();
  const root = schema.getRootType(analysis.operation.operation);
  if (!isObjectType(root)) return { data: null, errors: [] };
  const data = completeObject(answer, errors, root, [analysis.operation.selectionSet], answer.data, undefined);
  return { data: data ?? null, errors: errors.list() };
}

type Path = { readonly key: string | number; readonly before: Path } | undefined;

/** The object in the order of the operation; undefined where a refused field does not allow null. */
function completeObject(
  answer: Answer,
  errors: BoundedErrors,
  type: GraphQLObjectType,
  selectionSets: readonly SelectionSetNode[],
  value: Readonly<Record<string, unknown>>,
  path: Path,
): Record<string, unknown> | undefined {
  const completed = Object.create(null) as Record<string, unknown>;
  let isNull = false;
  for (const [key, nodes] of collectFields(answer, type, selectionSets)) {
    const at: Path = { key, before: path };
    const refusal = refusalOf(answer, nodes);
    const field = Object.hasOwn(type.getFields(), nodes[0].name.value)
      ? type.getFields()[nodes[0].name.value]
      : undefined;
    let result: unknown;
    if (refusal !== undefined) {
      errors.add(refusal, at);
      result = null;
    } else if (!Object.hasOwn(value, key)) continue;
    else if (field === undefined) result = value[key];
    else result = completeValue(answer, errors, field.type, nodes, value[key], at);
    if (field !== undefined && isNonNullType(field.type) && result === null) isNull = true;
    completed[key] = result;
  }
  return isNull ? undefined : completed;
}

/** The value, or null where a refusal below reaches it. */
function completeValue(
  answer: Answer,
  errors: BoundedErrors,
  outputType: GraphQLOutputType,
  nodes: readonly FieldNode[],
  value: unknown,
  path: Path,
): unknown {
  if (value === null || value === undefined) return null;
  const type = getNullableType(outputType);
  if (isListType(type)) {
    if (!Array.isArray(value)) return null;
    const itemType = type.ofType;
    const items = value.map((item: unknown, index) =>
      completeValue(answer, errors, itemType, nodes, item, { key: index, before: path }),
    );
    return isNonNullType(itemType) && items.includes(null) ? null : items;
  }
  const selectionSets = nodes.flatMap((node) => node.selectionSet ?? []);
  if (selectionSets.length === 0 || typeof value !== 'object') return value;
  const object = value as Record<string, unknown>;
  const runtimeType = typeOf(answer.schema, outputType, object);
  if (runtimeType === undefined) return value;
  return completeObject(answer, errors, runtimeType, selectionSets, object, path) ?? null;
}

/** An abstract type whose selection lost nothing has no reserved __typename, and needs no shaping. */
function typeOf(
  schema: GraphQLSchema,
  outputType: GraphQLOutputType,
  value: Readonly<Record<string, unknown>>,
): GraphQLObjectType | undefined {
  const type = getNamedType(outputType);
  if (!isAbstractType(type)) return isObjectType(type) ? type : undefined;
  const name = value[TYPENAME_ALIAS];
  const runtimeType = typeof name === 'string' ? schema.getType(name) : undefined;
  return isObjectType(runtimeType) ? runtimeType : undefined;
}

type Nodes = [FieldNode, ...FieldNode[]];

/** CollectFields of the specification, on the operation as it was asked. */
function collectFields(
  answer: Answer,
  type: GraphQLObjectType,
  selectionSets: readonly SelectionSetNode[],
): Map<string, Nodes> {
  const fields = new Map<string, Nodes>();
  const spreadBefore = new Set<string>();
  const collect = (selectionSet: SelectionSetNode): void => {
    for (const selection of selectionSet.selections) {
      if (!isIncluded(selection, answer)) continue;
      if (selection.kind === Kind.FIELD) {
        const key = selection.alias?.value ?? selection.name.value;
        const nodes = fields.get(key);
        if (nodes === undefined) fields.set(key, [selection]);
        else nodes.push(selection);
      } else if (selection.kind === Kind.INLINE_FRAGMENT) {
        if (applies(answer.schema, selection.typeCondition?.name.value, type)) collect(selection.selectionSet);
      } else if (!spreadBefore.has(selection.name.value)) {
        spreadBefore.add(selection.name.value);
        const fragment = answer.analysis.fragments.get(selection.name.value);
        if (fragment !== undefined && applies(answer.schema, fragment.typeCondition.name.value, type)) {
          collect(fragment.selectionSet);
        }
      }
    }
  };
  for (const selectionSet of selectionSets) collect(selectionSet);
  return fields;
}

function applies(schema: GraphQLSchema, condition: string | undefined, type: GraphQLObjectType): boolean {
  if (condition === undefined || condition === type.name) return true;
  const abstract = schema.getType(condition);
  if (isInterfaceType(abstract)) return schema.isSubType(abstract, type);
  return isAbstractType(abstract) && schema.isSubType(abstract, type);
}

function isIncluded(selection: { readonly directives?: FieldNode['directives'] }, answer: Answer): boolean {
  for (const directive of selection.directives ?? []) {
    const name = directive.name.value;
    if (name !== 'skip' && name !== 'include') continue;
    const condition = directive.arguments?.find((argument) => argument.name.value === 'if')?.value;
    const isTrue =
      condition?.kind === Kind.BOOLEAN
        ? condition.value
        : condition?.kind === Kind.VARIABLE && variableIsTrue(condition.name.value, answer);
    if (isTrue === (name === 'skip')) return false;
  }
  return true;
}

function variableIsTrue(name: string, { variables, analysis }: Answer): boolean {
  if (Object.hasOwn(variables, name) && variables[name] !== undefined) return variables[name] === true;
  const definition = analysis.operation.variableDefinitions?.find(({ variable }) => variable.name.value === name);
  return definition?.defaultValue?.kind === Kind.BOOLEAN && definition.defaultValue.value;
}

function refusalOf(answer: Answer, nodes: Nodes): FieldRefusal | undefined {
  const refusals = nodes.map((node) => answer.refused.get(node));
  return refusals.every((refusal) => refusal !== undefined) ? refusals[0] : undefined;
}

/** At most {@link MAXIMUM_ERRORS}: a list of ten thousand patients is no reason for ten thousand errors. */
class BoundedErrors {
  readonly #errors: GraphQLError[] = [];
  #more = 0;

  add(refusal: FieldRefusal, path: Path): void {
    if (this.#errors.length < MAXIMUM_ERRORS - 1) this.#errors.push(errorOf(refusal, keysOf(path)));
    else this.#more += 1;
  }

  list(): readonly GraphQLError[] {
    if (this.#more === 0) return this.#errors;
    const message = `${this.#more} more fields were refused for reasons like those above.`;
    const code = this.#errors.at(-1)?.extensions.code;
    return [...this.#errors, new GraphQLError(message, { extensions: { code } })];
  }
}

/** A refusal as the caller reads it. */
export function errorOf(refusal: FieldRefusal, path?: readonly (string | number)[]): GraphQLError {
  const { code, message, policy, party, failures } = refusal;
  return new GraphQLError(message, {
    ...(path === undefined ? {} : { path }),
    extensions: {
      code,
      kind: REFUSALS[code].kind,
      ...(policy === undefined ? {} : { policy }),
      ...(party === undefined ? {} : { party }),
      ...(failures === undefined || failures.length === 0 ? {} : { failures }),
    },
  });
}

function keysOf(path: Path): (string | number)[] {
  const keys: (string | number)[] = [];
  for (let at = path; at !== undefined; at = at.before) keys.unshift(at.key);
  return keys;
}
