import { compileContextFetch } from './compileContextFetch.js';
import { compileEntityFetch } from './compileEntityFetch.js';
import { compileRootFetch } from './compileRootFetch.js';
import type { PlannedFetch } from './plan.js';
import type { FetchCompiler, StartFetch } from './sendFetch.js';

export function compileFetch(fetch: PlannedFetch, compiler: FetchCompiler): StartFetch {
  const contextual = fetch.entities.find(({ contexts }) => contexts.length > 0);
  if (contextual !== undefined) return compileContextFetch(fetch, contextual, compiler);
  return fetch.entities.length === 0 ? compileRootFetch(fetch, compiler) : compileEntityFetch(fetch, compiler);
}
