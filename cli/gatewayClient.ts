import { setTimeout as wait } from 'node:timers/promises';
import { Refusal, isRefusalCode } from '../enclave/refusals.js';
import { fetchJson, objectOf, refusalOf } from './http.js';
import type { ImageFile } from './imageFile.js';

/** What a signed-in person asks of the gateway here. Every method throws the gateway's own refusals. */
export interface GatewayClient {
  /** The demonstration patient of the command line, registered the first time. */
  syntheticPatient(): Promise<string>;
  sendImage(patientId: string, image: ImageFile): Promise<string>;
  requestDiagnosis(imagingStudyId: string): Promise<string>;
  /** Waits until the model has answered. `onProgress` gets each change of the task. */
  waitForObservation(
    reportId: string,
    options: { timeoutMs: number; onProgress: (text: string) => void },
  ): Promise<Observation>;
}

/** As the record holds it (schema/patient.graphql). */
export interface Observation {
  readonly finding: 'FINDING' | 'NO_FINDING' | 'UNCERTAIN' | 'OUT_OF_DISTRIBUTION';
  readonly code: string;
  readonly probability: number | null;
  readonly threshold: number;
  readonly outOfDistributionScore: number;
  readonly outOfDistributionThreshold: number;
  readonly classActivationMap: string | null;
  readonly device: { readonly model: string; readonly version: string; readonly sha256: string };
  readonly receipt: string;
}

interface Report {
  readonly status: string;
  readonly task: {
    readonly status: string;
    readonly attempts: number;
    readonly failureCode: string | null;
    readonly failureReason: string | null;
  };
  readonly observation: Observation | null;
}

const FAMILY = 'Synthetic-Shell';
const FIRST_POLL_MS = 150;
const LONGEST_POLL_MS = 1000;

export function createGatewayClient(gateway: string, accessToken: string): GatewayClient {
  const authorization = `Bearer ${accessToken}`;

  async function graphql<T>(query: string, variables: Record<string, unknown>): Promise<T> {
    const answer = await fetchJson(`${gateway}/graphql`, {
      method: 'POST',
      headers: { authorization, 'content-type': 'application/json', accept: 'application/json' },
      body: JSON.stringify({ query, variables }),
    });
    const { data, errors } = objectOf(answer.body);
    if (Array.isArray(errors) && errors.length > 0) throw graphqlRefusal(errors[0]);
    if (!answer.ok) throw refusalOf(answer, 'UPSTREAM_FAILED', 'The gateway refused');
    return data as T;
  }

  return {
    async syntheticPatient() {
      const found = await graphql<{ patients: { nodes: { id: string }[] } }>(
        'query FindPatient($search: String!) { patients(search: $search, first: 1) { nodes { id } } }',
        { search: FAMILY },
      );
      const [patient] = found.patients.nodes;
      if (patient !== undefined) return patient.id;
      const input = { given: ['Command', 'Line'], family: FAMILY, birthDate: '2000-01-01', gender: 'UNKNOWN' };
      const registered = await graphql<{ registerPatient: { id: string } }>(
        'mutation Register($input: RegisterPatientInput!) { registerPatient(input: $input) { id } }',
        { input },
      );
      return registered.registerPatient.id;
    },

    async sendImage(patientId, { bytes, contentType }) {
      const answer = await fetchJson(`${gateway}/imaging-studies?patient=${encodeURIComponent(patientId)}`, {
        method: 'POST',
        headers: { authorization, 'content-type': contentType },
        body: Uint8Array.from(bytes),
        signal: AbortSignal.timeout(120_000),
      });
      const { id } = objectOf(answer.body);
      if (!answer.ok || typeof id !== 'string')
        throw refusalOf(answer, 'UPSTREAM_FAILED', 'The gateway refused the image');
      return id;
    },

    async requestDiagnosis(imagingStudyId) {
      const { requestDiagnosis } = await graphql<{ requestDiagnosis: { id: string } }>(
        'mutation Request($id: ID!) { requestDiagnosis(imagingStudyId: $id) { id } }',
        { id: imagingStudyId },
      );
      return requestDiagnosis.id;
    },

    async waitForObservation(reportId, { onProgress, timeoutMs }) {
      const deadline = performance.now() + timeoutMs;
      for (
        let delayMs = FIRST_POLL_MS;
        performance.now() < deadline;
        delayMs = Math.min(delayMs * 1.5, LONGEST_POLL_MS)
      ) {
        const { diagnosticReport: report } = await graphql<{ diagnosticReport: Report }>(REPORT_QUERY, {
          id: reportId,
        });
        if (report.observation !== null) return report.observation;
        if (report.task.status === 'FAILED' || report.status === 'CANCELLED') throw taskRefusal(report);
        onProgress(
          `Diagnosis ${report.task.status.toLowerCase().replace('_', ' ')}${report.task.attempts > 1 ? `, attempt ${report.task.attempts}` : ''} …`,
        );
        await wait(delayMs);
      }
      throw new Refusal(
        'TIMEOUT',
        `Report ${reportId} had no finding after ${timeoutMs / 1000} s; it stays in the queue.`,
      );
    },
  };
}

const REPORT_QUERY = `query Report($id: ID!) {
  diagnosticReport(id: $id) {
    status
    task { status attempts failureCode failureReason }
    observation {
      finding code probability threshold outOfDistributionScore outOfDistributionThreshold classActivationMap receipt
      device { model version sha256 }
    }
  }
}`;

function graphqlRefusal(error: unknown): Refusal {
  const { extensions, message } = objectOf(error);
  const { code, failures } = objectOf(extensions);
  const claims = Array.isArray(failures) ? failures.map(objectOf) : [];
  return new Refusal(isRefusalCode(code) ? code : 'UPSTREAM_FAILED', String(message), {
    failures: claims.map(({ claim, expected, actual }) => ({
      claim: String(claim),
      expected: String(expected),
      actual: String(actual),
    })),
  });
}

function taskRefusal({ task }: Report): Refusal {
  const code = isRefusalCode(task.failureCode) ? task.failureCode : 'UPSTREAM_FAILED';
  return new Refusal(
    code,
    `The diagnosis failed after ${task.attempts} attempts: ${task.failureReason ?? 'no reason is given'}`,
  );
}
