import { createHash } from 'node:crypto';
import { Refusal } from '../../../enclave/refusals.js';
import { encodePng } from '../../../runtime/images/encodePng.js';
import type { WorkerPool } from '../../../runtime/workerPool.js';
import type { ImageReference } from './imageReference.js';
import type { ImageSource } from './imageSource.js';
import type { ModelOutput } from './infer.js';
import { type Finding, interpret } from './interpret.js';
import type { ModelCard } from './modelCard.js';
import { findModel, type Model } from './modelRepository.js';
import type { InferenceJob } from './workerPool.js';

/** What is answered about one image, before it is signed. */
export interface Answer {
  readonly finding: Finding;
  readonly code: string;
  readonly probability: number | null;
  readonly threshold: number;
  readonly outOfDistributionScore: number;
  readonly outOfDistributionThreshold: number;
  /** 8-bit grey PNG, base64; null when out of distribution. */
  readonly classActivationMap: string | null;
  readonly model: { readonly id: string; readonly version: string; readonly sha256: string };
}

export type SignedAnswer = Answer & { readonly receipt: string };

export interface InterpretationRequest {
  readonly image: ImageReference;
  /** Absent: the default model. */
  readonly model: string | undefined;
}

export interface Inference {
  readonly cards: readonly ModelCard[];
  /** @throws Refusal BUSY, NOT_FOUND, MODEL_FAILED, or what getting and decoding the image refuses with */
  interpret(request: InterpretationRequest, signal?: AbortSignal): Promise<SignedAnswer>;
}

export interface InferenceOptions {
  readonly models: readonly Model[];
  readonly workers: Pick<WorkerPool<InferenceJob, ModelOutput>, 'run'>;
  readonly images: ImageSource;
  /** Signs for an image by its SHA-256 (hex) and the answer. */
  readonly sign: (input: string, answer: Answer) => Promise<string> | string;
  /** Bytes of the images that are fetched, wait or are worked on at the same time. */
  readonly inFlightBytes: number;
}

/** Gets the image, has it inferred in a worker, says what that means and signs it. Nothing is kept. */
export function createInference({ models, workers, images, sign, inFlightBytes }: InferenceOptions): Inference {
  let bytesInFlight = 0;

  return {
    cards: models.map((model) => model.card),

    interpret: async ({ image, model: id }, signal) => {
      const { card } = findModel(models, id);
      if (bytesInFlight + image.size > inFlightBytes)
        throw new Refusal(
          'BUSY',
          `Images of ${bytesInFlight} bytes are worked on already; the limit is ${inFlightBytes}.`,
        );
      bytesInFlight += image.size;
      try {
        const bytes = await images(image);
        const answer = answerOf(await workers.run({ model: card.id, bytes }, { signal }), card);
        return { ...answer, receipt: await sign(createHash('sha256').update(bytes).digest('hex'), answer) };
      } finally {
        bytesInFlight -= image.size;
      }
    },
  };
}

function answerOf(output: ModelOutput, card: ModelCard): Answer {
  const { activation, ...answer } = interpret(output, card);
  const { id, version, sha256, height, width } = card;
  const map = activation === null ? null : encodePng({ rows: height, columns: width, pixels: activation });
  return {
    ...answer,
    classActivationMap: map === null ? null : Buffer.from(map).toString('base64'),
    model: { id, version, sha256 },
  };
}
