import { parse, type DocumentNode } from 'graphql';
import { analysePlan, type PlanAnalysis } from '../../../../gateway/enforcement/analysePlan.js';
import { readRequirements, type Requirements } from '../../../../gateway/enforcement/requirements.js';
import { createCompiledExecutor, type CompiledExecutor } from '../../../../gateway/execution/compiled/executor.js';
import type { SubgraphTransport } from '../../../../gateway/execution/compiled/transport.js';
import { compose } from './composed.js';

/** A graph with its executor; Apollo's planner, which knows contexts. */
export interface PlannedGraph {
  readonly executor: CompiledExecutor;
  readonly requirements: Requirements;
  prepare(source: string | DocumentNode): ReturnType<CompiledExecutor['prepare']>;
  analyse(source: string): PlanAnalysis;
}

const NO_TRANSPORT: SubgraphTransport = { fetch: () => Promise.reject(new Error('Nothing is fetched here.')) };

/** @param subgraphs types by name, or a supergraph */
export function plannedGraph(
  subgraphs: Readonly<Record<string, string>> | string,
  transport: SubgraphTransport = NO_TRANSPORT,
): PlannedGraph {
  const supergraphSdl = typeof subgraphs === 'string' ? subgraphs : compose(subgraphs);
  const executor = createCompiledExecutor({ supergraphSdl, planner: 'apollo', transport });
  const requirements = readRequirements(supergraphSdl);
  const prepare = (source: string | DocumentNode) =>
    executor.prepare(typeof source === 'string' ? parse(source) : source, undefined);
  return { executor, requirements, prepare, analyse: (source) => analysePlan(prepare(source), requirements) };
}
