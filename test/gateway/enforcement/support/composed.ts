import { composeServices } from '@apollo/composition';
import { parse, validate } from 'graphql';
import { analyse, type Analysis } from '../../../../gateway/enforcement/analyse.js';
import { decide } from '../../../../gateway/enforcement/decide.js';
import { readRequirements, type Requirements } from '../../../../gateway/enforcement/requirements.js';
import { facts, operationOf, refusalsOf } from '../../support/clinic.js';

export const HEADER = `
  extend schema
    @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@shareable", "@external", "@requires", "@provides",
      "@composeDirective", "@authenticated", "@requiresScopes", "@policy", "@context", "@fromContext", "@interfaceObject", "@inaccessible"])
    @link(url: "https://cloister.example/attested/v0.1", import: ["@attested"])
    @composeDirective(name: "@attested")
  directive @attested(policy: String!) on FIELD_DEFINITION | OBJECT | INTERFACE | ARGUMENT_DEFINITION | INPUT_FIELD_DEFINITION | SCALAR | ENUM
`;

/** A supergraph of these subgraphs, each given by its types alone. */
export function compose(subgraphs: Readonly<Record<string, string>>): string {
  const { errors, supergraphSdl } = composeServices(
    Object.entries(subgraphs).map(([name, types]) => ({
      name,
      url: `http://${name}`,
      typeDefs: parse(HEADER + types),
    })),
  );
  if (supergraphSdl === undefined) throw new Error(errors.map(({ message }) => message).join('\n'));
  return supergraphSdl;
}

export function requirementsOf(subgraphs: Readonly<Record<string, string>>): Requirements {
  return readRequirements(compose(subgraphs));
}

export function analyseWith(requirements: Requirements, source: string): Analysis {
  const document = parse(source);
  const problems = validate(requirements.schema, document);
  if (problems.length > 0) throw new Error(problems.map(String).join('\n'));
  return analyse(document, operationOf(document), requirements);
}

/** `coordinate code` of every refused field, in document order. */
export function refusalsWith(
  requirements: Requirements,
  source: string,
  changes: Parameters<typeof facts>[0] = {},
): string[] {
  const analysis = analyseWith(requirements, source);
  return refusalsOf(analysis, decide(analysis, facts(changes)));
}
