import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { buildSchema, parse, visit } from 'graphql';
import { executorSdl, publishedSdl } from '../../../gateway/execution/executorSdl.js';
import { checkout } from '../../support/shared.js';

const load = () => readFile(join(checkout, 'schema/supergraph.graphql'), 'utf8');

test('the executor gets the supergraph without the security features that it would refuse', async () => {
  const sdl = executorSdl(await load());
  const names = new Set<string>();
  visit(parse(sdl), {
    Directive: ({ name }) => void names.add(name.value),
    DirectiveDefinition: ({ name }) => void names.add(name.value),
    ScalarTypeDefinition: ({ name }) => void names.add(name.value),
  });
  expect([...names].filter((name) => /^(attested|authenticated|requiresScopes)/.test(name))).toEqual([]);
  expect(sdl).not.toContain('for: SECURITY');
  expect(sdl).toContain('@join__field(graph: DIAGNOSIS, requires: "imageReference');
});

describe('the published schema', () => {
  test('is a schema of its own, with the conditions and the descriptions', async () => {
    const sdl = publishedSdl(await load());
    const schema = buildSchema(sdl);
    expect(
      schema
        .getQueryType()
        ?.getFields()
        .patient?.astNode?.directives?.map(({ name }) => name.value),
    ).toEqual(['authenticated', 'requiresScopes']);
    expect(sdl).toContain('family: String @attested(policy: "patient-record")');
    expect(sdl).toContain('Health data. Family name.');
  });

  test('says nothing of subgraphs', async () => {
    expect(publishedSdl(await load())).not.toMatch(/join__|link__|@link|https:\/\/127/);
  });

  test('leaves out what is inaccessible', () => {
    const sdl =
      publishedSdl(`schema @link(url: "https://specs.apollo.dev/inaccessible/v0.2", for: EXECUTION) { query: Query }
      directive @inaccessible on FIELD_DEFINITION | OBJECT
      type Query { open: Int hidden: Hidden @inaccessible } type Hidden @inaccessible { a: Int }`);
    expect(sdl).toBe('type Query {\n  open: Int\n}\n');
  });
});
