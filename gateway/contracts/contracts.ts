import { Refusal } from '../../enclave/refusals.js';
import type { Caller } from '../../runtime/caller.js';
import { buildContract, type Contract } from './contract.js';
import { orderContracts, type Audience, type ContractDefinition } from './definition.js';
import { readTaggedSchema } from './taggedSchema.js';

/** A caller as it was verified. Nothing that a client says of itself belongs here. */
export interface ContractCaller extends Pick<Caller, 'kind' | 'id' | 'roles' | 'scopes'> {
  /** The application that the access token was issued to (`client_id`, RFC 9068). */
  readonly client?: string;
}

export interface Contracts {
  /** The least precedence first; the default is among them. */
  readonly all: readonly Contract[];
  /**
   * The contract of a caller: of those that are for them the one with the least precedence.
   *
   * @param asked a narrower one that the caller would rather have: one that is for them too, and shows nothing that their own does not.
   * @throws Refusal NOT_FOUND where they may not have it, in the same words as where there is none.
   */
  select(caller: ContractCaller, asked?: string): Contract;
}

export interface ContractsOptions {
  readonly supergraphSdl: string;
  readonly contracts: readonly ContractDefinition[];
}

/** @throws Refusal CONFIGURATION_INVALID with every problem of every contract. */
export function createContracts({ supergraphSdl, contracts }: ContractsOptions): Contracts {
  const definitions = orderContracts(contracts);
  const tagged = readTaggedSchema(supergraphSdl);
  const problems: string[] = [];
  const all: Contract[] = [];
  let everybodys: Contract | undefined;
  for (const definition of definitions) {
    const built = buildContract(tagged, definition);
    if ('problems' in built) problems.push(...built.problems.map((problem) => `${definition.name}: ${problem}`));
    else {
      all.push(built.contract);
      if (definition.isDefault) everybodys = built.contract;
    }
  }
  if (problems.length > 0 || everybodys === undefined) {
    throw new Refusal(
      'CONFIGURATION_INVALID',
      `The contracts do not fit the supergraph:\n${problems.map((problem) => `- ${problem}`).join('\n')}`,
    );
  }
  const otherwise = everybodys;
  return {
    all,
    select(caller, asked) {
      const own = all.find((contract) => isFor(contract.audience, caller)) ?? otherwise;
      if (asked === undefined || asked === own.name) return own;
      const wanted = all.find(({ name }) => name === asked);
      const mayHaveIt = wanted !== undefined && (wanted === otherwise || isFor(wanted.audience, caller));
      if (mayHaveIt && isWithin(wanted, own)) return wanted;
      throw new Refusal('NOT_FOUND', 'There is no such contract for this caller.');
    },
  };
}

function isFor({ enclaves, roles, scopes, clients }: Audience, caller: ContractCaller): boolean {
  if (caller.kind === 'anonymous') return false;
  if (caller.kind === 'enclave' && enclaves.includes(caller.id)) return true;
  if (caller.client !== undefined && clients.includes(caller.client)) return true;
  return caller.roles.some((role) => roles.includes(role)) || caller.scopes.some((scope) => scopes.includes(scope));
}

function isWithin(narrow: Contract, wide: Contract): boolean {
  return [...narrow.coordinates].every((coordinate) => wide.coordinates.has(coordinate));
}
