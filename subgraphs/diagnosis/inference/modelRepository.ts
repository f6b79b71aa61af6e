import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Refusal } from '../../../enclave/refusals.js';
import { type ModelCard, parseModelCard } from './modelCard.js';

/** A model that is exactly the one its card names. */
export interface Model {
  readonly card: ModelCard;
  /** ONNX. */
  readonly bytes: Uint8Array;
}

/**
 * Loads every model of a folder: `NAME.onnx` with its card `NAME.json`. The first by name is the default.
 *
 * @throws Refusal CONFIGURATION_INVALID where there is none, a card is missing or wrong, or a file's digest is not the card's.
 */
export async function loadModels(folder: string): Promise<readonly Model[]> {
  const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith('.onnx')).sort();
  if (names.length === 0) throw new Refusal('CONFIGURATION_INVALID', `There is no model (*.onnx) in ${folder}.`);
  return Promise.all(names.map((name) => loadModel(folder, name)));
}

async function loadModel(folder: string, name: string): Promise<Model> {
  const bytes = await readFile(join(folder, name));
  const card = await readCard(join(folder, name.replace(/\.onnx$/, '.json')));
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  if (sha256 !== card.sha256)
    throw new Refusal(
      'CONFIGURATION_INVALID',
      `The model file ${name} has SHA-256 ${sha256}; its card says ${card.sha256}.`,
    );
  return { card, bytes };
}

async function readCard(path: string): Promise<ModelCard> {
  try {
    return parseModelCard(await readFile(path, 'utf8'));
  } catch (cause) {
    if (cause instanceof Refusal) throw cause;
    throw new Refusal('CONFIGURATION_INVALID', `The model card ${path} cannot be read.`, { cause });
  }
}

/**
 * @param id undefined: the default
 * @throws Refusal NOT_FOUND
 */
export function findModel(models: readonly Model[], id: string | undefined): Model {
  const found = id === undefined ? models[0] : models.find((model) => model.card.id === id);
  if (found === undefined)
    throw new Refusal(
      'NOT_FOUND',
      `There is no such model; there are: ${models.map((model) => model.card.id).join(', ')}.`,
    );
  return found;
}
