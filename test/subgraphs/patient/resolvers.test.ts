/* eslint-disable @typescript-eslint/no-unsafe-member-access, @typescript-eslint/no-unsafe-assignment, @typescript-eslint/no-unsafe-call -- GraphQL answers have any shape */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ApolloServer } from '@apollo/server';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parse } from 'graphql';
import type { Caller } from '../../../runtime/caller.js';
import { formatGraphQLError } from '../../../runtime/refusalToGraphQL.js';
import { requestDiagnosis } from '../../../subgraphs/patient/diagnosticReport.js';
import { createLoaders } from '../../../subgraphs/patient/loaders.js';
import { type PatientContext, resolvers } from '../../../subgraphs/patient/resolvers.js';
import { enterAnswer } from '../../support/diagnosis.js';
import { CALLERS, INTAKE, somePatient, someStudy, testRecord, type TestRecord } from '../../support/patient.js';
import { checkout } from '../../support/shared.js';

let record: TestRecord;
let server: ApolloServer<PatientContext>;
let woken = 0;
beforeAll(async () => {
  record = await testRecord();
  const typeDefs = parse(readFileSync(join(checkout, 'schema/patient.graphql'), 'utf8'));
  server = new ApolloServer<PatientContext>({
    schema: buildSubgraphSchema([{ typeDefs, resolvers: resolvers as never }]),
    formatError: formatGraphQLError,
  });
  await server.start();
}, 60_000);
afterAll(async () => {
  await server.stop();
  await record.close();
});

interface Answer {
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- answers have any shape
  readonly data: any;
  readonly codes: unknown[];
  readonly errors: readonly { message: string }[];
}

async function ask(caller: Caller, query: string, variables: Record<string, unknown> = {}): Promise<Answer> {
  const contextValue: PatientContext = {
    caller,
    store: record,
    loaders: createLoaders(record, caller),
    refusedEntries: new Set(),
    attestedUrl: 'https://127.0.0.1:4011',
    wakeQueue: () => (woken += 1),
  };
  const { body } = await server.executeOperation({ query, variables }, { contextValue });
  if (body.kind !== 'single') throw new Error('one answer was expected');
  const { data, errors = [] } = JSON.parse(JSON.stringify(body.singleResult)) as {
    data: unknown;
    errors?: { message: string; extensions: { code: unknown } }[];
  };
  return { data, errors, codes: errors.map(({ extensions }) => extensions.code) };
}

async function withReports(count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let index = 0; index < count; index += 1) {
    const patient = await somePatient(record);
    for (const study of [await someStudy(record, patient.id), await someStudy(record, patient.id)])
      await requestDiagnosis(record, CALLERS.clinician, study.id);
    ids.push(patient.id);
  }
  await enterAnswer(record);
  return ids;
}

describe('the graph', () => {
  test('registers a patient and reads every field back', async () => {
    const fields = `id registeredAt given family gender birthDate nationalIdentifier phone email address { line city state postalCode country }
      allergies conditions admittedOn coverage { payor subscriberId }`;
    const registered = await ask(
      CALLERS.clerk,
      `mutation ($input: RegisterPatientInput!) { registerPatient(input: $input) { ${fields} } }`,
      { input: INTAKE },
    );
    expect(registered.errors).toEqual([]);
    expect(registered.data.registerPatient).toEqual({
      ...INTAKE,
      address: { ...INTAKE.address, country: 'PT' },
      id: expect.any(String),
      registeredAt: '2026-03-01T08:00:00.000Z',
    });
    const read = await ask(CALLERS.clinician, `query ($id: ID!) { patient(id: $id) { ${fields} } }`, {
      id: registered.data.registerPatient.id,
    });
    expect(read.data.patient).toEqual(registered.data.registerPatient);
  });

  test('tells the queue of a request, and follows a report from study to notice', async () => {
    const study = await someStudy(record, (await somePatient(record)).id);
    const before = woken;
    const requested = await ask(
      CALLERS.clinician,
      'mutation ($id: ID!) { requestDiagnosis(imagingStudyId: $id) { id status observation { finding } task { status attempts } } }',
      { id: study.id },
    );
    expect(requested.data.requestDiagnosis).toMatchObject({
      status: 'REGISTERED',
      observation: null,
      task: { status: 'REQUESTED', attempts: 0 },
    });
    expect(woken).toBe(before + 1);
    await enterAnswer(record);
    const worklist = await ask(
      CALLERS.clinician,
      `{ communications(acknowledged: false, first: 1) { id topic acknowledgedAt about { id status imagingStudy { id } subject { family }
          observation { finding code probability threshold device { model version sha256 } receipt effectiveAt } } } }`,
    );
    expect(worklist.errors).toEqual([]);
    const [notice] = worklist.data.communications;
    expect(notice).toMatchObject({
      topic: 'REPORT_PRELIMINARY',
      acknowledgedAt: null,
      about: {
        id: requested.data.requestDiagnosis.id,
        status: 'PRELIMINARY',
        imagingStudy: { id: study.id },
        subject: { family: 'Synthetic-Alder' },
        observation: { finding: 'FINDING', probability: 0.93 },
      },
    });
    const signed = await ask(
      CALLERS.clinician,
      `mutation ($notice: ID!, $report: ID!) { acknowledgeCommunication(id: $notice) { acknowledgedBy } signDiagnosticReport(id: $report, conclusion: "Agreed.") { status conclusion resultsInterpreter } }`,
      { notice: notice.id, report: notice.about.id },
    );
    expect(signed.data).toEqual({
      acknowledgeCommunication: { acknowledgedBy: 'carol' },
      signDiagnosticReport: { status: 'FINAL', conclusion: 'Agreed.', resultsInterpreter: 'carol' },
    });
  });

  test('reads a page of patients with studies and reports in a number of statements that does not grow', async () => {
    const nested = `query ($first: Int!) { patients(first: $first) { nodes { family
      imagingStudies { id patient { family } diagnosticReports { id status subject { given } imagingStudy { rows } observation { finding } } }
      diagnosticReports { id observation { probability } subject { family } } } } }`;
    await withReports(6);
    const statements = async (first: number) => {
      record.statements = 0;
      const answer = await ask(CALLERS.clinician, nested, { first });
      expect(answer.errors).toEqual([]);
      expect(answer.data.patients.nodes).toHaveLength(first);
      for (const patient of answer.data.patients.nodes) {
        expect(patient.imagingStudies).toHaveLength(2);
        expect(patient.diagnosticReports).toHaveLength(2);
        for (const study of patient.imagingStudies)
          expect(study.diagnosticReports[0].observation.finding).toBe('FINDING');
      }
      return record.statements;
    };
    const one = await statements(1);
    expect(await statements(6)).toBe(one);
    // Page, studies, reports by patient, reports by study: each with its line in the audit trail; and observations.
    expect(one).toBeLessThanOrEqual(10);
  });

  test('has the newest studies of each patient first, no more than asked for', async () => {
    const patients = [await somePatient(record), await somePatient(record)];
    const newest: string[] = [];
    for (const { id } of patients) {
      await someStudy(record, id);
      newest.unshift((await someStudy(record, id)).id);
    }
    const answer = await ask(CALLERS.clinician, '{ patients(first: 2) { nodes { imagingStudies(first: 1) { id } } } }');
    expect(
      answer.data.patients.nodes.map((node: { imagingStudies: { id: string }[] }) =>
        node.imagingStudies.map(({ id }) => id),
      ),
    ).toEqual(newest.map((id) => [id]));
  });

  test('gives an image reference to the attested caller of the queue', async () => {
    const study = await someStudy(record, (await somePatient(record)).id);
    const answer = await ask(
      CALLERS.queue,
      'query ($id: ID!) { imagingStudy(id: $id) { id imageReference { location sha256 size contentType ticket } } }',
      { id: study.id },
    );
    expect(answer.data.imagingStudy.imageReference).toMatchObject({
      location: `https://127.0.0.1:4011/images/${study.id}`,
      sha256: study.graymap.sha256,
      size: study.graymap.size,
      contentType: 'image/x-portable-graymap',
    });
  });

  test('answers references of other subgraphs, with null for what does not exist', async () => {
    const patient = await somePatient(record);
    const representations = [
      { __typename: 'Patient', id: patient.id },
      { __typename: 'Patient', id: 'x' },
      { __typename: 'Patient', id: '00000000-0000-4000-8000-000000000000' },
    ];
    const answer = await ask(
      CALLERS.clinician,
      'query ($representations: [_Any!]!) { _entities(representations: $representations) { ... on Patient { family } } }',
      { representations },
    );
    expect(answer.data._entities).toEqual([{ family: 'Synthetic-Alder' }, null, null]);
  });

  test('shows the audit trail to an auditor, page by page', async () => {
    const patient = await somePatient(record);
    const first = await ask(
      CALLERS.auditor,
      'query ($id: ID!) { auditEvents(patientId: $id, first: 1) { nodes { operation agent roles outcome recorded patientId entities } endCursor } }',
      { id: patient.id },
    );
    expect(first.data.auditEvents.nodes).toEqual([
      {
        operation: 'Patient.register',
        agent: 'clara',
        roles: ['clerk'],
        outcome: 'SUCCESS',
        recorded: '2026-03-01T08:00:00.000Z',
        patientId: patient.id,
        entities: [`Patient/${patient.id}`],
      },
    ]);
  });
});

describe('the graph refuses', () => {
  test.each<[keyof typeof CALLERS, string, string]>([
    ['anonymous', '{ patients { nodes { id } } }', 'UNAUTHENTICATED'],
    ['auditor', '{ patients { nodes { id } } }', 'SCOPE_MISSING'],
    ['queue', '{ patients { nodes { id } } }', 'SCOPE_MISSING'],
    ['clerk', '{ diagnosticReports { nodes { id } } }', 'SCOPE_MISSING'],
    ['clerk', '{ auditEvents { nodes { id } } }', 'SCOPE_MISSING'],
    ['clinician', '{ auditEvents { nodes { id } } }', 'SCOPE_MISSING'],
    [
      'radiologist',
      'mutation { registerPatient(input: { given: [], family: "x", birthDate: "2000-01-01" }) { id } }',
      'SCOPE_MISSING',
    ],
    ['clerk', 'mutation { requestDiagnosis(imagingStudyId: "1") { id } }', 'SCOPE_MISSING'],
    ['clerk', 'mutation { signDiagnosticReport(id: "1") { id } }', 'SCOPE_MISSING'],
    ['clerk', 'mutation { rejectDiagnosticReport(id: "1", reason: "x") { id } }', 'SCOPE_MISSING'],
    ['auditor', 'mutation { acknowledgeCommunication(id: "1") { id } }', 'SCOPE_MISSING'],
    [
      'auditor',
      '{ _entities(representations: [{ __typename: "Patient", id: "1" }]) { ... on Patient { family } } }',
      'SCOPE_MISSING',
    ],
    ['clinician', '{ patient(id: "nobody") { id } }', 'NOT_FOUND'],
    ['clinician', '{ imagingStudy(id: "00000000-0000-4000-8000-000000000000") { id } }', 'NOT_FOUND'],
    ['clinician', '{ diagnosticReport(id: "nothing") { id } }', 'NOT_FOUND'],
    ['clinician', '{ patients(first: 101) { nodes { id } } }', 'BAD_INPUT'],
    ['clinician', '{ patients(first: 0) { nodes { id } } }', 'BAD_INPUT'],
    ['clinician', '{ patients(after: "x") { nodes { id } } }', 'BAD_INPUT'],
    ['auditor', '{ auditEvents(first: 201) { nodes { id } } }', 'BAD_INPUT'],
  ])('%s: %s', async (role, query, code) => {
    const answer = await ask(CALLERS[role], query);
    expect(answer.codes).toEqual([code]);
  });

  test('an image reference to staff, who see images through their own route', async () => {
    const study = await someStudy(record, (await somePatient(record)).id);
    const answer = await ask(
      CALLERS.clinician,
      'query ($id: ID!) { imagingStudy(id: $id) { id imageReference { ticket } } }',
      { id: study.id },
    );
    expect(answer.data.imagingStudy).toEqual({ id: study.id, imageReference: null });
    expect(answer.codes).toEqual(['SCOPE_MISSING']);
  });

  test('a clerk the reports of a study and not the study', async () => {
    const patient = await somePatient(record);
    await someStudy(record, patient.id);
    const answer = await ask(
      CALLERS.clerk,
      'query ($id: ID!) { patient(id: $id) { family imagingStudies { rows diagnosticReports { id } } } }',
      { id: patient.id },
    );
    expect(answer.data.patient).toEqual({
      family: 'Synthetic-Alder',
      imagingStudies: [{ rows: 8, diagnosticReports: null }],
    });
    expect(answer.codes).toEqual(['SCOPE_MISSING']);
  });

  test('once in the audit trail, however many records a request was refused at', async () => {
    const before = await record.db.query("select 1 from audit_event where operation = 'Patient.diagnosticReports'");
    await ask(CALLERS.clerk, '{ patients { nodes { id diagnosticReports { id } } } }');
    const events = await record.db.query<{ outcome: string }>(
      "select outcome from audit_event where operation = 'Patient.diagnosticReports'",
    );
    expect(events).toHaveLength(before.length + 1);
    expect(events.at(-1)).toEqual({ outcome: 'REFUSED' });
  });

  test('wrong input by the name of its field, without its value', async () => {
    const answer = await ask(
      CALLERS.clerk,
      'mutation ($input: RegisterPatientInput!) { registerPatient(input: $input) { id } }',
      { input: { ...INTAKE, email: 'Synthetic-Secret' } },
    );
    expect(answer.codes).toEqual(['BAD_INPUT']);
    expect(JSON.stringify(answer)).not.toContain('Secret');
    expect(answer.errors[0]?.message).toBe('email: must be an e-mail address');
  });
});
