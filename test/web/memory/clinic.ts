import { randomUUID } from 'node:crypto';
import { encode } from 'fast-png';
import { GraphQLError } from 'graphql';
import type { RegisterPatientInput } from '../../../web/api/types.js';

/** One made-up clinic in memory: root resolvers for the API schema, and just enough behaviour to drive every page. */
export interface Clinic {
  readonly root: Record<string, unknown>;
  readonly ids: {
    readonly patient: string;
    readonly study: string;
    readonly preliminary: string;
    readonly unfamiliar: string;
  };
  /** Stores an image and returns what the upload route answers. */
  addStudy(patientId: string, file: Buffer): { id: string; patientId: string };
  /** From now on every patient's name is refused, as when the patient subgraph is not accepted. */
  withholdNames(): void;
}

interface Patient extends Record<string, unknown> {
  readonly id: string;
  readonly family: string;
  readonly given: readonly string[];
  readonly nationalIdentifier: string | null;
}

interface Report extends Record<string, unknown> {
  readonly id: string;
  status: string;
  looks: number;
  task: { status: string; attempts: number; failureCode: string | null; failureReason: string | null };
}

const MODEL = {
  id: 'pneumonia-chest-film',
  version: '1.2.0',
  sha256: '4c2d9fb0a7a1c1d20b8f6a3ae7df0aa0a5f0bb2cf9e44fbd0e6b1b2a4a9b7d11',
  code: 'pneumonia',
  intendedUse: 'Decision support on frontal chest films of children from one to five years; for evaluation only.',
  limits: [
    'Not validated on adults.',
    'Looks for pneumonia and for nothing else.',
    'One hospital’s films; other detectors may differ.',
  ],
  threshold: 0.5,
  uncertain: [0.4, 0.6],
  outOfDistributionThreshold: 60,
  metrics: [
    { name: 'AUC', value: 0.962, low: 0.947, high: 0.975, dataset: 'held-out films', n: 624 },
    { name: 'Sensitivity', value: 0.931, low: 0.9, high: 0.954, dataset: 'held-out films', n: 390 },
  ],
  trainingData: [],
};

export function createClinic(now: number): Clinic {
  const at = (minutesAgo: number) => new Date(now - minutesAgo * 60_000).toISOString();
  let namesWithheld = false;
  const patients: Patient[] = PEOPLE.map((person, index) => patientOf(person, at(60 * 24 * (index + 1))));
  for (let index = 0; index < 21; index++) {
    patients.push(
      patientOf({ family: `Example${String.fromCharCode(65 + index)}`, given: ['Pat'] }, at(60 * 24 * (20 + index))),
    );
  }
  const studies: Record<string, unknown>[] = [];
  const reports: Report[] = [];
  const notices: Record<string, unknown>[] = [];

  const refuseNames = () =>
    new GraphQLError('patient did not satisfy the policy patient-record.', {
      extensions: {
        code: 'POLICY_NOT_SATISFIED',
        policy: 'patient-record',
        party: 'patient',
        kind: 'not-acceptable',
        failures: [{ claim: 'measurement', expected: 'a'.repeat(64), actual: 'b'.repeat(64) }],
      },
    });

  function patientOf(
    person: Partial<Patient> & { family: string; given: readonly string[] },
    registeredAt: string,
  ): Patient {
    const id = randomUUID();
    return {
      gender: null,
      birthDate: '2021-03-04',
      nationalIdentifier: null,
      phone: null,
      email: null,
      address: null,
      allergies: [],
      conditions: [],
      admittedOn: null,
      coverage: null,
      ...person,
      id,
      registeredAt,
      imagingStudies: () => studies.filter((study) => study.patientId === id),
      diagnosticReports: () => reports.filter((report) => report.patientId === id),
    };
  }

  function withNames(patient: Patient | undefined): unknown {
    if (patient === undefined) return null;
    return namesWithheld ? { ...patient, family: refuseNames, given: refuseNames } : patient;
  }

  function addStudy(patientId: string, _file: Buffer, minutesAgo = 0) {
    const id = randomUUID();
    studies.unshift({
      id,
      patientId,
      started: at(minutesAgo),
      modality: 'DX',
      bodySite: 'CHEST',
      synthetic: true,
      rows: 512,
      columns: 512,
      patient: () => withNames(patients.find((patient) => patient.id === patientId)),
      diagnosticReports: () => reports.filter((report) => report.studyId === id),
    });
    return { id, patientId, modality: 'DX', rows: 512, columns: 512, synthetic: true };
  }

  function addReport(
    studyId: string,
    status: string,
    answer: Record<string, unknown> | null,
    minutesAgo: number,
  ): Report {
    const study = studies.find(({ id }) => id === studyId);
    const patientId = String(study?.patientId);
    const report: Report = {
      id: randomUUID(),
      studyId,
      patientId,
      status,
      looks: 0,
      requestedAt: at(minutesAgo),
      updatedAt: at(minutesAgo),
      task: {
        status: status === 'REGISTERED' ? 'REQUESTED' : 'COMPLETED',
        attempts: 1,
        failureCode: null,
        failureReason: null,
      },
      subject: () => withNames(patients.find((patient) => patient.id === patientId)),
      imagingStudy: study,
      observation: answer === null ? null : observation(answer, at(minutesAgo)),
      conclusion: null,
      resultsInterpreter: null,
      signedAt: null,
    };
    reports.unshift(report);
    return report;
  }

  function decide(id: string, decision: Record<string, unknown>): Report {
    const report = reports.find((candidate) => candidate.id === id);
    if (report?.status !== 'PRELIMINARY')
      throw new GraphQLError('The report is not PRELIMINARY.', { extensions: { code: 'CONFLICT' } });
    return Object.assign(report, { ...decision, resultsInterpreter: 'clinician', signedAt: new Date().toISOString() });
  }

  /** A diagnosis is read from the second look at it on, and done with the fifth. */
  function look(report: Report | undefined): Report | null {
    if (report?.status !== 'REGISTERED') return report ?? null;
    report.looks += 1;
    if (report.looks > 1) report.task = { ...report.task, status: 'IN_PROGRESS' };
    if (report.looks > 4) {
      report.task = { ...report.task, status: 'COMPLETED' };
      report.status = 'PRELIMINARY';
      report.observation = observation({ finding: 'FINDING', probability: 0.87 }, new Date().toISOString());
    }
    return report;
  }

  const [anna, bruno, chloe, dinis] = patients as [Patient, Patient, Patient, Patient];
  const film = Buffer.alloc(0);
  const study = addStudy(anna.id, film, 42);
  const preliminary = addReport(study.id, 'PRELIMINARY', { finding: 'FINDING', probability: 0.93 }, 41);
  const unfamiliar = addReport(
    addStudy(bruno.id, film, 95).id,
    'PRELIMINARY',
    { finding: 'OUT_OF_DISTRIBUTION', probability: null, outOfDistributionScore: 143.2, classActivationMap: null },
    90,
  );
  addReport(addStudy(chloe.id, film, 130).id, 'PRELIMINARY', { finding: 'UNCERTAIN', probability: 0.52 }, 120);
  addReport(addStudy(dinis.id, film, 200).id, 'PRELIMINARY', { finding: 'NO_FINDING', probability: 0.06 }, 190);
  const failed = addReport(addStudy(dinis.id, film, 300).id, 'CANCELLED', null, 299);
  failed.task = {
    status: 'FAILED',
    attempts: 5,
    failureCode: 'PEER_UNREACHABLE',
    failureReason: 'The inference enclave could not be reached.',
  };
  const final = addReport(
    addStudy(chloe.id, film, 2000).id,
    'FINAL',
    { finding: 'NO_FINDING', probability: 0.11 },
    1990,
  );
  Object.assign(final, { conclusion: 'No consolidation.', resultsInterpreter: 'radiologist', signedAt: at(1900) });
  for (const about of [preliminary, unfamiliar, failed]) {
    notices.push({
      id: randomUUID(),
      topic: about === failed ? 'DIAGNOSIS_FAILED' : 'REPORT_PRELIMINARY',
      sent: about.updatedAt,
      about,
      acknowledgedAt: null,
      acknowledgedBy: null,
    });
  }

  const root = {
    patient: ({ id }: { id: string }) => withNames(patients.find((patient) => patient.id === id)),
    patients: ({ search, first, after }: { search?: string; first: number; after?: string }) => {
      const found = patients.filter((patient) => matches(patient, search));
      const start = after == null ? 0 : Number(after);
      const end = start + first;
      return { nodes: found.slice(start, end).map(withNames), endCursor: end < found.length ? String(end) : null };
    },
    imagingStudy: ({ id }: { id: string }) => studies.find((candidate) => candidate.id === id) ?? null,
    diagnosticReport: ({ id }: { id: string }) => look(reports.find((report) => report.id === id)),
    diagnosticReports: ({ status }: { status?: string }) => ({
      nodes: reports.filter((report) => status == null || report.status === status),
      endCursor: null,
    }),
    communications: ({ acknowledged }: { acknowledged?: boolean }) =>
      notices.filter((notice) => acknowledged == null || (notice.acknowledgedAt !== null) === acknowledged),
    auditEvents: ({ patientId }: { patientId?: string }) => ({
      nodes: patientId == null || patientId === anna.id ? auditTrail(anna.id, at) : [],
      endCursor: null,
    }),
    diagnosisModels: () => [MODEL],
    diagnosisModel: ({ id }: { id: string }) => (id === MODEL.id ? MODEL : null),
    enclaves: () => enclaves(now),
    registerPatient: ({ input }: { input: RegisterPatientInput }) => {
      if (
        input.nationalIdentifier !== undefined &&
        patients.some((patient) => patient.nationalIdentifier === input.nationalIdentifier)
      ) {
        throw new GraphQLError('nationalIdentifier: another patient has it already', {
          extensions: { code: 'CONFLICT' },
        });
      }
      const patient = patientOf({ ...input }, new Date().toISOString());
      patients.unshift(patient);
      return patient;
    },
    requestDiagnosis: ({ imagingStudyId }: { imagingStudyId: string }) =>
      addReport(imagingStudyId, 'REGISTERED', null, 0),
    signDiagnosticReport: ({ id, conclusion }: { id: string; conclusion?: string }) =>
      decide(id, { status: 'FINAL', conclusion: conclusion ?? null }),
    rejectDiagnosticReport: ({ id, reason }: { id: string; reason: string }) =>
      decide(id, { status: 'CANCELLED', conclusion: reason }),
    acknowledgeCommunication: ({ id }: { id: string }) =>
      Object.assign(notices.find((notice) => notice.id === id) ?? {}, {
        acknowledgedAt: new Date().toISOString(),
        acknowledgedBy: 'clinician',
      }),
  };
  return {
    root,
    ids: { patient: anna.id, study: study.id, preliminary: preliminary.id, unfamiliar: unfamiliar.id },
    addStudy: (patientId, file) => addStudy(patientId, file),
    withholdNames: () => {
      namesWithheld = true;
    },
  };
}

const PEOPLE = [
  {
    family: 'Alder',
    given: ['Anna', 'Sofia'],
    gender: 'FEMALE',
    birthDate: '2022-05-17',
    nationalIdentifier: 'PT-1234',
    phone: '+351 900 000 000',
    email: 'family@example.org',
    allergies: ['Penicillin'],
    conditions: ['Asthma'],
    admittedOn: '2026-11-21',
    address: { line: 'Rua do Exemplo 4', city: 'Porto', state: null, postalCode: '4000-000', country: 'PT' },
    coverage: { payor: 'Example Health', subscriberId: 'EH-000-17' },
  },
  { family: 'Birch', given: ['Bruno'], gender: 'MALE', birthDate: '2023-01-30' },
  { family: 'Cedar', given: ['Chloé'], gender: 'FEMALE', birthDate: '2021-09-08' },
  { family: 'Dogwood', given: ['Dinis', 'João'], gender: 'MALE', birthDate: '2024-12-02' },
];

function matches({ family, given, nationalIdentifier }: Patient, search: string | undefined): boolean {
  if (search == null || search === '') return true;
  if (nationalIdentifier === search) return true;
  const names = [family, ...given].map((name) => name.toLowerCase());
  return search
    .toLowerCase()
    .split(/\s+/)
    .every((word) => names.some((name) => name.startsWith(word)));
}

function observation(answer: Record<string, unknown>, effectiveAt: string): Record<string, unknown> {
  return {
    code: 'pneumonia',
    threshold: 0.5,
    outOfDistributionScore: 21.4,
    outOfDistributionThreshold: 60,
    classActivationMap: heatMap(),
    device: { model: MODEL.id, version: MODEL.version, sha256: MODEL.sha256 },
    receipt: 'eyJhbGciOiJFUzI1NiJ9.eyJpYXQiOjB9.c2lnbmF0dXJl',
    effectiveAt,
    ...answer,
  };
}

/** A warm spot in the lower right of the film, as a class activation map of 14 by 14 would have it. */
function heatMap(): string {
  const size = 14;
  const data = Uint8Array.from({ length: size * size }, (_, index) => {
    const [x, y] = [(index % size) - 4, Math.floor(index / size) - 9];
    return Math.round(255 * Math.exp(-(x * x + y * y) / 9));
  });
  return Buffer.from(encode({ width: size, height: size, data, channels: 1, depth: 8 })).toString('base64');
}

function auditTrail(patientId: string, at: (minutesAgo: number) => string) {
  const entry = (minutesAgo: number, rest: Record<string, unknown>) => ({
    id: randomUUID(),
    recorded: at(minutesAgo),
    action: 'READ',
    operation: 'Patient.read',
    agent: 'clinician',
    roles: ['clinician'],
    entities: [`Patient/${patientId}`],
    patientId,
    outcome: 'SUCCESS',
    outcomeCode: null,
    attestationResult: null,
    ...rest,
  });
  return [
    entry(1, {}),
    entry(4, {
      action: 'EXECUTE',
      operation: 'Interpretation.request',
      agent: 'patient',
      roles: [],
      attestationResult: '5f'.repeat(32),
    }),
    entry(9, {
      operation: 'DiagnosticReport.sign',
      action: 'UPDATE',
      agent: 'clerk',
      roles: ['clerk'],
      outcome: 'REFUSED',
      outcomeCode: 'SCOPE_MISSING',
    }),
    entry(30, { action: 'CREATE', operation: 'Patient.register', agent: 'clerk', roles: ['clerk'] }),
  ];
}

function enclaves(now: number) {
  const seconds = Math.floor(now / 1000);
  const accepted = (policy: string) => ({ policy, outcome: 'ACCEPTED', code: null, failures: [] });
  const refused = (policy: string) => ({
    policy,
    outcome: 'NOT_ACCEPTABLE',
    code: 'POLICY_NOT_SATISFIED',
    failures: [{ claim: 'enclave', expected: 'gateway, patient', actual: 'inference' }],
  });
  const result = (byte: string) => ({
    id: byte.repeat(32),
    issuer: 'http://attestation.test',
    teeType: 'sgx',
    simulated: true,
    measurement: byte.repeat(32),
    debug: false,
    issuedAt: seconds - 300,
    expiresAt: seconds + 28_500,
    keys: ['tls'],
    claims: [],
  });
  return [
    {
      name: 'gateway',
      reachable: true,
      reason: null,
      attestationResult: result('1a'),
      verdicts: [accepted('component'), accepted('imaging'), accepted('patient-record')],
    },
    {
      name: 'patient',
      reachable: true,
      reason: null,
      attestationResult: result('2b'),
      verdicts: [accepted('component'), accepted('imaging'), accepted('patient-record')],
    },
    {
      name: 'inference',
      reachable: true,
      reason: null,
      attestationResult: result('3c'),
      verdicts: [accepted('component'), accepted('imaging'), refused('patient-record')],
    },
    {
      name: 'diagnosis',
      reachable: false,
      reason: 'No connection.',
      attestationResult: null,
      verdicts: [{ policy: 'imaging', outcome: 'COULD_NOT_TELL', code: 'PEER_UNREACHABLE', failures: [] }],
    },
  ];
}
