import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { isObjectType } from 'graphql';
import { NO_REQUIREMENT } from '../../../gateway/enforcement/requirement.js';
import { readRequirements } from '../../../gateway/enforcement/requirements.js';
import { checkout } from '../../support/shared.js';
import { clinicSupergraph } from '../support/clinic.js';
import { requirementsOf } from './support/composed.js';

/** A supergraph as a composer writes it, with the given types. */
function supergraph(types: string, links = ''): string {
  return `
    schema
      @link(url: "https://specs.apollo.dev/link/v1.0")
      @link(url: "https://specs.apollo.dev/join/v0.5", for: EXECUTION)
      @link(url: "https://cloister.example/attested/v0.1", for: SECURITY, import: ["@attested"])
      ${links}
    { query: Query }
    enum join__Graph { A @join__graph(name: "a", url: "") B @join__graph(name: "b", url: "") C @join__graph(name: "c", url: "") }
    ${types}`;
}

const attestedOf = (sdl: string, type: string, field: string) => readRequirements(sdl).ofField(type, field).attested;

describe('the requirements of our own supergraph', () => {
  const load = async () => readRequirements(await readFile(join(checkout, 'schema/supergraph.graphql'), 'utf8'));

  test('bind a family name to the patient-record policy, from the patient service to the caller', async () => {
    expect((await load()).ofField('Patient', 'family')).toEqual({
      authenticated: false,
      scopes: [],
      authorizations: [],
      attested: [
        {
          policy: 'patient-record',
          coordinate: 'Patient.family',
          producers: ['patient'],
          receivers: [],
          caller: 'receives',
        },
      ],
    });
  });

  test('send the image reference to the diagnosis service where an interpretation is asked for', async () => {
    const { attested, scopes } = (await load()).ofField('ImagingStudy', 'interpretation');
    expect(scopes).toEqual([['system/ImagingStudy.read', 'system/Interpretation.read']]);
    expect(attested).toContainEqual({
      policy: 'imaging',
      coordinate: 'ImagingStudy.imageReference',
      producers: ['patient'],
      receivers: ['diagnosis'],
      caller: 'none',
    });
    expect(
      attested.filter(({ receivers }) => receivers.includes('diagnosis')).map(({ policy }) => policy),
    ).not.toContain('patient-record');
  });

  test('know what an intake form may hold', async () => {
    const requirements = await load();
    const register = requirements.schema.getMutationType()?.getFields().registerPatient;
    expect(register && requirements.policiesWithin(register.args[0]?.type as never)).toEqual(['patient-record']);
  });

  test('demand an attestation of every field whose description says health data', async () => {
    const requirements = await load();
    const unguarded: string[] = [];
    for (const type of Object.values(requirements.schema.getTypeMap())) {
      if (!isObjectType(type) || type.name.startsWith('__')) continue;
      for (const field of Object.values(type.getFields())) {
        if (field.description?.startsWith('Health data.') !== true) continue;
        if (requirements.ofField(type.name, field.name).attested.length === 0)
          unguarded.push(`${type.name}.${field.name}`);
      }
    }
    expect(unguarded).toEqual([]);
  });
});

describe('producers', () => {
  const field = (joins: string, type = '@join__type(graph: A, key: "id") @join__type(graph: B, key: "id")') =>
    supergraph(
      `type Query @join__type(graph: A) { t: T } type T ${type} { id: ID! x: String ${joins} @attested(policy: "p") }`,
    );
  const rows: [why: string, sdl: string, producers: string[]][] = [
    ['every subgraph of the type where nothing else is said', field(''), ['a', 'b']],
    ['the subgraph that join__field names', field('@join__field(graph: B)'), ['b']],
    ['each of several', field('@join__field(graph: A) @join__field(graph: B)'), ['a', 'b']],
    ['not one that only refers to it', field('@join__field(graph: A) @join__field(graph: B, external: true)'), ['a']],
    ['one that an override leaves', field('@join__field(graph: B, override: "a")'), ['b']],
    [
      'one that provides it somewhere',
      supergraph(
        'type Query @join__type(graph: B) { t: T @join__field(graph: B, provides: "x") } type T @join__type(graph: A, key: "id") @join__type(graph: B, key: "id") { id: ID! x: String @join__field(graph: A) @join__field(graph: B, external: true) @attested(policy: "p") }',
      ),
      ['a', 'b'],
    ],
    [
      'those of an interface object',
      supergraph(
        'type Query @join__type(graph: A) { t: T } interface I @join__type(graph: A, key: "id") @join__type(graph: C, key: "id", isInterfaceObject: true) { id: ID! x: String @join__field(graph: C) } type T implements I @join__implements(graph: A, interface: "I") @join__type(graph: A, key: "id") { id: ID! x: String @join__field @attested(policy: "p") }',
      ),
      ['c'],
    ],
  ];
  test.each(rows)('are %s', (_, sdl, producers) => {
    expect([...new Set(attestedOf(sdl, 'T', 'x').flatMap((flow) => flow.producers))]).toEqual(producers);
  });
});

describe('required values', () => {
  test('include those that the required field requires itself', () => {
    const sdl = supergraph(`type Query @join__type(graph: A) { t: T }
      type T @join__type(graph: A, key: "id") @join__type(graph: B, key: "id") @join__type(graph: C, key: "id") {
        id: ID!
        x: String @join__field(graph: A) @join__field(graph: B, external: true) @attested(policy: "p")
        y: String @join__field(graph: B, requires: "x") @join__field(graph: C, external: true)
        z: String @join__field(graph: C, requires: "y")
      }`);
    expect(attestedOf(sdl, 'T', 'z')).toEqual([
      { policy: 'p', coordinate: 'T.x', producers: ['a'], receivers: ['b'], caller: 'none' },
    ]);
  });

  test('include those inside objects and abstract types', () => {
    const sdl = supergraph(`type Query @join__type(graph: A) { t: T }
      union U @join__type(graph: A) = O
      type O @join__type(graph: A) @join__type(graph: B) { x: String @join__field(graph: A) @join__field(graph: B, external: true) @attested(policy: "p") }
      type T @join__type(graph: A, key: "id") @join__type(graph: B, key: "id") {
        id: ID!
        u: U @join__field(graph: A) @join__field(graph: B, external: true)
        z: String @join__field(graph: B, requires: "u { ... on O { x } }")
      }`);
    expect(attestedOf(sdl, 'T', 'z')).toContainEqual({
      policy: 'p',
      coordinate: 'O.x',
      producers: ['a'],
      receivers: ['b'],
      caller: 'none',
    });
  });
});

describe('a value that stands for the same as another is bound to the same', () => {
  const bound = (types: string, type: string, field: string) =>
    requirementsOf({ a: types })
      .valuesOf(type, field)
      .map(({ policy }) => policy);
  const rows: [why: string, types: string, type: string, field: string, policies: string[]][] = [
    [
      'in the interface of an object',
      'type Query { t: T } interface I { x: String @attested(policy: "p") } type T implements I { x: String }',
      'T',
      'x',
      ['p'],
    ],
    [
      'in an implementation of an interface',
      'type Query { i: I } interface I { x: String } type T implements I { x: String @attested(policy: "p") }',
      'I',
      'x',
      ['p'],
    ],
    [
      'in another interface of an object that both have',
      'type Query { i: I } interface I { x: String } interface J { x: String @attested(policy: "p") } type T implements I & J { x: String }',
      'I',
      'x',
      ['p'],
    ],
    [
      'not in a sibling',
      'type Query { i: I } interface I { x: String } type T implements I { x: String @attested(policy: "p") } type U implements I { x: String }',
      'U',
      'x',
      [],
    ],
    [
      'where a field, its type and what it returns have policies: to all of them',
      'type Query { t: T } type T @attested(policy: "p") { x: S @attested(policy: "q") } scalar S @attested(policy: "r")',
      'T',
      'x',
      ['q', 'p', 'r'],
    ],
    [
      'where a union may hold it',
      'type Query { u: U } union U = T | V type T @attested(policy: "p") { x: Int } type V { y: Int }',
      'Query',
      'u',
      ['p'],
    ],
    [
      'where only one of two subgraphs says so',
      'type Query { e: E } enum E @attested(policy: "p") { A }',
      'Query',
      'e',
      ['p'],
    ],
  ];
  test.each(rows)('%s', (_, types, type, field, policies) => expect(bound(types, type, field)).toEqual(policies));

  test('whichever of two subgraphs says so', () => {
    const requirements = requirementsOf({
      a: 'type Query { t: T } type T @key(fields: "id") { id: ID! x: String @shareable }',
      b: 'type T @key(fields: "id") { id: ID! x: String @shareable @attested(policy: "p") }',
    });
    expect(requirements.ofField('T', 'x').attested).toEqual([
      { policy: 'p', coordinate: 'T.x', producers: ['a', 'b'], receivers: [], caller: 'receives' },
    ]);
  });

  test('in the arguments of related types', () => {
    const requirements = requirementsOf({
      a: 'type Query { i: I } interface I { x(n: String): String } type T implements I { x(n: String @attested(policy: "p")): String }',
    });
    expect(requirements.policiesOfArgument('I', 'x', 'n')).toEqual(['p']);
  });
});

describe('an attested key', () => {
  const requirements = () =>
    requirementsOf({
      a: 'type Query { t: T } type T @key(fields: "id") { id: ID! @attested(policy: "p") x: Int }',
      b: 'type T @key(fields: "id") { id: ID! y: Int }',
    });

  test('flows to the subgraph that is asked by it', () => {
    expect(requirements().ofField('T', 'y').attested).toContainEqual({
      policy: 'p',
      coordinate: 'T.id',
      producers: ['a', 'b'],
      receivers: ['b'],
      caller: 'none',
    });
  });

  test('flows to subgraphs between, where entities have several keys', () => {
    const several = requirementsOf({
      a: 'type Query { t: T } type T @key(fields: "id") { id: ID! }',
      b: 'type T @key(fields: "id") @key(fields: "sku") { id: ID! sku: ID! }',
      c: 'type T @key(fields: "sku") { sku: ID! z: Int }',
    });
    expect(several.reachedFor('T', 'z')).toEqual(['c', 'a', 'b']);
  });
});

describe('a value from a context', () => {
  const sdls = {
    a: 'type Query { t: T } type T @key(fields: "id") { id: ID! x: String @attested(policy: "p") u: U @shareable } type U @key(fields: "id") { id: ID! }',
    b: `type T @key(fields: "id") @context(name: "c") { id: ID! x: String @external u: U @shareable }
      type U @key(fields: "id") { id: ID! z(arg: String @fromContext(field: "$c { x }")): Int }`,
  };

  test('flows to the subgraph whose argument takes it', () => {
    expect(requirementsOf(sdls).ofField('U', 'z').attested).toEqual([
      { policy: 'p', coordinate: 'T.x', producers: ['a'], receivers: ['b'], caller: 'none' },
    ]);
  });

  test('is an argument that callers do not have', () => {
    expect(requirementsOf(sdls).contextArguments('U', 'z')).toEqual(new Set(['arg']));
  });
});

describe('a supergraph is read', () => {
  test('that hides something with @inaccessible, which is linked for SECURITY too', () => {
    expect(() => requirementsOf({ a: 'type Query { a: Int b: Int @inaccessible }' })).not.toThrow();
  });

  test('that attests nothing: nothing has to be followed', () => {
    expect(readRequirements('type Query { a: Int }').attests).toBe(false);
  });
});

describe('a supergraph is refused', () => {
  const rows: [why: string, sdl: () => string, reason: RegExp][] = [
    [
      'where it demands for SECURITY what is not enforced here',
      () => supergraph('type Query { a: Int }', '@link(url: "https://specs.example/sealed/v0.1", for: SECURITY)'),
      /specs\.example\/sealed/,
    ],
    [
      'where it knows @attested, and no link says what that is',
      () => 'directive @attested(policy: String!) on FIELD_DEFINITION type Query { a: Int @attested(policy: "p") }',
      /no link/,
    ],
    [
      'where a context cannot be read',
      () =>
        supergraph(
          'type Query @join__type(graph: A) { t: Int @join__field(graph: A, contextArguments: [{ context: "c", name: "a", type: "Int" }]) }',
        ),
      /context/,
    ],
    [
      'where a field asks for authorization policies with an empty set',
      () =>
        supergraph(
          'type Query @join__type(graph: A) { t: Int @policy(policies: [["a"], []]) }',
          '@link(url: "https://specs.apollo.dev/policy/v0.1", for: SECURITY)',
        ),
      /set that is empty/,
    ],
    [
      'where a field asks for scopes and names none',
      () =>
        supergraph(
          'type Query @join__type(graph: A) { t: Int @requiresScopes(scopes: []) }',
          '@link(url: "https://specs.apollo.dev/requiresScopes/v0.1", for: SECURITY)',
        ),
      /names none/,
    ],
  ];
  test.each(rows)('%s', (_, sdl, reason) => expect(() => readRequirements(sdl())).toThrow(reason));
});

describe('names', () => {
  test('of directives are those that the links give them', () => {
    const sdl = `schema
      @link(url: "https://cloister.example/attested/v0.1", import: [{ name: "@attested", as: "@sealed" }], for: SECURITY)
      @link(url: "https://specs.apollo.dev/authenticated/v0.1", as: "auth", for: SECURITY) { query: Query }
      enum join__Graph { A @join__graph(name: "a", url: "") }
      type Query @join__type(graph: A) { x: String @sealed(policy: "p") @auth y: String @attested(policy: "q") @authenticated }`;
    const requirements = readRequirements(sdl);
    expect(requirements.ofField('Query', 'x')).toMatchObject({ authenticated: true, attested: [{ policy: 'p' }] });
    expect(requirements.ofField('Query', 'y')).toEqual(NO_REQUIREMENT);
  });

  test('of types cannot reach into the prototype of an object', () => {
    expect(readRequirements(clinicSupergraph()).ofField('__proto__', 'constructor').attested).toEqual([]);
  });
});

describe('scopes', () => {
  test('of a type and a field are all needed, in their smallest combinations', () => {
    const sdl = supergraph(
      'type Query @join__type(graph: A) { t: T @requiresScopes(scopes: [["a"], ["b"]]) } type T @join__type(graph: A) @requiresScopes(scopes: [["a"], ["c"]]) { id: ID! }',
      '@link(url: "https://specs.apollo.dev/requiresScopes/v0.1", for: SECURITY)',
    );
    expect(readRequirements(sdl).ofField('Query', 't').scopes).toEqual([['a'], ['b', 'c']]);
  });
});
