import { describe, expect, test } from '@jest/globals';
import { buildSchema, parse, printSchema } from 'graphql';
import { createContracts, type ContractCaller } from '../../../gateway/contracts/contracts.js';
import type { ContractDefinition } from '../../../gateway/contracts/definition.js';
import { publishedSchema } from '../../../schema/publishedSchema.js';
import { composed, onlyContract, ownContracts, ownSupergraph } from './supergraphs.js';

const ours = ownContracts();

function person(changes: Partial<ContractCaller> = {}): ContractCaller {
  return { kind: 'person', id: 'somebody', roles: [], scopes: [], ...changes };
}
const anonymous: ContractCaller = { kind: 'anonymous', id: '', roles: [], scopes: [] };

describe('our own contracts', () => {
  const rows: [who: string, caller: ContractCaller, contract: string][] = [
    ['nobody who signed in', anonymous, 'public'],
    ['somebody without a role', person(), 'public'],
    ['a clinician', person({ roles: ['clinician'] }), 'staff'],
    ['somebody with a scope of the staff', person({ scopes: ['user/Patient.read'] }), 'staff'],
    ['an enclave that calls', { kind: 'enclave', id: 'patient', roles: [], scopes: [] }, 'staff'],
    ['an enclave that nobody named', { kind: 'enclave', id: 'inference', roles: [], scopes: [] }, 'public'],
    ['a person named as an enclave is', person({ id: 'patient' }), 'public'],
    ['a partner', person({ roles: ['partner'] }), 'partner'],
    [
      'a partner for a clinician',
      person({ roles: ['partner', 'clinician'], scopes: ['user/Patient.write'] }),
      'partner',
    ],
  ];
  test.each(rows)('%s gets theirs', (_who, caller, name) => {
    expect(ours.select(caller).name).toBe(name);
  });

  test('of the staff hold all of the supergraph', () => {
    const { schema, namesBeyond } = ours.select(person({ roles: ['auditor'] }));
    expect(printSchema(schema)).toBe(printSchema(publishedSchema(parse(ownSupergraph))));
    expect(namesBeyond.size).toBe(0);
  });

  test('of partners read records and write nothing', () => {
    const { schema, coordinates, sdl } = ours.select(person({ roles: ['partner'] }));
    expect(schema.getMutationType()).toBeUndefined();
    expect([...coordinates]).toEqual(
      expect.arrayContaining([
        'Query.patient(id:)',
        'Patient.family',
        'DiagnosticReport.observation',
        'Query.enclaves',
      ]),
    );
    for (const hidden of ['Query.auditEvents', 'Query.communications', 'ImagingStudy.imageReference', 'Mutation'])
      expect(coordinates).not.toContain(hidden);
    expect(sdl).toContain('family: String @attested(policy: "patient-record")');
    expect(sdl).toContain('@requiresScopes(scopes: [["user/Patient.read"]])');
    expect(sdl).not.toMatch(/@tag|@join|@inaccessible|@link/);
  });

  test('for everybody hold no patient', () => {
    const { coordinates } = ours.select(anonymous);
    expect([...coordinates].filter((coordinate) => /patient|imaging|report/i.test(coordinate))).toEqual([]);
    expect(coordinates).toContain('Query.diagnosisModels');
  });

  test('can be downloaded as schemas that hold together', () => {
    for (const { sdl } of ours.all) expect(() => buildSchema(sdl)).not.toThrow();
  });
});

describe('who asks for another contract', () => {
  test('gets a narrower one that is for them', () => {
    expect(ours.select(person({ roles: ['partner'] }), 'public').name).toBe('public');
    expect(ours.select(person({ roles: ['clinician'] }), 'public').name).toBe('public');
  });

  test('gets their own by its name', () => {
    expect(ours.select(anonymous, 'public').name).toBe('public');
  });

  const rows: [why: string, caller: ContractCaller, asked: string][] = [
    ['a wider one', anonymous, 'staff'],
    ['a wider one that other rights of theirs would give', person({ roles: ['partner', 'clinician'] }), 'staff'],
    ['a narrower one that is not for them', person({ roles: ['clinician'] }), 'partner'],
    ['one that is not there', person({ roles: ['clinician'] }), 'nowhere'],
    ['one that is named as what every object has', person(), '__proto__'],
  ];
  test.each(rows)('does not get %s, and does not learn whether it is there', (_why, caller, asked) => {
    expect(() => ours.select(caller, asked)).toThrow(
      expect.objectContaining({ code: 'NOT_FOUND', message: 'There is no such contract for this caller.' }),
    );
  });
});

describe('a contract by client', () => {
  const sdl = composed('type Query { a: Int @tag(name: "x") b: Int }');
  const contracts: ContractDefinition[] = [
    onlyContract({ name: 'all' }),
    onlyContract({
      name: 'app',
      precedence: 1,
      isDefault: false,
      include: ['x'],
      audience: { enclaves: [], roles: [], scopes: [], clients: ['app-1'] },
    }),
  ];
  const app = createContracts({ supergraphSdl: sdl, contracts });

  test('is for tokens that were issued to it', () => {
    expect(app.select(person({ client: 'app-1' })).name).toBe('app');
    expect(app.select(person({ client: 'app-2' })).name).toBe('all');
    expect(app.select(person()).name).toBe('all');
  });
});

describe('contracts are refused', () => {
  const sdl = composed(`
    type Query { a(x: Int! @tag(name: "x")): Int b: B c: Int @tag(name: "y") }
    type B @tag(name: "x") { id: ID }
  `);

  test('with every problem of each', () => {
    const contracts = [
      onlyContract({ exclude: ['x', 'nobody-has-it'] }),
      onlyContract({ name: 'second', isDefault: false, precedence: 1, exclude: ['x'] }),
    ];
    expect(() => createContracts({ supergraphSdl: sdl, contracts })).toThrow(
      [
        'The contracts do not fit the supergraph:',
        '- only: nothing has the tag nobody-has-it',
        '- second: Query.a(x:) is required, and has the excluded tag x',
        '- second: Query.b is of the type B, which has the excluded tag x',
      ].join('\n'),
    );
  });
});
