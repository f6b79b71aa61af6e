import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { composeServices } from '@apollo/composition';
import { parse, type GraphQLSchema } from 'graphql';
import { checkout } from '../../support/shared.js';

/** What callers see of our supergraph, composed from the promise in schema/. */
export function apiSchema(): GraphQLSchema {
  const services = ['attestation', 'diagnosis', 'patient'].map((name) => ({
    name,
    url: `https://${name}.test`,
    typeDefs: parse(subgraphSdl(name)),
  }));
  const { schema, errors } = composeServices(services);
  if (schema === undefined) throw new Error(errors.join('\n'));
  return schema.toAPISchema().toGraphQLJSSchema();
}

export function subgraphSdl(name: string): string {
  return readFileSync(join(checkout, 'schema', `${name}.graphql`), 'utf8');
}
