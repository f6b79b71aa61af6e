import { describe, expect, test } from '@jest/globals';
import { anonymous, person, policy, wrongMeasurement } from '../support/clinic.js';
import { guardedGraph } from './support/guardedGraph.js';

const subgraphs = {
  records: `type Query { person: Person people: [Person!] scoped: String @requiresScopes(scopes: [["a"]]) about: String must: Must }
    type Person @key(fields: "id") { id: ID! name: String @attested(policy: "record") sample: String @attested(policy: "sample") status: String }
    type Must { never: String! @requiresScopes(scopes: [["b"]]) open: String }`,
  lab: `type Person @key(fields: "id") { id: ID! sample: String @external result: String @requires(fields: "sample") kit: String }`,
};
const data = {
  Query: { person: 'Person 1', people: ['Person 1', 'Person 2'], scoped: 'S', about: 'us', must: 'Must 1' },
  'Person 1': { __typename: 'Person', id: '1', name: 'Ada', sample: 'blood', status: 'in', result: 'good', kit: 'k' },
  'Person 2': { __typename: 'Person', id: '2', name: 'Ben', sample: 'bone', status: 'out', result: 'bad', kit: 'l' },
  'Must 1': { never: 'n', open: 'o' },
};
const graph = guardedGraph({ subgraphs, data });
const labIsWrong = { verdicts: { lab: wrongMeasurement } };

describe('what is refused', () => {
  test('is null with a coded error at its path, and the rest is served', async () => {
    const { body, errors, sent } = await graph.ask('{ people { name result kit } about }', { facts: labIsWrong });
    expect(body.data).toEqual({
      people: [
        { name: 'Ada', result: null, kit: 'k' },
        { name: 'Ben', result: null, kit: 'l' },
      ],
      about: 'us',
    });
    expect(errors).toEqual(['people.0.result POLICY_NOT_SATISFIED', 'people.1.result POLICY_NOT_SATISFIED']);
    expect(sent.lab).not.toContain('blood');
  });

  test('is not planned, so that its subgraph is not asked', async () => {
    expect(Object.keys((await graph.ask('{ person { result status } }', { facts: labIsWrong })).sent)).toEqual([
      'records',
    ]);
  });

  test('takes its parent along where null is not allowed', async () => {
    const { body, errors } = await graph.ask('{ must { never open } about }');
    expect(body.data).toEqual({ must: null, about: 'us' });
    expect(errors).toEqual(['must.never SCOPE_MISSING']);
  });

  test('is told to whoever counts refusals', async () => {
    const { refusals } = await graph.ask('{ person { result } scoped }', { facts: labIsWrong });
    expect(refusals.map(({ coordinate, code }) => `${coordinate} ${code}`)).toEqual([
      'Person.result POLICY_NOT_SATISFIED',
      'Query.scoped SCOPE_MISSING',
    ]);
  });

  test('is decided anew for each caller, though the operation is prepared once', async () => {
    const source = '{ person { name status } scoped }';
    const may = { facts: { caller: { ...person, scopes: ['a'] } } };
    expect((await graph.ask(source, may)).errors).toEqual([]);
    expect((await graph.ask(source, { facts: { caller: anonymous } })).errors).toEqual([
      'person.name UNAUTHENTICATED',
      'scoped UNAUTHENTICATED',
    ]);
    expect((await graph.ask(source)).errors).toEqual(['scoped SCOPE_MISSING']);
    expect((await graph.ask(source, may)).errors).toEqual([]);
  });

  test('of everything, leaves an answer of nulls', async () => {
    const { body, sent } = await graph.ask('{ scoped }');
    expect(body.data).toEqual({ scoped: null });
    expect(sent).toEqual({});
  });
});

describe('an answer with attested values', () => {
  const notices = new Map([['record', policy('record', { notice: 'Development only.' })]]);

  test('says what their policies say of them', async () => {
    const { body } = await graph.ask('{ person { name } }', { facts: { policies: notices } });
    expect(body.extensions).toEqual({ attestation: { simulated: false, notice: 'Development only.' } });
  });

  test('and with refusals, too', async () => {
    const { body } = await graph.ask('{ person { name } scoped }', { facts: { policies: notices } });
    expect(body.extensions).toEqual({ attestation: { simulated: false, notice: 'Development only.' } });
  });

  test('and one without says nothing', async () => {
    expect((await graph.ask('{ about }')).text).toBe('{"data":{"about":"us"}}');
  });
});

describe('in reject mode', () => {
  const strict = guardedGraph({ subgraphs, data, mode: 'reject' });

  test('one refused field refuses the operation, and nothing is sent', async () => {
    const { body, errors, sent } = await strict.ask('{ about scoped person { result } }', { facts: labIsWrong });
    expect(body.data).toBeUndefined();
    expect(errors).toEqual([' SCOPE_MISSING', ' POLICY_NOT_SATISFIED']);
    expect(sent).toEqual({});
  });

  test('an operation without refused fields is served', async () => {
    expect((await strict.ask('{ about }')).body.data).toEqual({ about: 'us' });
  });
});

describe('what the caller lacks authorization for', () => {
  const source = '{ scoped person { result } }';

  test('may be said beside the errors', async () => {
    const beside = guardedGraph({ subgraphs, data, authorizationIn: 'extensions' });
    const { body, errors } = await beside.ask(source, { facts: labIsWrong });
    expect(errors).toEqual(['person.result POLICY_NOT_SATISFIED']);
    expect(body.extensions?.authorizationErrors).toMatchObject([
      { path: ['scoped'], extensions: { code: 'SCOPE_MISSING' } },
    ]);
  });

  test('may be left unsaid; what an attestation refused may not', async () => {
    const silent = guardedGraph({ subgraphs, data, authorizationIn: 'nowhere' });
    const { body, errors, text } = await silent.ask(source, { facts: labIsWrong });
    expect(errors).toEqual(['person.result POLICY_NOT_SATISFIED']);
    expect(body.data).toEqual({ scoped: null, person: { result: null } });
    expect(text).not.toContain('SCOPE_MISSING');
  });
});

describe('parties', () => {
  test('are verified before they are decided on: those that the plan needs, and no others', async () => {
    const asked: string[][] = [];
    const graphOfParties = guardedGraph({
      subgraphs,
      data,
      verify: (parties) => {
        asked.push([...parties]);
        return Promise.resolve();
      },
    });
    await graphOfParties.ask('{ about }');
    await graphOfParties.ask('{ person { name kit } }');
    await graphOfParties.ask('{ person { result } }');
    expect(asked).toEqual([['records'], ['lab', 'records']]);
  });
});
