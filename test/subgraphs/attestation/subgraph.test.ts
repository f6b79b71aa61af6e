import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { AttestedClient } from '../../../runtime/attestedClient.js';
import { type Listening, startAttestedListener } from '../../../runtime/attestedListener.js';
import { silentLog } from '../../../runtime/log.js';
import { createMetrics } from '../../../runtime/metrics.js';
import { startAttestationSubgraph } from '../../../subgraphs/attestation/subgraph.js';
import { askSubgraph } from '../../support/askSubgraph.js';
import { type AttestedWorld, startAttestedWorld } from '../../support/attestedWorld.js';
import { measurementOf } from '../../support/issuer.js';
import { checkout } from '../../support/shared.js';

let world: AttestedWorld;
let patient: Listening;
let attestation: Listening;
let gateway: AttestedClient;

beforeAll(async () => {
  world = await startAttestedWorld();
  const common = async (name: string) => ({
    identity: await world.identity(name),
    trust: world.trust,
    now: Date.now,
    log: silentLog,
    metrics: createMetrics(name, { processMetrics: false }),
  });
  patient = await startAttestedListener({ ...(await common('patient')), host: '127.0.0.1', port: 0 }, (_, response) =>
    response.end(),
  );
  attestation = await startAttestationSubgraph({
    ...(await common('attestation')),
    typeDefs: readFileSync(`${checkout}/schema/attestation.graphql`, 'utf8'),
    config: {
      host: '127.0.0.1',
      attestedPort: 0,
      enclaves: new Map([
        ['patient', `https://127.0.0.1:${patient.port}`],
        ['inference', 'https://127.0.0.1:9'],
      ]),
    },
  });
  gateway = await world.client('gateway', `https://127.0.0.1:${attestation.port}`, 'attestation');
});
afterAll(async () => {
  await world.close();
  await attestation.close();
  await patient.close();
});

const ask = async (query: string, scopes: string[] = [], variables: Record<string, unknown> = {}) =>
  askSubgraph(gateway, { query, scopes, variables });

describe('the enclaves', () => {
  test('are shown to everybody with their results and what each policy says of them', async () => {
    const { data, errors } = await ask(`{
      enclaves {
        name reachable reason
        attestationResult { id issuer teeType simulated measurement debug issuedAt expiresAt keys claims { name value } }
        verdicts { policy outcome code failures { claim expected actual } }
      }
    }`);
    expect(errors).toBeUndefined();
    const [known, unreachable] = data?.enclaves as Record<string, unknown>[];
    expect(known).toMatchObject({
      name: 'patient',
      reachable: true,
      reason: null,
      attestationResult: {
        teeType: 'sgx',
        simulated: true,
        measurement: measurementOf('patient'),
        debug: false,
        keys: ['tls', 'receipt'],
      },
    });
    expect(
      (known?.verdicts as { policy: string; outcome: string }[]).map(({ policy, outcome }) => [policy, outcome]),
    ).toEqual([
      ['component', 'ACCEPTED'],
      ['imaging', 'ACCEPTED'],
      ['patient-record', 'ACCEPTED'],
    ]);
    const claims = (known?.attestationResult as { claims: { name: string; value: string }[] }).claims;
    expect(claims.map(({ name }) => name)).toEqual(claims.map(({ name }) => name).sort());
    expect(claims.every(({ value }) => JSON.stringify(JSON.parse(value)) === value)).toBe(true);
    expect(unreachable).toMatchObject({ name: 'inference', reachable: false, attestationResult: null });
    expect(unreachable?.verdicts).toContainEqual({
      policy: 'imaging',
      outcome: 'COULD_NOT_TELL',
      code: 'PEER_UNREACHABLE',
      failures: [],
    });
  });

  test('are found by name, and null where there is none', async () => {
    const { data } = await ask('{ known: enclave(name: "patient") { name } unknown: enclave(name: "other") { name } }');
    expect(data).toEqual({ known: { name: 'patient' }, unknown: null });
  });
});

describe('the policies', () => {
  test('in force are shown whole, with the notice of development', async () => {
    const { data } = await ask(
      '{ policies { name enclaves acceptsSimulated recipientChannels notice document } policy(name: "imaging") { maximumAgeSeconds } }',
    );
    const [component, imaging] = data?.policies as {
      name: string;
      document: string;
      recipientChannels: string[];
    }[];
    expect([component?.name, imaging?.name]).toEqual(['component', 'imaging']);
    expect(imaging).toMatchObject({
      acceptsSimulated: true,
      recipientChannels: ['sealed', 'local'],
      notice: expect.stringContaining('development'),
    });
    expect(JSON.parse(imaging?.document ?? '')).toMatchObject({ name: 'imaging', acceptsSimulated: true });
    expect(data?.policy).toEqual({ maximumAgeSeconds: 28_800 });
  });
});

describe('appraise', () => {
  const APPRAISE =
    'query ($token: String!, $policy: ID!) { appraise(token: $token, policy: $policy) { policy outcome code failures { claim } } }';
  const scope = ['user/AttestationResult.read'];
  const tokenOf = async (name: string): Promise<string> => (await world.identity(name)).result().token;

  test('answers what a policy says of a token', async () => {
    const token = await tokenOf('diagnosis');
    expect((await ask(APPRAISE, scope, { token, policy: 'imaging' })).data).toEqual({
      appraise: { policy: 'imaging', outcome: 'ACCEPTED', code: null, failures: [] },
    });
    expect((await ask(APPRAISE, scope, { token, policy: 'patient-record' })).data).toEqual({
      appraise: {
        policy: 'patient-record',
        outcome: 'NOT_ACCEPTABLE',
        code: 'POLICY_NOT_SATISFIED',
        failures: [{ claim: 'enclave' }],
      },
    });
    expect((await ask(APPRAISE, scope, { token: 'x.y.z', policy: 'imaging' })).data).toMatchObject({
      appraise: { outcome: 'NOT_GENUINE' },
    });
  });

  test.each<[string, string[], string, string]>([
    ['callers who have not signed in', [], 'imaging', 'UNAUTHENTICATED'],
    ['callers without the scope', ['user/Patient.read'], 'imaging', 'SCOPE_MISSING'],
    ['policies that do not exist', scope, 'other', 'NOT_FOUND'],
  ])('refuses %s', async (_, scopes, policy, code) => {
    const { data, errors } = await ask(APPRAISE, scopes, { token: await tokenOf('patient'), policy });
    expect([data, errors?.[0]?.extensions.code]).toEqual([{ appraise: null }, code]);
  });
});
