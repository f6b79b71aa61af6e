import type { PathStep, PlanPath } from './plan.js';
import type { Supergraph } from './supergraph.js';

/** An object of the fetched data. Its keys come from subgraphs: it is only read by keys that a plan names. */
export type DataObject = Record<string, unknown>;

/** Calls the visitor with each object at a path. */
export type Walk = (value: unknown, visit: (object: DataObject) => void) => void;

export function compileWalk(path: PlanPath, supergraph: Supergraph): Walk {
  let walk: Walk = (value, visit) => {
    if (Array.isArray(value)) for (const item of value) walk0(item, visit);
    else if (isObject(value)) visit(value);
  };
  const walk0 = walk;
  for (const step of path.toReversed()) walk = compileStep(step, walk, supergraph);
  return walk;
}

function compileStep(step: PathStep, next: Walk, supergraph: Supergraph): Walk {
  switch (step.kind) {
    case 'Field': {
      const { key } = step;
      const walk: Walk = (value, visit) => {
        if (Array.isArray(value)) for (const item of value) walk(item, visit);
        else if (isObject(value) && Object.hasOwn(value, key)) next(value[key], visit);
      };
      return walk;
    }
    case 'Items':
      return (value, visit) => {
        if (Array.isArray(value)) for (const item of value) next(item, visit);
      };
    case 'Types': {
      const matches = typeMatcher(step.types, supergraph);
      const walk: Walk = (value, visit) => {
        if (Array.isArray(value)) for (const item of value) walk(item, visit);
        else if (isObject(value) && matches(value)) next(value, visit);
      };
      return walk;
    }
  }
}

/** An object whose type was not asked for is of the type that its place has. */
export function typeMatcher(types: readonly string[], supergraph: Supergraph): (object: DataObject) => boolean {
  const known = new Map<string, boolean>();
  return ({ __typename: name }) => {
    if (typeof name !== 'string') return true;
    const remembered = known.get(name);
    if (remembered !== undefined) return remembered;
    const matches = types.some((type) => supergraph.isInstance(name, type));
    // What subgraphs say must not fill the memory.
    if (known.size < 1000) known.set(name, matches);
    return matches;
  };
}

export type ResponsePath = readonly (string | number)[];

/** The objects at a path, each with its own path from the root. Slow: only for errors and context values. */
export function objectsWithPaths(
  root: unknown,
  path: PlanPath,
  supergraph: Supergraph,
  visit: (object: DataObject, path: ResponsePath, ancestors: readonly DataObject[]) => void,
): void {
  const descend = (value: unknown, index: number, at: ResponsePath, ancestors: readonly DataObject[]): void => {
    const step = path[index];
    if (Array.isArray(value)) {
      const next = step?.kind === 'Items' ? index + 1 : index;
      value.forEach((item, position) => descend(item, next, [...at, position], ancestors));
      return;
    }
    if (!isObject(value)) return;
    if (step === undefined) {
      visit(value, at, ancestors);
    } else if (step.kind === 'Field') {
      if (Object.hasOwn(value, step.key)) {
        descend(value[step.key], index + 1, [...at, step.key], [...ancestors, value]);
      }
    } else if (step.kind === 'Types' && typeMatcher(step.types, supergraph)(value)) {
      descend(value, index + 1, at, ancestors);
    }
  };
  descend(root, 0, [], []);
}

export function isObject(value: unknown): value is DataObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
