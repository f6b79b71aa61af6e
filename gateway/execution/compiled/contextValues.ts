import {
  Kind,
  parse,
  print,
  stripIgnoredCharacters,
  visit,
  type FieldNode,
  type OperationDefinitionNode,
} from 'graphql';
import { isObject, objectsWithPaths, typeMatcher, type DataObject } from './dataPaths.js';
import { jsonText, quote } from './jsonText.js';
import type { ContextValue, EntityFetch, PlannedFetch, RewriteStep } from './plan.js';
import type { Supergraph } from './supergraph.js';

/** Entities that share the values of what is above them: one `_entities` list is asked for each such group. */
export interface ContextGroup {
  /** JSON text of each variable that has a value. */
  readonly values: ReadonlyMap<string, string>;
  readonly entities: DataObject[];
}

/** Of one fetch. Entities beyond it are asked for in further fetches. */
export const MAXIMUM_GROUPS = 100;

/** `@fromContext`: the entities of a fetch, by the values that their enclosing objects give to its arguments. */
export function groupByContext(data: DataObject, entity: EntityFetch, supergraph: Supergraph): ContextGroup[] {
  const groups = new Map<string, ContextGroup>();
  for (const path of entity.paths) {
    objectsWithPaths(data, path, supergraph, (object, _path, ancestors) => {
      const values = new Map<string, string>();
      for (const context of entity.contexts) {
        const value = contextValue(context, object, ancestors, supergraph);
        if (value !== undefined) values.set(context.variable, jsonText(value));
      }
      const place = JSON.stringify([...values]);
      const known = groups.get(place);
      if (known === undefined) groups.set(place, { values, entities: [object] });
      else known.entities.push(object);
    });
  }
  return [...groups.values()];
}

function contextValue(
  { up, path }: ContextValue,
  object: DataObject,
  ancestors: readonly DataObject[],
  supergraph: Supergraph,
): unknown {
  let value: unknown = up === 0 ? object : ancestors[ancestors.length - up];
  for (const step of path) value = stepInto(value, step, supergraph);
  return value;
}

function stepInto(value: unknown, step: RewriteStep, supergraph: Supergraph): unknown {
  if (Array.isArray(value)) return value.map((item) => stepInto(item, step, supergraph));
  if (!isObject(value)) return step.kind === 'Key' && value === null ? null : undefined;
  if (step.kind === 'Types') return typeMatcher(step.types, supergraph)(value) ? value : undefined;
  return Object.hasOwn(value, step.key) ? value[step.key] : undefined;
}

/** The text of an operation that asks for several groups at once, each with variables of its own. */
export class GroupedOperation {
  readonly #operation: OperationDefinitionNode;
  readonly #field: FieldNode;
  readonly #own: ReadonlySet<string>;
  readonly #texts = new Map<number, string>();

  /** @throws Error where the operation is not one `_entities` field without named fragments. */
  constructor(fetch: PlannedFetch, entity: EntityFetch) {
    const { definitions } = parse(fetch.operation, { noLocation: true });
    const [operation] = definitions;
    if (definitions.length !== 1 || operation?.kind !== Kind.OPERATION_DEFINITION) {
      throw new Error('a fetch with context values and fragments is not understood');
    }
    const [field] = operation.selectionSet.selections;
    if (field?.kind !== Kind.FIELD) throw new Error('a fetch with context values has no entities');
    this.#operation = operation;
    this.#field = field;
    this.#own = new Set([entity.variable, ...entity.contexts.map(({ variable }) => variable)]);
  }

  /** What a variable of the group, or its entities, is called. */
  static nameFor(name: string, group: number): string {
    return `${name}_${group}`;
  }

  static aliasFor(group: number): string {
    return `_e${group}`;
  }

  /** As JSON text. */
  textFor(groups: number): string {
    let text = this.#texts.get(groups);
    if (text === undefined) {
      text = quote(this.#write(groups));
      if (this.#texts.size < MAXIMUM_GROUPS) this.#texts.set(groups, text);
    }
    return text;
  }

  #write(groups: number): string {
    const definitions = this.#operation.variableDefinitions ?? [];
    const shared = definitions.filter(({ variable }) => !this.#own.has(variable.name.value));
    const numbers = Array.from({ length: groups }, (_, index) => index);
    const own = definitions.filter(({ variable }) => this.#own.has(variable.name.value));
    const document: OperationDefinitionNode = {
      ...this.#operation,
      variableDefinitions: [...numbers.flatMap((group) => own.map((node) => this.#rename(node, group))), ...shared],
      selectionSet: {
        kind: Kind.SELECTION_SET,
        selections: numbers.map((group) => ({
          ...this.#rename(this.#field, group),
          alias: { kind: Kind.NAME, value: GroupedOperation.aliasFor(group) },
        })),
      },
    };
    return stripIgnoredCharacters(print(document));
  }

  #rename<
    Node extends
      FieldNode | OperationDefinitionNode | NonNullable<OperationDefinitionNode['variableDefinitions']>[number],
  >(node: Node, group: number): Node {
    return visit(node, {
      Variable: (variable) =>
        this.#own.has(variable.name.value)
          ? { ...variable, name: { kind: Kind.NAME, value: GroupedOperation.nameFor(variable.name.value, group) } }
          : undefined,
    });
  }
}
