import { composeServices } from '@apollo/composition';
import { parse } from 'graphql';
import type { FederationSuite } from './suite.js';

/**
 * The supergraph of a suite, with its subgraphs at `origin/SUITE/SUBGRAPH`.
 *
 * @throws Error with everything that composition says, where it refuses.
 */
export function composeSuite(suite: FederationSuite, origin: string): string {
  const { errors, supergraphSdl } = composeServices(
    suite.subgraphs().map(({ name, sdl }) => ({
      name,
      typeDefs: parse(sdl),
      url: `${origin}/${suite.id}/${encodeURIComponent(name)}`,
    })),
  );
  if (supergraphSdl === undefined) {
    throw new Error(`${suite.id} does not compose:\n${errors.map(({ message }) => message).join('\n')}`);
  }
  return supergraphSdl;
}
