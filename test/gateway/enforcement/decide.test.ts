import { describe, expect, test } from '@jest/globals';
import { decide } from '../../../gateway/enforcement/decide.js';
import {
  analyseClinic,
  anonymous,
  decideClinic,
  enclaveCaller,
  facts,
  person,
  policy,
  unreachable,
  wrongMeasurement,
} from '../support/clinic.js';

const local = { ...person, channel: 'local' } as const;
const policiesWith = (overrides: Parameters<typeof policy>[1]) =>
  new Map(['record', 'sample'].map((name) => [name, policy(name, overrides)]));

type Row = [situation: string, operation: string, changes: Parameters<typeof facts>[0], refused: string[]];

describe('who calls', () => {
  const rows: Row[] = [
    ['anybody may have what is public', '{ about }', { caller: anonymous }, []],
    ['a signed-in person may have an attested value', '{ person(id: 1) { name } }', {}, []],
    [
      'nobody anonymous may have an authenticated field',
      '{ person(id: 1) { status } }',
      { caller: anonymous },
      ['Query.person UNAUTHENTICATED'],
    ],
    [
      'nobody anonymous may have an attested value, even where the channel is allowed',
      '{ find { name } }',
      { caller: { ...anonymous, channel: 'sealed' } },
      ['Person.name UNAUTHENTICATED'],
    ],
    ['scopes imply authentication', '{ scoped }', { caller: anonymous }, ['Query.scoped UNAUTHENTICATED']],
    [
      'one of two scopes is not enough',
      '{ scoped }',
      { caller: { ...person, scopes: ['a'] } },
      ['Query.scoped SCOPE_MISSING'],
    ],
    ['both scopes are enough', '{ scoped }', { caller: { ...person, scopes: ['a', 'b'] } }, []],
    ['the alternative scope is enough', '{ scoped }', { caller: { ...person, scopes: ['c'] } }, []],
  ];
  test.each(rows)('%s', (_, operation, changes, refused) => expect(decideClinic(operation, changes)).toEqual(refused));
});

describe('over which channel', () => {
  const rows: Row[] = [
    ['sealed is allowed by the policy', '{ people { name } }', { caller: person }, []],
    ['local is not', '{ people { name } }', { caller: local }, ['Person.name CHANNEL_NOT_ACCEPTED']],
    [
      'local is where the development overlay says so',
      '{ people { name } }',
      { caller: local, policies: policiesWith({ recipientChannels: ['sealed', 'local'] }) },
      [],
    ],
    [
      'a policy without channels lets no person have the value',
      '{ people { name } }',
      { policies: policiesWith({ recipientChannels: [] }) },
      ['Person.name CHANNEL_NOT_ACCEPTED'],
    ],
    [
      'a person may not claim the channel of enclaves',
      '{ people { name } }',
      { caller: { ...person, channel: 'attested' } },
      ['Person.name CHANNEL_NOT_ACCEPTED'],
    ],
    [
      'what is sent over a channel that is not allowed is not passed on',
      '{ find(name: "x") { id } }',
      { caller: local },
      ['Query.find CHANNEL_NOT_ACCEPTED'],
    ],
    ['an attested enclave needs no channel of persons', '{ people { name } }', { caller: enclaveCaller }, []],
    [
      'an enclave that does not satisfy the policy is no recipient',
      '{ people { name } }',
      { caller: enclaveCaller, verdicts: { '(caller)': wrongMeasurement } },
      ['Person.name POLICY_NOT_SATISFIED'],
    ],
    [
      'such an enclave may have what is not attested',
      '{ people { id status } }',
      { caller: enclaveCaller, verdicts: { '(caller)': wrongMeasurement } },
      [],
    ],
  ];
  test.each(rows)('%s', (_, operation, changes, refused) => expect(decideClinic(operation, changes)).toEqual(refused));
});

describe('which parties hold the value', () => {
  const rows: Row[] = [
    [
      'the producer must satisfy the policy',
      '{ people { name status } }',
      { verdicts: { records: wrongMeasurement } },
      ['Person.name POLICY_NOT_SATISFIED'],
    ],
    [
      'this gateway must satisfy the policy',
      '{ people { name status } }',
      { verdicts: { gateway: wrongMeasurement } },
      ['Person.name POLICY_NOT_SATISFIED'],
    ],
    [
      'a party that has no part in it may be anything',
      '{ people { name } }',
      { verdicts: { lab: wrongMeasurement } },
      [],
    ],
    [
      'could not tell is a refusal that says so',
      '{ people { name } }',
      { verdicts: { records: unreachable } },
      ['Person.name PEER_UNREACHABLE'],
    ],
    [
      'a subgraph that would get the value by @requires must satisfy the policy',
      '{ people { result status kit } }',
      { verdicts: { lab: wrongMeasurement } },
      ['Person.result POLICY_NOT_SATISFIED'],
    ],
    [
      'only under the policy of that value',
      '{ people { result } }',
      { verdicts: { 'lab/record': wrongMeasurement } },
      [],
    ],
    [
      'the producer of a required value counts too',
      '{ people { result } }',
      { verdicts: { 'records/sample': unreachable } },
      ['Person.result PEER_UNREACHABLE'],
    ],
    [
      'a required value is not shown to the caller, so no channel is needed for it',
      '{ people { result } }',
      { caller: local },
      [],
    ],
    [
      'a subgraph that would get an attested argument must satisfy the policy',
      '{ people { report(note: "x") } }',
      { verdicts: { lab: wrongMeasurement } },
      ['Person.report POLICY_NOT_SATISFIED'],
    ],
    ['without the argument nothing flows', '{ people { report } }', { verdicts: { lab: wrongMeasurement } }, []],
    ['a policy that is not in force refuses', '{ lost }', {}, ['Query.lost POLICY_UNKNOWN']],
  ];
  test.each(rows)('%s', (_, operation, changes, refused) => expect(decideClinic(operation, changes)).toEqual(refused));
});

describe('a refusal', () => {
  test('names policy, party and each failed claim', () => {
    const analysis = analyseClinic('{ people { result } }');
    const { refused } = decide(analysis, facts({ verdicts: { lab: wrongMeasurement } }));
    expect([...refused.values()]).toEqual([
      {
        code: 'POLICY_NOT_SATISFIED',
        coordinate: 'Person.result',
        policy: 'sample',
        party: 'lab',
        failures: [{ claim: 'measurement', expected: 'aa', actual: 'bb' }],
        message: 'Person.sample may not go to lab under the policy sample: measurement',
      },
    ]);
  });

  test('says which scopes would do', () => {
    const { refused } = decide(analyseClinic('{ scoped }'), facts());
    expect([...refused.values()][0]?.message).toBe('Query.scoped needs a with b, or c.');
  });

  test('names the channel that came and those that would do', () => {
    const { refused } = decide(analyseClinic('{ people { name } }'), facts({ caller: local }));
    expect([...refused.values()][0]?.message).toBe('Person.name goes over sealed; this request came over local.');
  });
});

describe('a release', () => {
  test('is nothing where no attested value is served', () => {
    expect(decide(analyseClinic('{ people { id } }'), facts()).release).toBeUndefined();
    expect(decide(analyseClinic('{ people { name } }'), facts({ caller: local })).release).toBeUndefined();
  });

  test('carries the notice of the policy and says that a party is simulated', () => {
    const changes = {
      policies: policiesWith({ notice: 'Development only.' }),
      verdicts: { records: { accepted: true, simulated: true } as const },
    };
    expect(decide(analyseClinic('{ people { name home { street } } }'), facts(changes)).release).toEqual({
      simulated: true,
      notices: ['Development only.'],
    });
  });
});
