import { isObject, type DataObject } from './dataPaths.js';
import type { Rewrite, RewriteStep } from './plan.js';
import type { Supergraph } from './supergraph.js';

/** Puts what a subgraph answered into an object that is there. */
export type Merge = (target: DataObject, source: DataObject) => void;

/**
 * Objects are merged, lists item by item, and of other values the later one stays. Null never takes the place of an object or a
 * list, and the name of an interface (which is all that an @interfaceObject knows) never that of a type. What is new is taken as it
 * is, not copied: entities with equal representations share it, and may, since within one operation a key of the data
 * always means the same field with the same arguments.
 */
export function mergeInto(supergraph: Supergraph): Merge {
  const merge: Merge = (target, source) => {
    if (target === source) return;
    for (const key of Object.keys(source)) {
      const value = source[key];
      const known = Object.hasOwn(target, key) ? target[key] : undefined;
      if (typeof known === 'object' && known !== null) {
        mergeValues(known, value);
      } else if (key === '__typename') {
        if (known === undefined || (typeof value === 'string' && supergraph.isObjectType(value))) target[key] = value;
      } else if (key !== '__proto__') {
        // Assigning to __proto__ would exchange the prototype; no field has this name.
        target[key] = value;
      }
    }
  };
  const mergeValues = (known: object, value: unknown): void => {
    if (Array.isArray(known)) {
      if (!Array.isArray(value)) return;
      for (let index = 0; index < known.length && index < value.length; index += 1) {
        const item: unknown = known[index];
        if (typeof item === 'object' && item !== null) mergeValues(item, value[index]);
        else (known as unknown[])[index] = value[index];
      }
    } else if (isObject(value)) {
      merge(known as DataObject, value);
    }
  };
  return merge;
}

/** Puts the keys under which conflicting fields were asked for back to what the rest of the plan expects. */
export function compileOutputRewrites(
  rewrites: readonly Rewrite[],
  supergraph: Supergraph,
): ((value: unknown) => void) | undefined {
  if (rewrites.length === 0) return undefined;
  return (value) => {
    for (const rewrite of rewrites) applyRewrite(value, rewrite, 0, supergraph);
  };
}

function applyRewrite(value: unknown, rewrite: Rewrite, index: number, supergraph: Supergraph): void {
  if (Array.isArray(value)) {
    for (const item of value) applyRewrite(item, rewrite, index, supergraph);
    return;
  }
  if (!isObject(value)) return;
  const step: RewriteStep | undefined = rewrite.path[index];
  if (step === undefined) return;
  if (step.kind === 'Types') {
    const name = value.__typename;
    if (typeof name === 'string' && !step.types.some((type) => supergraph.isInstance(name, type))) return;
    applyRewrite(value, rewrite, index + 1, supergraph);
    return;
  }
  if (index + 1 < rewrite.path.length) {
    if (Object.hasOwn(value, step.key)) applyRewrite(value[step.key], rewrite, index + 1, supergraph);
  } else if (rewrite.kind === 'ValueSetter') {
    value[step.key] = rewrite.value;
  } else if (Object.hasOwn(value, step.key)) {
    value[rewrite.to] = value[step.key];
    value[step.key] = undefined;
  }
}
