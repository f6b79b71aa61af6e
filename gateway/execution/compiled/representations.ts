import { Kind, type SelectionSetNode } from 'graphql';
import { isObject, type DataObject } from './dataPaths.js';
import { jsonText, quote } from './jsonText.js';
import type { EntityFetch, Required, Rewrite } from './plan.js';
import type { Supergraph } from './supergraph.js';

/** The text of an entity's representation, or undefined where the entity cannot be asked about. */
export type RepresentationWriter = (entity: DataObject) => string | undefined;

/**
 * Representations are written straight into the request. An entity is left out where a key is null or absent, or where a
 * required value is absent because the fetch that should have brought it failed.
 */
export function compileRepresentation(
  { requires, inputRewrites }: EntityFetch,
  subgraph: string,
  supergraph: Supergraph,
): RepresentationWriter {
  return byType((type) => {
    const shape = shapeOf(requires, inputRewrites, type, supergraph);
    const typename = shape.find(({ to }) => to === '__typename');
    if (typename === undefined) return () => undefined;
    typename.fixed ??= supergraph.sentAs(subgraph, type);
    const keys = supergraph
      .keysOf(subgraph, typename.fixed)
      .filter(({ selections }) =>
        selections.every((key) => key.kind === Kind.FIELD && shape.some(({ to }) => to === key.name.value)),
      );
    const [only] = keys;
    if (keys.length === 1) return objectWriter(shape, only, supergraph);
    const write = objectWriter(shape, undefined, supergraph);
    if (keys.length === 0) return write;
    return (entity) => (keys.some((key) => isComplete(key, entity)) ? write(entity) : undefined);
  });
}

/** Type names are what subgraphs say: what is remembered about them has a bound. */
const MAXIMUM_TYPES = 1000;

/** A writer for objects of each type; objects without one are not written. */
function byType(compile: (type: string) => RepresentationWriter): RepresentationWriter {
  const writers = new Map<string, RepresentationWriter>();
  return (object) => {
    const type = object.__typename;
    if (typeof type !== 'string') return undefined;
    let writer = writers.get(type);
    if (writer === undefined) {
      writer = compile(type);
      if (writers.size < MAXIMUM_TYPES) writers.set(type, writer);
    }
    return writer(object);
  };
}

/** One field of a representation, the fragments that apply to its object resolved. */
interface ShapeField {
  readonly from: string;
  readonly to: string;
  /** Written instead of the value: a type name. */
  fixed: string | undefined;
  /** Empty for a leaf. */
  readonly inner: readonly Required[];
  /** Those that concern what is inside. */
  readonly rewrites: readonly Rewrite[];
}

function shapeOf(
  selections: readonly Required[],
  rewrites: readonly Rewrite[],
  type: string | undefined,
  supergraph: Supergraph,
): ShapeField[] {
  const fields = new Map<string, { readonly from: string; readonly inner: Required[] }>();
  const add = (list: readonly Required[]): void => {
    for (const selection of list) {
      if (selection.kind === 'Field') {
        const known = fields.get(selection.to);
        const inner = selection.selections ?? [];
        if (known === undefined) fields.set(selection.to, { from: selection.from, inner: [...inner] });
        else known.inner.push(...inner);
      } else if (selection.type === undefined || (type !== undefined && supergraph.isInstance(type, selection.type))) {
        add(selection.selections);
      }
    }
  };
  add(selections);
  const here = rewrites.flatMap((rewrite) => afterTypes(rewrite, type, supergraph));
  return [...fields].map(([to, { from, inner }]) => {
    const concerned = here.filter(({ path: [step] }) => step?.kind === 'Key' && step.key === to);
    const [own] = concerned.filter(({ path }) => path.length === 1);
    return {
      from,
      to: own?.kind === 'KeyRenamer' ? own.to : to,
      fixed: own?.kind === 'ValueSetter' ? own.value : undefined,
      inner,
      rewrites: concerned
        .filter(({ path }) => path.length > 1)
        .map((rewrite) => ({ ...rewrite, path: rewrite.path.slice(1) })),
    };
  });
}

/** A rewrite that starts with a type is one for objects of that type. */
function afterTypes(rewrite: Rewrite, type: string | undefined, supergraph: Supergraph): Rewrite[] {
  const [step] = rewrite.path;
  if (step?.kind !== 'Types') return [rewrite];
  if (type !== undefined && !step.types.some((name) => supergraph.isInstance(type, name))) return [];
  return [{ ...rewrite, path: rewrite.path.slice(1) }];
}

/** @param key what must not be null, where there is one key */
function objectWriter(
  shape: readonly ShapeField[],
  key: SelectionSetNode | undefined,
  supergraph: Supergraph,
): RepresentationWriter {
  const parts = shape.map(({ from, to, fixed, inner, rewrites }) => {
    const keyField = key?.selections.find((field) => field.kind === Kind.FIELD && field.name.value === to);
    const innerKey = keyField?.kind === Kind.FIELD ? keyField.selectionSet : undefined;
    return {
      label: `${quote(to)}:`,
      from,
      fixed: fixed === undefined ? undefined : quote(fixed),
      isMandatory: keyField !== undefined,
      isInherited: from in Object.prototype,
      write: inner.length === 0 ? jsonText : valueWriter(innerWriter(inner, rewrites, innerKey, supergraph)),
    };
  });
  return (entity) => {
    let text = '{';
    for (const { label, from, fixed, isMandatory, isInherited, write } of parts) {
      const value = isInherited && !Object.hasOwn(entity, from) ? undefined : entity[from];
      if (value === undefined || (isMandatory && value === null)) return undefined;
      const written = fixed ?? write(value);
      if (written === undefined) return undefined;
      text += text === '{' ? label + written : `,${label}${written}`;
    }
    return `${text}}`;
  };
}

/** Objects inside a representation differ by their type only where fragments ask for it. */
function innerWriter(
  selections: readonly Required[],
  rewrites: readonly Rewrite[],
  key: SelectionSetNode | undefined,
  supergraph: Supergraph,
): RepresentationWriter {
  const compile = (type: string | undefined) =>
    objectWriter(shapeOf(selections, rewrites, type, supergraph), key, supergraph);
  return selections.some(({ kind }) => kind === 'Fragment') ? byType(compile) : compile(undefined);
}

function valueWriter(writeObject: RepresentationWriter): (value: unknown) => string | undefined {
  const write = (value: unknown): string | undefined => {
    if (value === null || value === undefined) return 'null';
    if (!Array.isArray(value)) return isObject(value) ? writeObject(value) : undefined;
    const items: string[] = [];
    for (const item of value) {
      const written = write(item);
      if (written === undefined) return undefined;
      items.push(written);
    }
    return `[${items.join()}]`;
  };
  return write;
}

function isComplete({ selections }: SelectionSetNode, value: unknown): boolean {
  if (Array.isArray(value)) return value.every((item) => item !== null);
  if (!isObject(value)) return false;
  return selections.every((selection) => {
    if (selection.kind !== Kind.FIELD) return true;
    const name = selection.name.value;
    const field = Object.hasOwn(value, name) ? value[name] : undefined;
    if (field === null || field === undefined) return false;
    return selection.selectionSet === undefined || isComplete(selection.selectionSet, field);
  });
}
