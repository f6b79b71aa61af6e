import { Kind, parse, print, stripIgnoredCharacters, visit } from 'graphql';
import { mapFetches, type Plan, type PlannedFetch } from './plan.js';

/**
 * Planners give long names to the variables that hold representations, and each call carries the name three times: for
 * few entities the names are a good part of what is sent. Names of the caller's variables stay.
 */
export function shortenVariables(plan: Plan): Plan {
  return mapFetches(plan, shorten);
}

function shorten(fetch: PlannedFetch): PlannedFetch {
  // With context values, further names are made of these when it is sent.
  if (fetch.entities.length === 0 || fetch.entities.some(({ contexts }) => contexts.length > 0)) return fetch;
  const document = parse(fetch.operation, { noLocation: true });
  const kept = new Set(fetch.variables);
  const names = new Map<string, string>();
  for (const { variable } of fetch.entities) {
    const name = freeName(kept);
    kept.add(name);
    names.set(variable, name);
  }
  const renamed = visit(document, {
    [Kind.VARIABLE]: {
      leave(variable) {
        const value = names.get(variable.name.value);
        return value === undefined ? undefined : { ...variable, name: { ...variable.name, value } };
      },
    },
  });
  return {
    ...fetch,
    operation: stripIgnoredCharacters(print(renamed)),
    entities: fetch.entities.map((entity) => ({ ...entity, variable: names.get(entity.variable) ?? entity.variable })),
  };
}

/** a, b … z, a1, b1 … */
function freeName(taken: ReadonlySet<string>): string {
  for (let count = 0; ; count += 1) {
    const letter = String.fromCharCode(97 + (count % 26));
    const name = count < 26 ? letter : `${letter}${Math.floor(count / 26)}`;
    if (!taken.has(name)) return name;
  }
}
