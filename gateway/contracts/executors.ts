import { choosePlanner, type PlannerChoice } from '../execution/compiled/choosePlanner.js';
import { createCompiledExecutor, type CompiledExecutor, type ExecutorOptions } from '../execution/compiled/executor.js';
import { readSupergraph } from '../execution/compiled/supergraph.js';
import type { Contract } from './contract.js';
import type { Contracts } from './contracts.js';

export interface ContractExecutorsOptions extends Omit<
  ExecutorOptions,
  'planner' | 'subgraphErrors' | 'suggestsNames'
> {
  readonly contracts: Contracts;
  readonly planner?: PlannerChoice;
}

/**
 * An executor for each contract. They share the planner, which plans on the whole supergraph, and the transport with its
 * connections; each validates, introspects, coerces and writes answers by its contract's schema, and has its own cache of operations.
 * So what is prepared under one contract is never run under another.
 *
 * @throws Refusal CONFIGURATION_INVALID where the supergraph cannot be served rightly.
 */
export function createContractExecutors(options: ContractExecutorsOptions): ReadonlyMap<Contract, CompiledExecutor> {
  const { contracts, supergraphSdl, planner: choice = 'auto' } = options;
  const planner = choosePlanner(supergraphSdl, readSupergraph(supergraphSdl), choice);
  return new Map(
    contracts.all.map((contract) => [
      contract,
      createCompiledExecutor({
        ...options,
        supergraphSdl: contract.supergraphSdl,
        planner,
        // What a subgraph says on its own may name anything.
        subgraphErrors: 'coded',
        suggestsNames: false,
      }),
    ]),
  );
}
