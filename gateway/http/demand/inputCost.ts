import { getNamedType, isInputObjectType, Kind, type GraphQLInputType, type ValueNode } from 'graphql';
import type { CostModel } from './costModel.js';

/** Variables as sent, with the defaults of the operation. */
export type Variables = Readonly<Record<string, unknown>>;

/** What an argument costs; known only with the variables where it has some. */
export type InputCost = (variables: Variables) => number;

/**
 * The cost of an argument or input field: objects cost 1 and what their fields cost, lists what their items cost, leaves
 * nothing, unless a weight says otherwise. Null costs nothing.
 *
 * @param weight of the argument or input field, or of its type.
 */
export function compileInputCost(
  value: ValueNode,
  type: GraphQLInputType,
  weight: number | undefined,
  model: CostModel,
): InputCost {
  switch (value.kind) {
    case Kind.NULL:
      return free;
    case Kind.VARIABLE: {
      const name = value.name.value;
      return (variables) => (Object.hasOwn(variables, name) ? inputCost(variables[name], type, weight, model) : 0);
    }
    case Kind.LIST: {
      const items = value.values.map((item) => compileInputCost(item, type, weight, model));
      return sumOf(items, weight ?? 0);
    }
    case Kind.OBJECT: {
      const object = getNamedType(type);
      if (!isInputObjectType(object)) return () => weight ?? 0;
      const definitions = object.getFields();
      const fields = value.fields.flatMap((field) => {
        const definition = definitions[field.name.value];
        if (definition === undefined) return [];
        const fieldType = getNamedType(definition.type).name;
        const own = model.inputFieldWeight(object.name, definition.name, fieldType);
        return [compileInputCost(field.value, definition.type, own, model)];
      });
      return sumOf(fields, weight ?? 1);
    }
    default:
      return () => weight ?? 0;
  }
}

/** The same for a value of JSON, which is as deep as the bounds on variables let it be. */
function inputCost(value: unknown, type: GraphQLInputType, weight: number | undefined, model: CostModel): number {
  if (value === null || value === undefined) return 0;
  if (Array.isArray(value)) {
    return (value as unknown[]).reduce<number>((sum, item) => sum + inputCost(item, type, weight, model), weight ?? 0);
  }
  const object = getNamedType(type);
  if (typeof value !== 'object' || !isInputObjectType(object)) return weight ?? 0;
  let sum = weight ?? 1;
  for (const { name, type: fieldType } of Object.values(object.getFields())) {
    if (!Object.hasOwn(value, name)) continue;
    const own = model.inputFieldWeight(object.name, name, getNamedType(fieldType).name);
    sum += inputCost((value as Variables)[name], fieldType, own, model);
  }
  return sum;
}

function sumOf(parts: readonly InputCost[], base: number): InputCost {
  if (parts.length === 0) return () => base;
  return (variables) => parts.reduce((sum, part) => sum + part(variables), base);
}

function free(): number {
  return 0;
}
