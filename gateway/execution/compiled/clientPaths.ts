import type { FieldNode, OperationDefinitionNode, SelectionSetNode } from 'graphql';
import type { ResponsePath } from './dataPaths.js';
import type { Selecting } from './selection.js';
import { allFields } from './selection.js';

/**
 * Where a caller sees what is at a path of the fetched data. One value can be at several places, since a caller may select it under
 * several aliases; what the caller did not select is shown at the object that it belongs to.
 */
export function clientPaths(
  path: ResponsePath,
  options: {
    readonly operation: OperationDefinitionNode;
    readonly keys: ReadonlyMap<FieldNode, string>;
    readonly selecting: Selecting;
    /** Of places for one path. */
    readonly limit: number;
  },
): ResponsePath[] {
  const { operation, keys, selecting, limit } = options;
  const found: ResponsePath[] = [];
  const descend = (selectionSets: readonly SelectionSetNode[], index: number, at: ResponsePath): void => {
    if (found.length >= limit) return;
    const step = path[index];
    if (step === undefined) {
      found.push(at);
      return;
    }
    if (typeof step === 'number') {
      descend(selectionSets, index + 1, [...at, step]);
      return;
    }
    const byResponseKey = new Map<string, SelectionSetNode[]>();
    for (const field of allFields(selectionSets, selecting)) {
      if (keys.get(field) !== step) continue;
      const responseKey = (field.alias ?? field.name).value;
      const known = byResponseKey.get(responseKey) ?? [];
      byResponseKey.set(responseKey, known);
      if (field.selectionSet !== undefined) known.push(field.selectionSet);
    }
    if (byResponseKey.size === 0) found.push(at);
    for (const [responseKey, inner] of byResponseKey) descend(inner, index + 1, [...at, responseKey]);
  };
  descend([operation.selectionSet], 0, []);
  return found;
}
