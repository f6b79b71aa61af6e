import {
  getNamedType,
  isInterfaceType,
  isObjectType,
  Kind,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLNamedType,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';
import type { CostModel } from './costModel.js';
import { baseCost } from './estimate.js';
import { compileInputCost, type Variables } from './inputCost.js';

/**
 * What an operation did cost: the estimate's rules over the lists and objects that really came. What was null, or belongs to
 * another type than the object's, costs nothing.
 */
export function actualCost(
  document: DocumentNode,
  operation: OperationDefinitionNode,
  model: CostModel,
  variables: Variables,
  data: unknown,
): number {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  }
  const root = model.schema.getRootType(operation.operation);
  const answer = { model, fragments, variables };
  const cost = root && isRecord(data) ? costOfObject(operation.selectionSet, root, data, answer) : 0;
  return baseCost(operation.operation) + cost;
}

interface Answer {
  readonly model: CostModel;
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  readonly variables: Variables;
}

type JsonRecord = Readonly<Record<string, unknown>>;

function costOfObject(
  selectionSet: SelectionSetNode,
  type: GraphQLNamedType,
  object: JsonRecord,
  answer: Answer,
): number {
  let cost = 0;
  for (const selection of selectionSet.selections) {
    if (selection.kind === Kind.FIELD) {
      cost += costOfField(selection, type, object, answer);
      continue;
    }
    const fragment = selection.kind === Kind.FRAGMENT_SPREAD ? answer.fragments.get(selection.name.value) : selection;
    if (fragment === undefined) continue;
    const condition = fragment.typeCondition?.name.value;
    const narrowed = condition === undefined ? type : answer.model.schema.getType(condition);
    if (narrowed !== undefined) cost += costOfObject(fragment.selectionSet, narrowed, object, answer);
  }
  return cost;
}

function costOfField(field: FieldNode, parent: GraphQLNamedType, object: JsonRecord, answer: Answer): number {
  const { model, variables } = answer;
  const name = field.name.value;
  const key = (field.alias ?? field.name).value;
  const definition = isObjectType(parent) || isInterfaceType(parent) ? parent.getFields()[name] : undefined;
  // Keys that did not come were skipped, or are of another type.
  if (definition === undefined || name.startsWith('__') || !Object.hasOwn(object, key)) return 0;
  const type = getNamedType(definition.type);
  const weight = model.fieldWeight(parent.name, name, type.name);
  const costOfValue = (value: unknown): number => {
    if (value === null || value === undefined) return 0;
    if (Array.isArray(value)) return (value as unknown[]).reduce<number>((sum, item) => sum + costOfValue(item), 0);
    if (field.selectionSet === undefined || !isRecord(value)) return weight;
    return weight + costOfObject(field.selectionSet, type, value, answer);
  };
  let cost = costOfValue(object[key]);
  for (const given of field.arguments ?? []) {
    const argument = definition.args.find((candidate) => candidate.name === given.name.value);
    if (argument === undefined) continue;
    const own = model.argumentWeight(parent.name, name, argument.name, getNamedType(argument.type).name);
    cost += compileInputCost(given.value, argument.type, own, model)(variables);
  }
  return cost;
}

function isRecord(value: unknown): value is JsonRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
