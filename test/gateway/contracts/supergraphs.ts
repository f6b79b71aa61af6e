import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { composeServices } from '@apollo/composition';
import { parse } from 'graphql';
import { createContracts, type Contracts } from '../../../gateway/contracts/contracts.js';
import { parseContract, type ContractDefinition } from '../../../gateway/contracts/definition.js';
import { checkout } from '../../support/shared.js';

const HEADER = `
  extend schema @link(
    url: "https://specs.apollo.dev/federation/v2.9"
    import: ["@key", "@external", "@requires", "@shareable", "@inaccessible", "@tag", "@authenticated", "@requiresScopes"]
  )
`;

/** Subgraphs as they are composed: with the link that every one of them needs. */
export function subgraphsOf(...sdls: string[]): { name: string; url: string; typeDefs: ReturnType<typeof parse> }[] {
  return sdls.map((sdl, index) => ({
    name: `s${index}`,
    url: `http://127.0.0.1:1/${index}`,
    typeDefs: parse(HEADER + sdl),
  }));
}

/** The supergraph of subgraphs, as Apollo composes it. */
export function composed(...sdls: string[]): string {
  const result = composeServices(subgraphsOf(...sdls));
  if (result.errors !== undefined) throw new Error(result.errors.map(({ message }) => message).join('\n'));
  return result.supergraphSdl;
}

/** A contract that is the only one. */
export function onlyContract(filter: Partial<ContractDefinition>): ContractDefinition {
  return {
    name: 'only',
    description: 'The only one.',
    include: [],
    exclude: [],
    removeUnreachable: true,
    precedence: 0,
    isDefault: true,
    audience: { enclaves: [], roles: [], scopes: [], clients: [] },
    ...filter,
  };
}

/** Our own supergraph and its contracts, from the files of this checkout. */
export const ownSupergraph = readFileSync(join(checkout, 'schema/supergraph.graphql'), 'utf8');

export function ownContracts(): Contracts {
  const folder = join(checkout, 'schema/contracts');
  const contracts = readdirSync(folder).map((file) =>
    parseContract(file, JSON.parse(readFileSync(join(folder, file), 'utf8'))),
  );
  return createContracts({ supergraphSdl: ownSupergraph, contracts });
}
