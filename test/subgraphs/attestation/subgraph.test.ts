import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  ATTESTATION_SCOPE,
  type AttestationSubgraphWorld,
  insecureEvidence,
  startAttestationSubgraphWorld,
  type SubmittedEvidence,
  submitEvidence,
  withFlippedBit,
} from '../../support/attestationSubgraph.js';
import { measurementOf } from '../../support/issuer.js';
import { startLocalServer } from '../../support/localServer.js';

let world: AttestationSubgraphWorld;
beforeAll(async () => {
  world = await startAttestationSubgraphWorld();
});
afterAll(() => world.close());

const submit = (evidence: SubmittedEvidence, policy?: string) => submitEvidence(world, evidence, policy);
const ofPatient = () => insecureEvidence(world.system.service.platform, { measurement: measurementOf('patient') });

describe('the enclaves', () => {
  test('are shown to everybody with their results and what each policy says of them', async () => {
    const { data, errors } = await world.ask(
      `{
        enclaves {
          name reachable reason recognizedAs upgrading probedAt lastSeen since
          status { outcome code measurement tcbStatus failures { claim } }
          referenceValues { measurement signer matches }
          attestationResult {
            id issuer teeType simulated platform measurement debug tcbStatus advisoryIds tcbEvaluationDataNumber
            issuedAt expiresAt ageSeconds keys issuerPolicyHashes enclave verifiedAt origin restored claims { name value }
          }
          lastAttestationResult { measurement }
          verdicts { policy outcome code failures { claim expected actual } }
          statusChanges { from { outcome } to { outcome } }
        }
      }`,
      {},
      [],
    );
    expect(errors).toBeUndefined();
    const [known, unreachable] = data?.enclaves as Record<string, unknown>[];
    const now = Math.floor(world.time / 1000);
    expect(known).toMatchObject({
      name: 'patient',
      reachable: true,
      reason: null,
      recognizedAs: 'patient',
      upgrading: false,
      probedAt: now,
      lastSeen: now,
      since: now,
      status: { outcome: 'ACCEPTED', code: null, measurement: measurementOf('patient'), tcbStatus: 'UpToDate' },
      referenceValues: [{ measurement: measurementOf('patient'), signer: null, matches: true }],
      attestationResult: {
        teeType: 'sgx',
        simulated: true,
        platform: 'insecure',
        measurement: measurementOf('patient'),
        debug: false,
        tcbStatus: 'UpToDate',
        advisoryIds: [],
        tcbEvaluationDataNumber: 1,
        ageSeconds: 0,
        keys: ['tls', 'receipt'],
        issuerPolicyHashes: [expect.stringMatching(/^[\w-]{43}$/)],
        enclave: 'patient',
        verifiedAt: now,
        origin: 'PROBE',
        restored: false,
      },
      lastAttestationResult: { measurement: measurementOf('patient') },
      statusChanges: [{ from: null, to: { outcome: 'ACCEPTED' } }],
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
    expect(unreachable).toMatchObject({
      name: 'inference',
      reachable: false,
      attestationResult: null,
      lastAttestationResult: null,
      lastSeen: null,
      recognizedAs: null,
      status: { outcome: 'COULD_NOT_TELL', code: 'PEER_UNREACHABLE', measurement: null },
      referenceValues: [{ matches: false }],
    });
    expect(unreachable?.verdicts).toContainEqual({
      policy: 'imaging',
      outcome: 'COULD_NOT_TELL',
      code: 'PEER_UNREACHABLE',
      failures: [],
    });
  });

  test('are found by name, and null where there is none', async () => {
    const query = '{ known: enclave(name: "patient") { name } unknown: enclave(name: "other") { name } }';
    expect((await world.ask(query, {}, [])).data).toEqual({ known: { name: 'patient' }, unknown: null });
  });
});

describe('by its identifier', () => {
  const RESULT = `query ($id: ID!) { attestationResult(id: $id) { id measurement origin restored verdicts { policy policySha256 outcome code reason failures { claim expected actual } } } }`;
  const APPRAISAL = `query ($id: ID!) {
    evidenceAppraisal(id: $id) { id kind verification { outcome code } attestationResult { id } verdicts { outcome } }
  }`;

  test('a result can be read, and what was found of evidence, also when it was refused', async () => {
    const accepted = await submit(ofPatient());
    const refused = await submit(withFlippedBit(ofPatient(), 441), 'component');
    const result = accepted.attestationResult as { id: string };
    expect((await world.ask(RESULT, { id: result.id })).data?.attestationResult).toMatchObject({
      id: result.id,
      measurement: measurementOf('patient'),
      restored: false,
      verdicts: accepted.verdicts,
    });
    expect((await world.ask(APPRAISAL, { id: accepted.id })).data?.evidenceAppraisal).toMatchObject({
      kind: 'SGX_ENCLAVE',
      attestationResult: { id: result.id },
    });
    expect((await world.ask(APPRAISAL, { id: refused.id })).data?.evidenceAppraisal).toEqual({
      id: refused.id,
      kind: 'SGX_ENCLAVE',
      verification: { outcome: 'NOT_GENUINE', code: 'EVIDENCE_SIGNATURE_INVALID' },
      attestationResult: null,
      verdicts: [{ outcome: 'NOT_GENUINE' }],
    });
  });

  test('both can be read after a restart, and the result says that it was not verified again', async () => {
    const { id, attestationResult } = await submit(ofPatient());
    await world.restart();
    const { data } = await world.ask(RESULT, { id: attestationResult?.id });
    expect(data?.attestationResult).toMatchObject({ restored: true, origin: 'EVIDENCE' });
    expect((await world.ask(APPRAISAL, { id })).data?.evidenceAppraisal).toMatchObject({ id });
  });

  test('nothing is found where it was never verified, or too long ago', async () => {
    expect((await world.ask(RESULT, { id: 'constructor' })).data).toEqual({ attestationResult: null });
    expect((await world.ask(APPRAISAL, { id: 'unknown' })).data).toEqual({ evidenceAppraisal: null });
    const { attestationResult } = await submit(ofPatient());
    await world.restart({ retentionDays: 1 });
    const { time } = world;
    world.time += 7 * 3_600_000;
    expect((await world.ask(RESULT, { id: attestationResult?.id })).data?.attestationResult).not.toBeNull();
    world.time = time;
    await world.restart();
  });

  test.each([
    ['callers who have not signed in', [], 'UNAUTHENTICATED'],
    ['callers without the scope', ['user/Patient.read'], 'SCOPE_MISSING'],
  ])('nothing is told to %s', async (_, scopes, code) => {
    const { attestationResult, id } = await submit(ofPatient());
    const answers = [
      await world.ask(RESULT, { id: attestationResult?.id }, scopes),
      await world.ask(APPRAISAL, { id }, scopes),
    ];
    expect(answers.map(({ errors }) => errors?.[0]?.extensions.code)).toEqual([code, code]);
    const entities = await world.ask(
      'query ($of: [_Any!]!) { _entities(representations: $of) { ... on AttestationResult { measurement } } }',
      { of: [{ __typename: 'AttestationResult', id: attestationResult?.id }] },
      scopes,
    );
    expect(entities.errors?.[0]?.extensions.code).toBe(code);
  });

  test('other subgraphs’ entities lead to it: the audit trail does', async () => {
    const { attestationResult } = await submit(ofPatient());
    const entities =
      'query ($of: [_Any!]!) { _entities(representations: $of) { __typename ... on AuditEvent { releasedOn { id } } ... on AttestationResult { origin } } }';
    const of = [
      { __typename: 'AuditEvent', id: '1', attestationResult: attestationResult?.id },
      { __typename: 'AuditEvent', id: '2', attestationResult: null },
      { __typename: 'AuditEvent', id: '3', attestationResult: 'unknown' },
      { __typename: 'AttestationResult', id: attestationResult?.id },
      { __typename: 'AttestationResult', id: 'unknown' },
    ];
    const { data, errors } = await world.ask(entities, { of });
    expect(errors).toBeUndefined();
    expect(data?._entities).toEqual([
      { __typename: 'AuditEvent', releasedOn: { id: attestationResult?.id } },
      { __typename: 'AuditEvent', releasedOn: null },
      { __typename: 'AuditEvent', releasedOn: null },
      { __typename: 'AttestationResult', origin: 'EVIDENCE' },
      null,
    ]);
  });

  test('no token is found in what is kept', async () => {
    const { token } = (await world.system.identity('diagnosis')).result();
    await world.ask('query ($token: String!) { appraise(token: $token, policy: "imaging") { outcome } }', { token });
    await world.restart();
    const texts = readdirSync(world.data).map((file) => readFileSync(join(world.data, file), 'utf8'));
    expect(texts.join('')).toContain('"origin":"TOKEN"');
    expect(texts.join('')).not.toContain(token.split('.')[2]);
  });
});

describe('the policies', () => {
  test('in force are shown whole, with digest, history and what development changed', async () => {
    const { data } = await world.ask(
      `{
        policies {
          name enclaves acceptsSimulated recipientChannels notice document sha256 since
          overlay { name members } history { sha256 since until document }
        }
        policy(name: "imaging") { maximumAgeSeconds }
      }`,
      {},
      [],
    );
    const [component, imaging] = data?.policies as { name: string; document: string; sha256: string }[];
    expect([component?.name, imaging?.name]).toEqual(['component', 'imaging']);
    expect(imaging).toMatchObject({
      acceptsSimulated: true,
      recipientChannels: ['sealed', 'local'],
      notice: expect.stringContaining('development'),
      overlay: { name: 'development', members: ['acceptsSimulated', 'recipientChannels', 'notice'] },
      history: [{ sha256: imaging?.sha256, until: null }],
    });
    expect(JSON.parse(imaging?.document ?? '')).toMatchObject({ name: 'imaging', acceptsSimulated: true });
    expect(data?.policy).toEqual({ maximumAgeSeconds: 28_800 });
  });

  test('keep their former versions, also over restarts', async () => {
    const { trust } = world.system;
    const { time } = world;
    const ask = async () => {
      const query = '{ policy(name: "imaging") { sha256 since history { sha256 since until } } }';
      return (await world.ask(query, {}, [])).data?.policy as { sha256: string; since: number; history: unknown[] };
    };
    const before = await ask();
    const stricter = { ...trust.policy('imaging'), maximumAgeSeconds: 60 };
    world.time += 60_000;
    await world.restart({}, { ...trust, policies: new Map([...trust.policies, ['imaging', stricter]]) });
    const after = await ask();
    expect(after.sha256).not.toBe(before.sha256);
    expect(after).toMatchObject({
      since: before.since + 60,
      history: [
        { sha256: after.sha256, since: before.since + 60, until: null },
        { sha256: before.sha256, since: before.since, until: before.since + 60 },
      ],
    });
    world.time = time;
    await world.restart();
    expect((await ask()).history).toHaveLength(3);
  });
});

describe('the policies of the attestation service', () => {
  const QUERY = `{
    attestationService {
      url code reason mode policies { kind hash text signer isDefault since history { hash since } }
    }
  }`;
  afterAll(() => world.restart());

  test('are shown with the hash that its results carry', async () => {
    const { data } = await world.ask(
      `${QUERY.slice(0, -1)} enclave(name: "patient") { attestationResult { issuerPolicyHashes } } }`,
    );
    const service = data?.attestationService as { policies: { kind: string; hash: string; text: string }[] };
    expect(service).toMatchObject({ url: world.system.service.url, code: null, reason: null, mode: 'shared' });
    expect(service.policies.map(({ kind }) => kind)).toEqual(['SGX_ENCLAVE', 'OPEN_ENCLAVE', 'TDX_VM', 'SEV_SNP_VM']);
    expect(service.policies[0]?.text).toContain('version');
    expect(data?.enclave).toEqual({ attestationResult: { issuerPolicyHashes: [service.policies[0]?.hash] } });
  });

  test('could not be told where the service is away', async () => {
    await world.restart({ attestationService: 'http://127.0.0.1:9' });
    expect((await world.ask(QUERY)).data?.attestationService).toEqual({
      url: 'http://127.0.0.1:9',
      code: 'ISSUER_UNREACHABLE',
      reason: expect.any(String),
      mode: null,
      policies: null,
    });
  });

  test('could not be told where the service does not show them, as Azure’s does not', async () => {
    const azure = await startLocalServer((_, response) => response.writeHead(404).end('{}'));
    await world.restart({ attestationService: azure.url });
    const { data } = await world.ask(QUERY);
    await azure.close();
    expect(data?.attestationService).toMatchObject({ code: 'UPSTREAM_FAILED', policies: null });
  });
});

describe('appraise', () => {
  const APPRAISE =
    'query ($token: String!, $policy: ID!) { appraise(token: $token, policy: $policy) { policy outcome code failures { claim } } }';
  const tokenOf = async (name: string): Promise<string> => (await world.system.identity(name)).result().token;

  test('answers what a policy says of a token', async () => {
    const token = await tokenOf('diagnosis');
    expect((await world.ask(APPRAISE, { token, policy: 'imaging' })).data).toEqual({
      appraise: { policy: 'imaging', outcome: 'ACCEPTED', code: null, failures: [] },
    });
    expect((await world.ask(APPRAISE, { token, policy: 'patient-record' })).data).toEqual({
      appraise: {
        policy: 'patient-record',
        outcome: 'NOT_ACCEPTABLE',
        code: 'POLICY_NOT_SATISFIED',
        failures: [{ claim: 'enclave' }],
      },
    });
    expect((await world.ask(APPRAISE, { token: 'x.y.z', policy: 'imaging' })).data).toMatchObject({
      appraise: { outcome: 'NOT_GENUINE' },
    });
  });

  test.each<[string, string[], string, string]>([
    ['callers who have not signed in', [], 'imaging', 'UNAUTHENTICATED'],
    ['callers without the scope', ['user/Patient.read'], 'imaging', 'SCOPE_MISSING'],
    ['policies that do not exist', [ATTESTATION_SCOPE], 'other', 'NOT_FOUND'],
  ])('refuses %s', async (_, scopes, policy, code) => {
    const { data, errors } = await world.ask(APPRAISE, { token: await tokenOf('patient'), policy }, scopes);
    expect([data, errors?.[0]?.extensions.code]).toEqual([{ appraise: null }, code]);
  });
});
