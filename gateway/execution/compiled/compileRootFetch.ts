import { compileWalk, objectsWithPaths, type DataObject, type ResponsePath, type Walk } from './dataPaths.js';
import { afterRewrites, failRoot } from './fetchErrors.js';
import { quote } from './jsonText.js';
import { compileOutputRewrites } from './mergeData.js';
import type { PlannedFetch } from './plan.js';
import type { Run } from './run.js';
import { sendFetch, variablesText, type FetchAnswer, type FetchCompiler, type StartFetch } from './sendFetch.js';

/** A fetch from a root type: at the root of the answer, or wherever a payload leads back to it. */
export function compileRootFetch(fetch: PlannedFetch, compiler: FetchCompiler): StartFetch {
  const { supergraph } = compiler;
  const walk = compileWalk(fetch.path, supergraph);
  const isAtRoot = fetch.path.length === 0;
  const land = compileLanding(fetch, compiler);
  const head = `{"query":${quote(fetch.operation)}`;
  return (run) => {
    if (!isAtRoot && isEmpty(walk, run.data)) return undefined;
    const variables = variablesText(fetch, run);
    const body = variables === '' ? `${head}}` : `${head},"variables":{${variables}}}`;
    return sendFetch(fetch, body, run, compiler).then((answer) => () => land(answer, run));
  };
}

/** Puts the answer of a root fetch where it belongs. */
export function compileLanding(fetch: PlannedFetch, compiler: FetchCompiler): (answer: FetchAnswer, run: Run) => void {
  const { supergraph, merge } = compiler;
  const walk = compileWalk(fetch.path, supergraph);
  const rewrite = compileOutputRewrites(fetch.outputRewrites, supergraph);
  const placesIn = (run: Run): ResponsePath[] => {
    const places: ResponsePath[] = [];
    objectsWithPaths(run.data, fetch.path, supergraph, (_object, path) => places.push(path));
    return places;
  };
  return ({ data, errors, refusal }, run) => {
    if (refusal !== undefined) {
      failRoot(run, refusal, fetch, compiler, placesIn(run));
      return;
    }
    if (errors.length > 0) {
      const places = placesIn(run);
      for (const error of errors) {
        for (const path of places) {
          run.fail({ ...error, path: [...path, ...afterRewrites(error.path ?? [], fetch.outputRewrites)] });
        }
      }
    }
    if (data === undefined) return;
    rewrite?.(data);
    walk(run.data, (object) => merge(object, data));
  };
}

function isEmpty(walk: Walk, data: DataObject): boolean {
  let count = 0;
  walk(data, () => (count += 1));
  return count === 0;
}
