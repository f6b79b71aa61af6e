import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { composeFolder, composeSupergraph, type Subgraph } from '../../schema/compose.js';
import { checkout } from '../support/shared.js';

const policies = new Set(['secret']);
const header = `
  extend schema
    @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@external", "@requires", "@composeDirective", "@requiresScopes"])
    @link(url: "https://cloister.example/attested/v0.1", import: ["@attested"])
    @composeDirective(name: "@attested")
  directive @attested(policy: String!) on FIELD_DEFINITION | OBJECT | INTERFACE | ARGUMENT_DEFINITION | INPUT_FIELD_DEFINITION | SCALAR | ENUM
`;

function subgraph(sdl: string): Subgraph {
  return { sdl: header + sdl, url: 'https://127.0.0.1:1/graphql' };
}

const record = subgraph(`
  type Query { "One." record(id: ID!, "Words." search: String @attested(policy: "secret")): Record }
  "A record." type Record @key(fields: "id") { "Its identifier." id: ID! "Its secret." secret: String @attested(policy: "secret") }
  "What to write." input Write { "The value." value: String @attested(policy: "secret") }
  type Mutation { "Writes." write(input: Write!): Record }
`);

describe('the supergraph', () => {
  test('in the repository is what the subgraphs compose to now', async () => {
    const committed = await readFile(join(checkout, 'schema/supergraph.graphql'), 'utf8');
    expect(committed).toBe(await composeFolder(join(checkout, 'schema')));
  });

  test('keeps @attested on fields, objects, arguments and input fields', async () => {
    const sdl = await readFile(join(checkout, 'schema/supergraph.graphql'), 'utf8');
    expect(sdl).toContain('family: String @attested(policy: "patient-record")');
    expect(sdl).toMatch(/type Observation\n {2}@join__type\(graph: PATIENT\)\n {2}@attested\(policy: "imaging"\)/);
    expect(sdl).toContain('search: String @attested(policy: "patient-record")');
    expect(sdl).toContain('birthDate: Date! @attested(policy: "patient-record")');
  });

  test('is refused by a router that does not know @attested', async () => {
    const supergraphSdl = composeSupergraph({ records: record }, policies);
    expect(supergraphSdl).toContain(
      '@link(url: "https://cloister.example/attested/v0.1", for: SECURITY, import: ["@attested"])',
    );
    process.env.APOLLO_TELEMETRY_DISABLED = '1';
    const { ApolloGateway } = await import('@apollo/gateway');
    const logger = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
    await expect(new ApolloGateway({ supergraphSdl, logger }).load()).rejects.toThrow(
      /attested\/v0\.1 is for: SECURITY but is unsupported/,
    );
  });
});

describe('composition refuses, with the coordinate and the reason,', () => {
  const rows: [why: string, sdl: string, finding: string][] = [
    [
      'a type without a description',
      'type Query { "All." things: [Thing!] } type Thing { "Its name." name: String }',
      'second: Thing has no description',
    ],
    [
      'a field without a description',
      'type Query { "All." things: [Thing!] } "A thing." type Thing { name: String }',
      'second: Thing.name has no description',
    ],
    [
      'a policy that does not exist',
      'type Query { "All." things: [String!] @attested(policy: "secrte") }',
      'second: Query.things names the policy secrte, which is not in schema/policies',
    ],
    [
      'a policy of an argument that does not exist',
      'type Query { "All." things(by: String @attested(policy: "x")): [String!] }',
      'second: Query.things(by:) names the policy x',
    ],
    [
      'an attested key, which would travel to every subgraph that extends the entity',
      'type Query { "All." things: [Thing!] } "A thing." type Thing @key(fields: "name") { "Its name." name: String @attested(policy: "secret") }',
      'second: Thing.name is @attested and part of @key(fields: "name")',
    ],
    [
      'an attested key inside another object',
      'type Query { "All." things: [Thing!] } "A thing." type Thing @key(fields: "owner { name }") { "Whose." owner: Owner! } "Who." type Owner { "Name." name: String! @attested(policy: "secret") }',
      'second: Owner.name is @attested and part of @key(fields: "owner { name }") of Thing',
    ],
    [
      'a key of an attested type',
      'type Query { "All." things: [Thing!] } "A thing." type Thing @key(fields: "id") @attested(policy: "secret") { "Id." id: ID! }',
      'second: Thing.id is @attested and part of @key',
    ],
    [
      'another policy than another subgraph has at the same place',
      'type Query { "More." more: Record } "A record." type Record @key(fields: "id") { "Its identifier." id: ID! "Its secret." secret: String @external @attested(policy: "other") "Sum." sum: Int @requires(fields: "secret") }',
      'Record.secret has different policies in different subgraphs: other, secret',
    ],
    [
      'a field that may be refused and not be null',
      'type Query { "All." things: [String!]! @attested(policy: "secret") }',
      'second: Query.things may be refused and must be nullable',
    ],
    [
      'a required field with arguments, which Apollo answers wrongly',
      'type Query { "More." more: Record } "A record." type Record @key(fields: "id") { "Its identifier." id: ID! "A price." price(in: String): Int @external "Sum." sum: Int @requires(fields: "price(in: \\"EUR\\")") }',
      'second: Record.sum requires a field with arguments',
    ],
    ['what Apollo refuses', 'type Query { "All." record: Nowhere }', 'Nowhere'],
  ];
  test.each(rows)('%s', (_why, sdl, finding) => {
    const other = new Set([...policies, 'other']);
    expect(() => composeSupergraph({ first: record, second: subgraph(sdl) }, other)).toThrow(finding);
  });

  test('a supergraph in which nobody composes @attested', () => {
    const plain = { sdl: 'type Query { "All." things: [String!] }', url: 'https://127.0.0.1:1' };
    expect(() => composeSupergraph({ plain }, policies)).toThrow('No subgraph composes @attested');
  });
});
