import { Refusal } from '../../enclave/refusals.js';
import type { AttestedClient } from '../../runtime/attestedClient.js';
import { refusalFromAnswer } from '../../runtime/refusalFromAnswer.js';
import { type ImageReference, parseImageReference } from './inference/imageReference.js';
import type { SignedAnswer } from './inference/inference.js';
import type { ModelCard } from './inference/modelCard.js';

/** What the inference enclave answered, with the card of the very model that did (type Interpretation of the schema). */
export type Interpretation = Omit<SignedAnswer, 'model'> & { readonly model: ModelCard };

export interface Diagnosis {
  /** The models that run now, the default first. @throws Refusal */
  models(): Promise<readonly ModelCard[]>;
  /**
   * @param image of type ImageReference; passed on, not followed
   * @param model undefined: the default
   * @throws Refusal: of the inference enclave, or why it could not be asked
   */
  interpret(image: unknown, model: string | undefined): Promise<Interpretation>;
}

export interface DiagnosisOptions {
  /** Accepts nobody but the inference enclave. */
  readonly inference: Pick<AttestedClient, 'request'>;
  /** Milliseconds. */
  readonly now: () => number;
}

/** The cards are asked for again after this: what is shown is what runs. */
const FRESH_MS = 5000;
const ANSWER_BYTES = 1024 * 1024;

export function createDiagnosis({ inference, now }: DiagnosisOptions): Diagnosis {
  let known: { readonly at: number; readonly cards: Promise<readonly ModelCard[]> } | undefined;

  async function ask<T>(request: { method: 'GET' | 'POST'; path: string; body?: string }): Promise<T> {
    const headers = { 'content-type': 'application/json' };
    const { status, body } = await inference.request({ ...request, headers, maximumAnswerBytes: ANSWER_BYTES });
    if (status !== 200) throw refusalFromAnswer('inference', status, body);
    return JSON.parse(body.toString('utf8')) as T;
  }

  function models(newerThan = now() - FRESH_MS): Promise<readonly ModelCard[]> {
    if (known !== undefined && known.at >= newerThan) return known.cards;
    const cards = ask<{ models: readonly ModelCard[] }>({ method: 'GET', path: '/models' }).then(
      (answer) => answer.models,
    );
    const asked = { at: now(), cards };
    known = asked;
    cards.catch(() => {
      if (known === asked) known = undefined;
    });
    return cards;
  }

  /** The card of the bytes that ran. The enclave may have been replaced since the cards were last asked for. */
  async function cardOf({ id, sha256 }: SignedAnswer['model']): Promise<ModelCard> {
    const isIt = (card: ModelCard): boolean => card.id === id && card.sha256 === sha256;
    const card = (await models()).find(isIt) ?? (await models(Infinity)).find(isIt);
    if (card === undefined)
      throw new Refusal('UPSTREAM_FAILED', `inference answered with the model ${sha256}, which it does not list.`);
    return card;
  }

  return {
    models: () => models(),
    interpret: async (value, model) => {
      if (value === null || value === undefined) throw new Refusal('NOT_FOUND', 'The study has no image reference.');
      const image: ImageReference = parseImageReference(value);
      const answer = await ask<SignedAnswer>({
        method: 'POST',
        path: '/interpretations',
        body: JSON.stringify({ image, model }),
      });
      return { ...answer, model: await cardOf(answer.model) };
    },
  };
}
