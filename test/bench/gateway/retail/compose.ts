import { composeServices } from '@apollo/composition';
import { parse } from 'graphql';
import { SUBGRAPHS, SUBGRAPH_SDL, type SubgraphName } from './subgraphs.js';

/**
 * The supergraph of the retail subgraphs.
 * @param urls of each subgraph
 * @throws Error where they do not compose
 */
export function composeRetail(
  urls: Readonly<Record<SubgraphName, string>>,
  sdl: Readonly<Record<SubgraphName, string>> = SUBGRAPH_SDL,
): string {
  const services = SUBGRAPHS.map((name) => ({ name, url: urls[name], typeDefs: parse(sdl[name]) }));
  const { errors, supergraphSdl } = composeServices(services);
  if (supergraphSdl === undefined) throw new Error(`the retail subgraphs do not compose: ${errors.join('; ')}`);
  return supergraphSdl;
}
