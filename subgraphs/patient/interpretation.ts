import { verifyReceipt } from '../../enclave/receipts/receipt.js';
import { isRefusalCode, Refusal } from '../../enclave/refusals.js';
import type { AttestedAnswer, AttestedClient } from '../../runtime/attestedClient.js';
import { refusalFromAnswer } from '../../runtime/refusalFromAnswer.js';
import type { Trust } from '../../runtime/trust.js';
import type { Interpret } from './diagnosisWorker.js';
import { IMAGE_RECIPIENT } from './imagingStudy.js';
import { notFound } from './input.js';
import type { Observation } from './record.js';
import type { Store } from './store.js';
import { selectImagingStudies } from './storeImagingStudies.js';

/** The policy that the enclave which interpreted an image must have satisfied. */
const POLICY = 'imaging';

/** The same graph as everybody's, as an attested caller. */
const QUERY = `query Interpretation($id: ID!) {
  imagingStudy(id: $id) {
    interpretation {
      finding code probability threshold outOfDistributionScore outOfDistributionThreshold classActivationMap
      model { id version sha256 }
      receipt
    }
  }
}`;

/** Bytes. A class activation map of 1024 by 1024 pixels fits. */
const LONGEST_ANSWER = 4 * 1024 * 1024;
/** Characters of a refusal's words that are kept in the task. */
const LONGEST_REASON = 500;

export interface InterpretationOptions {
  readonly store: Store;
  /** Connections to the gateway over attested TLS. */
  readonly gateway: Pick<AttestedClient, 'request'>;
  readonly trust: Pick<Trust, 'issuers' | 'getKeys' | 'policy' | 'referenceValues'>;
  readonly timeoutMs: number;
}

/**
 * How the queue asks for a diagnosis. The answer is believed for its receipt, not for who carried it: signed in an
 * enclave that our policy accepts, about this very image, this model and these very words.
 */
export function createInterpretation({ store, gateway, trust, timeoutMs }: InterpretationOptions): Interpret {
  return async (imagingStudyId, signal) => {
    const [study] = await selectImagingStudies(store.db, store.sealer, [imagingStudyId]);
    if (!study) throw notFound('ImagingStudy');
    const request = gateway.request({
      method: 'POST',
      path: '/graphql',
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      body: JSON.stringify({ query: QUERY, operationName: 'Interpretation', variables: { id: study.id } }),
      timeoutMs,
      maximumAnswerBytes: LONGEST_ANSWER,
    });
    const { receipt, ...answer } = parseInterpretation(await unlessAborted(request, signal));
    const { content, enclave } = await verifyReceipt({
      receipt,
      issuers: trust.issuers,
      getKeys: trust.getKeys,
      now: store.now().getTime() / 1000,
      input: study.graymap.sha256,
      answer,
      modelSha256: answer.model.sha256,
      appraisal: { policy: trust.policy(POLICY), referenceValues: trust.referenceValues },
    });
    if (enclave !== IMAGE_RECIPIENT) {
      throw new Refusal(
        'RECEIPT_INVALID',
        `The receipt is signed by ${enclave ?? 'an unknown enclave'}, not by ${IMAGE_RECIPIENT}.`,
      );
    }
    const { model, ...finding } = answer;
    const observation: Observation = {
      ...finding,
      device: { model: model.id, version: model.version, sha256: model.sha256 },
      receipt,
      effectiveAt: new Date(content.iat * 1000).toISOString(),
    };
    return { observation, attestationResult: content.attestationResult };
  };
}

/** The diagnosis subgraph's Interpretation: without its receipt, exactly what the receipt's output digest is of. */
type Answer = Omit<Observation, 'device' | 'receipt' | 'effectiveAt'> & {
  readonly model: { readonly id: string; readonly version: string; readonly sha256: string };
  readonly receipt: string;
};

interface GraphQLErrorAnswer {
  readonly message?: unknown;
  readonly extensions?: { readonly code?: unknown; readonly failures?: unknown };
}

/** @throws Refusal: the one that the graph answered with, or UPSTREAM_FAILED where the answer has not its form. */
function parseInterpretation({ status, body }: AttestedAnswer): Answer {
  const { data, errors } = parseJson(body) as {
    data?: { imagingStudy?: { interpretation?: unknown } | null } | null;
    errors?: unknown;
  };
  const interpretation = data?.imagingStudy?.interpretation;
  if (isAnswer(interpretation)) return interpretation;
  const error: unknown = Array.isArray(errors) ? errors[0] : undefined;
  if (typeof error === 'object' && error !== null) throw refusalOf(error);
  if (status !== 200) throw refusalFromAnswer('gateway', status, body);
  throw new Refusal('UPSTREAM_FAILED', 'The gateway answered with no interpretation and no reason.');
}

function parseJson(body: Uint8Array): object {
  try {
    const parsed = JSON.parse(Buffer.from(body).toString('utf8')) as unknown;
    return typeof parsed === 'object' && parsed !== null ? parsed : {};
  } catch {
    return {};
  }
}

/** The gateway is attested, so its words hold no health data; other codes than ours say nothing that staff could use. */
function refusalOf({ message, extensions }: GraphQLErrorAnswer): Refusal {
  const code = extensions?.code;
  if (!isRefusalCode(code) || code === 'INTERNAL' || typeof message !== 'string') {
    return new Refusal(
      'UPSTREAM_FAILED',
      `The gateway answered with the error ${typeof code === 'string' ? code.slice(0, 64) : 'without a code'}.`,
    );
  }
  const failures = Array.isArray(extensions?.failures)
    ? extensions.failures.map(wordsOfFailure).filter((words) => words !== '')
    : [];
  return new Refusal(code, [message, ...failures].join(' ').slice(0, LONGEST_REASON));
}

function wordsOfFailure(failure: unknown): string {
  if (typeof failure !== 'object' || failure === null) return '';
  const { claim, expected, actual } = failure as Record<string, unknown>;
  return [claim, expected, actual].every((part) => typeof part === 'string')
    ? `${claim as string}: expected ${expected as string}, got ${actual as string}.`
    : '';
}

const FINDINGS: readonly unknown[] = ['FINDING', 'NO_FINDING', 'UNCERTAIN', 'OUT_OF_DISTRIBUTION'];

/** The same names, with anything in them. */
type Unchecked<T> = { readonly [Name in keyof T]?: unknown };

function isAnswer(value: unknown): value is Answer {
  if (typeof value !== 'object' || value === null) return false;
  const answer = value as Unchecked<Answer>;
  const model = (answer.model ?? {}) as Unchecked<Answer['model']>;
  const { finding, probability, classActivationMap } = answer;
  return (
    FINDINGS.includes(finding) &&
    (isFraction(probability) || (probability === null && finding === 'OUT_OF_DISTRIBUTION')) &&
    isFraction(answer.threshold) &&
    Number.isFinite(answer.outOfDistributionScore) &&
    Number.isFinite(answer.outOfDistributionThreshold) &&
    (classActivationMap === null || isText(classActivationMap)) &&
    [answer.code, answer.receipt, model.id, model.version, model.sha256].every(isText)
  );
}

const isFraction = (value: unknown) => typeof value === 'number' && value >= 0 && value <= 1;
const isText = (value: unknown) => typeof value === 'string' && value !== '';

/** The client has a deadline of its own; this ends the wait when the process ends. */
async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return await new Promise<T>((resolve, reject) => {
    const end = () => reject(new Refusal('TIMEOUT', 'The gateway did not answer in time.'));
    if (signal.aborted) end();
    signal.addEventListener('abort', end, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', end));
  });
}
