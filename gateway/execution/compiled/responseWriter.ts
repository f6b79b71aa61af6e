import {
  getNullableType,
  isAbstractType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  type FieldNode,
  type GraphQLCompositeType,
  type GraphQLOutputType,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';
import { isObject, type DataObject } from './dataPaths.js';
import { quote } from './jsonText.js';
import { leafWriter } from './leafWriters.js';
import { collectFields, dependsOnType, type Selecting } from './selection.js';

/** What is wrong with data, found while it is written. Its path is built from the inside out, as the writers return. */
export interface WriteError {
  readonly message: string;
  /** True where the data holds null in a place that cannot be null. */
  readonly isNull: boolean;
  /** Response keys of the caller, innermost first. */
  readonly reversedPath: (string | number)[];
}

/** Takes the errors of one answer. */
export interface WriteState {
  readonly errors: WriteError[];
  readonly maximumErrors: number;
  /** Text of each introspection field by its response key. */
  readonly introspection: ReadonlyMap<string, string>;
}

/**
 * The JSON text of a value. The empty string says that there is none: the value is null where that is not allowed, or is not of its
 * type, an error was recorded, and the nearest nullable place around becomes null (GraphQL specification 6.4.4).
 */
type Write = (value: unknown, state: WriteState) => string;

const NONE = '';

/** Writes the answer's `data`: an object, or `null`. */
export type WriteData = (data: DataObject, state: WriteState) => string;

export interface WriterOptions {
  readonly operation: OperationDefinitionNode;
  /** The key in the data of each field of the caller's document. */
  readonly keys: ReadonlyMap<FieldNode, string>;
  readonly selecting: Selecting;
}

/** Closures for one operation and one choice of its conditions; each type's are made when the first object of it comes. */
export function compileResponse(options: WriterOptions): WriteData {
  const { operation, selecting } = options;
  const root = selecting.schema.getRootType(operation.operation);
  if (root === undefined || root === null) throw new Error(`The schema has no ${operation.operation} type.`);
  const write = new ResponseCompiler(options).object([operation.selectionSet], root, true);
  return (data, state) => {
    const text = write(data, state);
    return text === NONE ? 'null' : text;
  };
}

interface FieldWriter {
  /** In the data. */
  readonly key: string;
  readonly responseKey: string;
  /** `"key":`, with a comma before all but the first. */
  readonly label: string;
  readonly write: Write;
}

class ResponseCompiler {
  readonly #keys: ReadonlyMap<FieldNode, string>;
  readonly #selecting: Selecting;

  constructor({ keys, selecting }: WriterOptions) {
    this.#keys = keys;
    this.#selecting = selecting;
  }

  object(selectionSets: readonly SelectionSetNode[], type: GraphQLCompositeType, isRoot = false): Write {
    const fields: FieldWriter[] = [];
    for (const [responseKey, nodes] of collectFields(selectionSets, type, this.#selecting)) {
      const [node] = nodes;
      if (node === undefined) continue;
      fields.push({
        responseKey,
        key: this.#keys.get(node) ?? responseKey,
        label: `${fields.length === 0 ? '' : ','}${quote(responseKey)}:`,
        write: this.#field(node, nodes, type, isRoot),
      });
    }
    return (value, state) => {
      if (!isObject(value)) return fail(state, `Expected an object of the type ${type.name}.`);
      const { errors } = state;
      let text = '{';
      for (const { key, responseKey, label, write } of fields) {
        const before = errors.length;
        const written = write(value[key], state);
        if (errors.length > before) prefix(errors, before, responseKey);
        if (written === NONE) return NONE;
        text += label + written;
      }
      return `${text}}`;
    };
  }

  #field(node: FieldNode, nodes: readonly FieldNode[], type: GraphQLCompositeType, isRoot: boolean): Write {
    const name = node.name.value;
    const responseKey = (node.alias ?? node.name).value;
    if (name === '__typename') {
      const text = quote(type.name);
      return () => text;
    }
    if (isRoot && (name === '__schema' || name === '__type')) {
      return (_value, { introspection }) => introspection.get(responseKey) ?? 'null';
    }
    const definition = 'getFields' in type ? type.getFields()[name] : undefined;
    if (definition === undefined) throw new Error(`The field ${type.name}.${name} is not defined.`);
    const selectionSets = nodes.flatMap(({ selectionSet }) => selectionSet ?? []);
    return this.#value(definition.type, selectionSets, `${type.name}.${name}`);
  }

  /** @param coordinate of the field, for messages */
  #value(type: GraphQLOutputType, selectionSets: readonly SelectionSetNode[], coordinate: string): Write {
    const write = this.#present(getNullableType(type), selectionSets, coordinate);
    if (isNonNullType(type)) {
      const message = `Cannot return null for non-nullable field ${coordinate}.`;
      return (value, state) =>
        value === null || value === undefined ? fail(state, message, true) : write(value, state);
    }
    return (value, state) => {
      if (value === null || value === undefined) return 'null';
      const text = write(value, state);
      return text === NONE ? 'null' : text;
    };
  }

  /** Of a value that is not null. */
  #present(type: GraphQLOutputType, selectionSets: readonly SelectionSetNode[], coordinate: string): Write {
    if (isListType(type)) return this.#list(type.ofType, selectionSets, coordinate);
    if (isLeafType(type)) {
      const write = leafWriter(type);
      const message = `The value of ${coordinate} is not a valid ${type.name}.`;
      return (value, state) => {
        const text = write(value);
        return text === NONE ? fail(state, message) : text;
      };
    }
    if (isObjectType(type)) return lazily(() => this.object(selectionSets, type));
    if (isAbstractType(type)) return this.#abstract(type, selectionSets, coordinate);
    throw new Error(`The type of ${coordinate} is not understood.`);
  }

  #list(itemType: GraphQLOutputType, selectionSets: readonly SelectionSetNode[], coordinate: string): Write {
    const writeItem = this.#value(itemType, selectionSets, coordinate);
    const message = `The value of ${coordinate} is not a list.`;
    return (value, state) => {
      if (!Array.isArray(value)) return fail(state, message);
      const { errors } = state;
      let text = '[';
      for (let index = 0; index < value.length; index += 1) {
        const before = errors.length;
        const written = writeItem(value[index], state);
        if (errors.length > before) prefix(errors, before, index);
        if (written === NONE) return NONE;
        text += index === 0 ? written : `,${written}`;
      }
      return `${text}]`;
    };
  }

  /** By the type that the data names, which must be one that callers may see. */
  #abstract(type: GraphQLCompositeType, selectionSets: readonly SelectionSetNode[], coordinate: string): Write {
    const { schema } = this.#selecting;
    const writers = new Map<unknown, Write>();
    const message = `The object of ${coordinate} is of no type that ${type.name} can be.`;
    const untyped = dependsOnType(selectionSets, type, this.#selecting)
      ? (_value: unknown, state: WriteState) => fail(state, message)
      : lazily(() => this.object(selectionSets, type));
    const compile = (name: unknown): Write | undefined => {
      if (name === undefined || name === type.name) return untyped;
      const objectType = typeof name === 'string' ? schema.getType(name) : undefined;
      if (!isObjectType(objectType) || !isAbstractType(type) || !schema.isSubType(type, objectType)) return undefined;
      return this.object(selectionSets, objectType);
    };
    return (value, state) => {
      const name = isObject(value) ? value.__typename : undefined;
      let write = writers.get(name);
      if (write === undefined) {
        write = compile(name);
        if (write === undefined) return fail(state, message);
        writers.set(name, write);
      }
      return write(value, state);
    };
  }
}

/** Types may contain themselves only as far as a selection does, but not each of them is met. */
function lazily(compile: () => Write): Write {
  let write: Write | undefined;
  return (value, state) => {
    write ??= compile();
    return write(value, state);
  };
}

function fail(state: WriteState, message: string, isNull = false): string {
  if (state.errors.length < state.maximumErrors) state.errors.push({ message, isNull, reversedPath: [] });
  return NONE;
}

function prefix(errors: readonly WriteError[], from: number, key: string | number): void {
  for (let index = from; index < errors.length; index += 1) errors[index]?.reversedPath.push(key);
}
