import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Refusal } from '../../../enclave/refusals.js';
import { audited, readAuditTrail } from '../../../subgraphs/patient/audit.js';
import { requestDiagnosis, signReport } from '../../../subgraphs/patient/diagnosticReport.js';
import { findPatients, readPatient, readPatients, registerPatient } from '../../../subgraphs/patient/patient.js';
import type { AuditEvent } from '../../../subgraphs/patient/record.js';
import { enterAnswer } from '../../support/diagnosis.js';
import { CALLERS, INTAKE, somePatient, someStudy, testRecord, type TestRecord } from '../../support/patient.js';

let record: TestRecord;
beforeAll(async () => {
  record = await testRecord();
}, 60_000);
afterAll(async () => await record.close());

async function trail(patientId?: string): Promise<readonly AuditEvent[]> {
  return (await readAuditTrail(record, CALLERS.auditor, { patientId, page: { first: 200, before: 2n ** 62n } })).nodes;
}

async function newest(): Promise<object> {
  const [event] = await trail();
  return { ...event, id: undefined, recorded: undefined };
}

describe('the audit trail', () => {
  test('says who read which patient, in which role', async () => {
    const { id } = await somePatient(record);
    await readPatient(record, CALLERS.clinician, id);
    expect(await newest()).toEqual({
      id: undefined,
      recorded: undefined,
      action: 'READ',
      operation: 'Patient.read',
      agent: 'carol',
      roles: ['clinician'],
      entities: [`Patient/${id}`],
      patientId: id,
      outcome: 'SUCCESS',
      outcomeCode: null,
      attestationResult: null,
    });
  });

  test('says on which attestation result an enclave acted', async () => {
    const { id } = await somePatient(record);
    await readPatients(record, CALLERS.queue, [id]);
    expect(await newest()).toMatchObject({ agent: 'patient', roles: ['enclave'], attestationResult: 'jti-patient' });
  });

  test('has one entry for a batch, and is found under each patient in it', async () => {
    const [one, other] = [await somePatient(record), await somePatient(record)];
    await readPatients(record, CALLERS.clinician, [one.id, other.id]);
    expect(await newest()).toMatchObject({ patientId: null });
    for (const { id } of [one, other]) {
      const events = await trail(id);
      expect(events.map(({ operation }) => operation)).toEqual(
        expect.arrayContaining(['Patient.read', 'Patient.register']),
      );
      for (const event of events) expect(event.patientId === id || event.entities.includes(`Patient/${id}`)).toBe(true);
    }
  });

  test.each<[string, () => Promise<unknown>, Partial<AuditEvent>]>([
    [
      'a patient who does not exist',
      () => readPatient(record, CALLERS.clinician, '00000000-0000-4000-8000-000000000000'),
      {
        operation: 'Patient.read',
        outcomeCode: 'NOT_FOUND',
        entities: ['Patient/00000000-0000-4000-8000-000000000000'],
      },
    ],
    [
      'a malformed identifier, without repeating it',
      () => readPatient(record, CALLERS.clinician, 'Synthetic-Secret'),
      { operation: 'Patient.read', outcomeCode: 'NOT_FOUND', entities: [] },
    ],
    [
      'an intake form that is wrong',
      () => registerPatient(record, CALLERS.clerk, { ...INTAKE, family: '' }),
      { operation: 'Patient.register', outcomeCode: 'BAD_INPUT', entities: [] },
    ],
    [
      'a search that is too long',
      () => findPatients(record, CALLERS.clerk, { search: 'x'.repeat(101), page: { first: 1, before: 1n } }),
      { operation: 'Patient.search', outcomeCode: 'BAD_INPUT' },
    ],
    [
      'a diagnosis of nothing',
      () => requestDiagnosis(record, CALLERS.clinician, 'x'),
      { operation: 'DiagnosticReport.request', outcomeCode: 'NOT_FOUND' },
    ],
    [
      'a signature on nothing',
      () => signReport(record, CALLERS.clinician, { id: 'x' }),
      { operation: 'DiagnosticReport.sign', outcomeCode: 'NOT_FOUND' },
    ],
  ])('records what was refused: %s', async (_, act, expected) => {
    await expect(act()).rejects.toBeInstanceOf(Refusal);
    expect(await newest()).toMatchObject({ ...expected, outcome: 'REFUSED' });
  });

  test('records a change and its reason to fail apart: nothing of the change is kept', async () => {
    const broken = audited(
      record,
      CALLERS.clerk,
      { action: 'CREATE', operation: 'Sample' },
      async (transaction, event) => {
        event.about('00000000-0000-4000-8000-000000000001');
        await transaction.query(
          `insert into communication (id, topic, sent, recipient_roles, diagnostic_report_id) values ($1, 'x', now(), '{}', $1)`,
          ['00000000-0000-4000-8000-000000000002'],
        );
      },
    );
    await expect(broken).rejects.toThrow('SQLSTATE 23514');
    expect(await newest()).toMatchObject({
      operation: 'Sample',
      outcome: 'FAILURE',
      outcomeCode: 'INTERNAL',
      patientId: '00000000-0000-4000-8000-000000000001',
    });
  });

  test('tells the story of a diagnosis from registration to signature', async () => {
    const { id } = await somePatient(record);
    const study = await someStudy(record, id);
    const report = await requestDiagnosis(record, CALLERS.clinician, study.id);
    await enterAnswer(record);
    await signReport(record, CALLERS.clinician, { id: report.id });
    expect((await trail(id)).map(({ operation, agent }) => `${agent} ${operation}`)).toEqual([
      'carol DiagnosticReport.sign',
      'patient DiagnosticReport.preliminary',
      'carol DiagnosticReport.request',
      'clara ImagingStudy.create',
      'clara Patient.register',
    ]);
  });

  test('holds no health data', async () => {
    const text = JSON.stringify(await record.db.query('select * from audit_event'));
    for (const word of ['Alder', 'Zélie', 'SYN-', 'Penicillin', 'Secret', '1987']) expect(text).not.toContain(word);
  });

  test('is read page by page, and that it was read is in it', async () => {
    const page = await readAuditTrail(record, CALLERS.auditor, {
      patientId: null,
      page: { first: 1, before: 2n ** 62n },
    });
    expect(page.endCursor).not.toBeNull();
    expect(await newest()).toMatchObject({ operation: 'AuditEvent.read', agent: 'aude' });
  });

  test.each(['update audit_event set agent = agent', 'delete from audit_event', 'truncate audit_event'])(
    'is append-only: %s',
    async (statement) => {
      await expect(record.db.query(statement)).rejects.toMatchObject({ sqlState: '42501' });
    },
  );
});
