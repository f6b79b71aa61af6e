import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  ATTESTATION_SCOPE,
  type AttestationSubgraphWorld,
  insecureEvidence,
  openEnclaveEvidence,
  snpEvidence,
  startAttestationSubgraphWorld,
  SUBMIT_EVIDENCE as SUBMIT,
  submitEvidence,
  type SubmissionFound,
  type SubmittedEvidence,
  tdxEvidence,
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
const platform = () => world.system.service.platform;
const ofPatient = () => insecureEvidence(platform(), { measurement: measurementOf('patient') });
const outcomes = ({ verdicts }: SubmissionFound) =>
  verdicts.map(({ policy, outcome, code }) => [policy, outcome, code]);

describe('evidence that is submitted', () => {
  test('is accepted where it is genuine and every policy that is asked for accepts it', async () => {
    const found = await submit(ofPatient());
    expect(found).toMatchObject({
      kind: 'SGX_ENCLAVE',
      evidenceSha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      receivedAt: Math.floor(world.time / 1000),
      verification: { outcome: 'ACCEPTED', code: null, reason: null, service: world.system.service.url },
      attestationResult: {
        teeType: 'sgx',
        measurement: measurementOf('patient'),
        origin: 'EVIDENCE',
        enclave: 'patient',
      },
    });
    expect(outcomes(found)).toEqual([
      ['component', 'ACCEPTED', null],
      ['imaging', 'ACCEPTED', null],
      ['patient-record', 'ACCEPTED', null],
    ]);
    expect(outcomes(await submit(ofPatient(), 'imaging'))).toEqual([['imaging', 'ACCEPTED', null]]);
  });

  test.each<[string, () => SubmittedEvidence, string, string]>([
    ['Open Enclave', () => openEnclaveEvidence(ofPatient()), 'sgx', measurementOf('patient')],
    ['TDX', () => tdxEvidence(), 'tdx', '7d01'.repeat(24)],
    ['SEV-SNP', () => snpEvidence(), 'sev-snp', expect.stringMatching(/^[0-9a-f]{96}$/) as unknown as string],
  ])('of %s gives a result of its TEE', async (_, evidence, teeType, measurement) => {
    const found = await submit(evidence(), 'component');
    expect(found.verification).toMatchObject({ outcome: 'ACCEPTED' });
    expect(found.attestationResult).toMatchObject({ teeType, measurement });
  });

  test('is not acceptable with every failed claim where it is genuine and another build, in debug mode', async () => {
    const found = await submit(
      insecureEvidence(platform(), { measurement: 'ee'.repeat(32), debug: true }),
      'component',
    );
    expect(found.verification).toMatchObject({ outcome: 'ACCEPTED' });
    expect(found.attestationResult).toMatchObject({ debug: true, enclave: null });
    expect(found.verdicts[0]).toMatchObject({ outcome: 'NOT_ACCEPTABLE', code: 'POLICY_NOT_SATISFIED' });
    expect(found.verdicts[0]?.failures).toEqual([
      { claim: 'measurement', expected: expect.stringContaining('reference value'), actual: 'ee'.repeat(32) },
      { claim: 'debug', expected: 'false', actual: 'true' },
    ]);
    expect(found.verdicts[0]).toMatchObject({ reason: expect.stringContaining('debug is true, not false') });
  });

  test.each<[string, number, string]>([
    ['the report', 48 + 70, 'EVIDENCE_SIGNATURE_INVALID'],
    ['the signature', 436 + 5, 'EVIDENCE_SIGNATURE_INVALID'],
    ['the report data', 48 + 320, 'EVIDENCE_SIGNATURE_INVALID'],
  ])('is not genuine where one bit of %s is another', async (_, at, code) => {
    const found = await submit(withFlippedBit(ofPatient(), at));
    expect(found.verification).toMatchObject({
      outcome: 'NOT_GENUINE',
      code,
      serviceCode: 'InvalidParameter',
      reason: expect.stringMatching(/./),
    });
    expect(found.attestationResult).toBeNull();
    expect(outcomes(found)).toEqual(
      ['component', 'imaging', 'patient-record'].map((policy) => [policy, 'NOT_GENUINE', code]),
    );
  });

  test('is not genuine where the runtime data is not what it vouches for', async () => {
    const other = { data: Buffer.from('{"keys":[1]}').toString('base64url') };
    expect((await submit({ ...ofPatient(), runtimeData: other })).verification).toMatchObject({
      outcome: 'NOT_GENUINE',
      code: 'EVIDENCE_BINDING_MISMATCH',
    });
  });

  test('is not genuine where it is of another TEE than it is said to be', async () => {
    const found = await submit({ ...ofPatient(), kind: 'TDX_VM' });
    expect(found.verification).toMatchObject({ outcome: 'NOT_GENUINE', code: 'EVIDENCE_MALFORMED' });
  });

  test('repeats the nonce that came with it', async () => {
    const { attestationResult } = await submit({ ...ofPatient(), nonce: 'a nonce' });
    const { data } = await world.ask('query ($id: ID!) { attestationResult(id: $id) { claims { name value } } }', {
      id: attestationResult?.id,
    });
    expect((data?.attestationResult as { claims: unknown[] }).claims).toContainEqual({
      name: 'nonce',
      value: '"a nonce"',
    });
  });

  test.each<[string, Partial<SubmittedEvidence>, string]>([
    ['is not base64url', { evidence: 'a/b+' }, 'BAD_INPUT'],
    ['is empty', { evidence: '' }, 'BAD_INPUT'],
    ['has more than 32 KiB', { evidence: 'A'.repeat(45_000) }, 'TOO_LARGE'],
    ['comes with more than 8 KiB of runtime data', { runtimeData: { data: 'A'.repeat(11_000) } }, 'TOO_LARGE'],
    ['comes with runtime data that is not base64url', { runtimeData: { data: '{}' } }, 'BAD_INPUT'],
    ['comes with an empty nonce', { nonce: '' }, 'BAD_INPUT'],
    ['comes with a nonce of 257 characters', { nonce: 'n'.repeat(257) }, 'BAD_INPUT'],
  ])('is refused as input where it %s', async (_, change, code) => {
    const { data, errors } = await world.ask(SUBMIT, { evidence: { ...ofPatient(), ...change } });
    expect([data, errors?.[0]?.extensions.code]).toEqual([{ submitEvidence: null }, code]);
  });

  test('is refused as input where its runtime data is said to be JSON and is not', async () => {
    const evidence = insecureEvidence(platform(), {
      measurement: measurementOf('patient'),
      runtime: Buffer.from('no JSON'),
    });
    const { data, errors } = await world.ask(SUBMIT, { evidence });
    expect([data, errors?.[0]?.extensions.code]).toEqual([{ submitEvidence: null }, 'BAD_INPUT']);
    const binary = { ...evidence, runtimeData: { ...evidence.runtimeData, type: 'BINARY' as const } };
    expect((await submit(binary)).verification).toMatchObject({ outcome: 'ACCEPTED' });
  });

  test.each<[string, string[], string | undefined, string]>([
    ['callers who have not signed in', [], undefined, 'UNAUTHENTICATED'],
    ['callers without the scope', ['user/Patient.read'], undefined, 'SCOPE_MISSING'],
    ['policies that do not exist', [ATTESTATION_SCOPE], 'constructor', 'NOT_FOUND'],
  ])('is not taken from or for %s', async (_, scopes, policy, code) => {
    const { data, errors } = await world.ask(SUBMIT, { evidence: ofPatient(), policy }, scopes);
    expect([data, errors?.[0]?.extensions.code]).toEqual([{ submitEvidence: null }, code]);
  });
});

describe('evidence for which the attestation service gives no answer could not be told', () => {
  afterAll(() => world.restart());
  const unknown = (code: string) =>
    ['component', 'imaging', 'patient-record'].map((policy) => [policy, 'COULD_NOT_TELL', code]);

  test('where the service is not there', async () => {
    await world.restart({ attestationService: 'http://127.0.0.1:9' });
    const found = await submit(ofPatient());
    expect(found.verification).toMatchObject({
      outcome: 'COULD_NOT_TELL',
      code: 'ISSUER_UNREACHABLE',
      serviceCode: null,
    });
    expect(outcomes(found)).toEqual(unknown('ISSUER_UNREACHABLE'));
  });

  test('where the service does not answer in time', async () => {
    const mute = await startLocalServer(() => undefined);
    await world.restart({ attestationService: mute.url, attestationServiceTimeoutMs: 200 });
    const found = await submit(ofPatient());
    await mute.close();
    expect(found.verification).toMatchObject({ outcome: 'COULD_NOT_TELL', code: 'TIMEOUT' });
    expect(outcomes(found)).toEqual(unknown('TIMEOUT'));
  });

  test('and no more than eight callers wait for one', async () => {
    const mute = await startLocalServer(() => undefined);
    await world.restart({ attestationService: mute.url, attestationServiceTimeoutMs: 500 });
    const evidence = ofPatient();
    const answers = await Promise.all(Array.from({ length: 10 }, () => world.ask(SUBMIT, { evidence })));
    await mute.close();
    const codes = answers.flatMap(({ errors }) => errors?.map(({ extensions }) => extensions.code) ?? []);
    expect(codes).toEqual(['BUSY', 'BUSY']);
  });

  test('where its collateral has expired', async () => {
    await world.restart();
    world.setPlatform({ collateralExpired: true });
    const found = await submit(ofPatient());
    world.setPlatform({});
    expect(found.verification).toMatchObject({
      outcome: 'COULD_NOT_TELL',
      code: 'COLLATERAL_UNAVAILABLE',
      serviceCode: 'ServiceUnavailable',
    });
  });

  test('where it answers with something else, or with more than anybody needs', async () => {
    for (const answer of ['<html>', '{"token":7}', `{"token":"${'a'.repeat(300_000)}"}`]) {
      const other = await startLocalServer((_, response) => response.end(answer));
      await world.restart({ attestationService: other.url });
      expect((await submit(ofPatient())).verification).toMatchObject({
        outcome: 'COULD_NOT_TELL',
        code: 'UPSTREAM_FAILED',
      });
      await other.close();
    }
  });
});

describe('an answer of the attestation service is not believed', () => {
  afterAll(() => world.restart());
  const answering = async (token: string): Promise<SubmissionFound> => {
    const other = await startLocalServer((_, response) => response.end(JSON.stringify({ token })));
    await world.restart({ attestationService: other.url });
    const found = await submit(ofPatient());
    await other.close();
    return found;
  };

  test('where its token is not signed by a trusted issuer', async () => {
    const { token } = (await world.system.identity('patient')).result();
    const [header, payload] = token.split('.');
    expect((await answering(`${header ?? ''}.${payload ?? ''}.AAAA`)).verification).toMatchObject({
      outcome: 'NOT_GENUINE',
      code: 'RESULT_SIGNATURE_INVALID',
    });
  });

  test('where its token is genuine and of other evidence', async () => {
    const { token } = (await world.system.identity('patient')).result();
    const { verification, attestationResult } = await answering(token);
    expect(verification).toMatchObject({ outcome: 'NOT_GENUINE', code: 'RESULT_BINDING_MISMATCH' });
    expect(attestationResult).toBeNull();
  });

  test('where its token is genuine, of this evidence, and was made for another request', async () => {
    const fields = ofPatient();
    const response = await fetch(`${world.system.service.url}/attest/SgxEnclave?api-version=2022-08-01`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        quote: fields.evidence,
        runtimeData: { ...fields.runtimeData, dataType: 'JSON' },
        nonce: 'of another request',
      }),
    });
    const { token } = (await response.json()) as { token: string };
    expect((await answering(token)).verification).toMatchObject({
      outcome: 'NOT_GENUINE',
      code: 'RESULT_BINDING_MISMATCH',
      reason: expect.stringContaining('nonce'),
    });
  });
});
