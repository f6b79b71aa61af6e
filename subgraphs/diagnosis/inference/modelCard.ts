import { Refusal } from '../../../enclave/refusals.js';

/** What a model is for, how good it is, and which bytes it is. It lies beside the model file as JSON. */
export interface ModelCard {
  readonly id: string;
  readonly version: string;
  /** Of the model file, hex. */
  readonly sha256: string;
  /** What it looks for, for instance pneumonia. */
  readonly code: string;
  readonly intendedUse: string;
  readonly limits: readonly string[];
  /** Probability from which the answer is FINDING. */
  readonly threshold: number;
  /** Probabilities between these two, both included, are answered UNCERTAIN. */
  readonly uncertain: readonly [number, number];
  /** Squared Mahalanobis distance from which an image is out of distribution. */
  readonly oodThreshold: number;
  /** Pixels of the input. */
  readonly height: number;
  readonly width: number;
  readonly metrics: readonly ModelMetric[];
  readonly trainingData: readonly TrainingData[];
}

/** One measured figure. `low` and `high`: its 95 % confidence interval; null where none was worked out. */
export interface ModelMetric {
  readonly name: string;
  readonly value: number;
  readonly low: number | null;
  readonly high: number | null;
  /** On what it was measured. */
  readonly dataset: string;
  /** Images. */
  readonly n: number;
}

export interface TrainingData {
  readonly name: string;
  readonly licence: string;
  readonly doi: string | null;
  readonly sha256: string | null;
}

/** @throws Refusal CONFIGURATION_INVALID naming the first entry of the card that is not of its form. */
export function parseModelCard(json: string): ModelCard {
  const card = object(JSON.parse(json), 'the card');
  const id = text(card.id, 'id');
  const input = object(card.input, 'input');
  const [low, high, ...more] = array(card.uncertain, 'uncertain').map((each) => probability(each, 'uncertain'));
  if (low === undefined || high === undefined || more.length > 0 || low > high)
    throw wrong('uncertain', 'two probabilities in rising order');
  return {
    id,
    version: text(card.version, 'version'),
    sha256: text(card.sha256, 'sha256', /^[0-9a-f]{64}$/),
    // Where the card does not say, the identifier begins with it: pneumonia-paediatric.
    code: text(card.code ?? id.split('-')[0], 'code'),
    intendedUse: text(card.intendedUse, 'intendedUse'),
    limits: array(card.limits, 'limits').map((limit) => text(limit, 'limits')),
    threshold: probability(card.threshold, 'threshold'),
    uncertain: [low, high],
    oodThreshold: number(card.oodThreshold, 'oodThreshold'),
    height: side(input.height, 'input.height'),
    width: side(input.width, 'input.width'),
    metrics: readMetrics(object(card.metrics, 'metrics')),
    trainingData: array(card.trainingData, 'trainingData').map(readTrainingData),
  };
}

const METRICS = {
  auc: 'AUC',
  accuracy: 'accuracy',
  sensitivity: 'sensitivity',
  specificity: 'specificity',
  brier: 'Brier score',
};

/** Every data set of the card that names how many images it has, and of those the figures that everybody reports. */
function readMetrics(metrics: Record<string, unknown>): ModelMetric[] {
  return Object.entries(metrics).flatMap(([dataset, figures]) => {
    if (!isObject(figures) || typeof figures.n !== 'number') return [];
    const n = figures.n;
    return Object.entries(METRICS).flatMap(([key, name]) => {
      if (figures[key] === undefined) return [];
      const [low = null, high = null] =
        figures[`${key}Interval95`] === undefined
          ? []
          : array(figures[`${key}Interval95`], key).map((bound) => number(bound, key));
      return [{ name, value: number(figures[key], key), low, high, dataset: inWords(dataset), n }];
    });
  });
}

/** validationFold28px -> validation fold 28px */
const inWords = (name: string): string =>
  name.replace(/([a-z])([A-Z0-9])/g, (_, before: string, after: string) => `${before} ${after.toLowerCase()}`);

function readTrainingData(value: unknown): TrainingData {
  const data = object(value, 'trainingData');
  const optional = (key: string): string | null =>
    data[key] === undefined || data[key] === null ? null : text(data[key], `trainingData.${key}`);
  return {
    name: text(data.name, 'trainingData.name'),
    licence: text(data.licence, 'trainingData.licence'),
    doi: optional('doi'),
    sha256: optional('sha256'),
  };
}

const wrong = (entry: string, expected: string): Refusal =>
  new Refusal('CONFIGURATION_INVALID', `The model card's entry ${entry} is not ${expected}.`);

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function object(value: unknown, entry: string): Record<string, unknown> {
  if (!isObject(value)) throw wrong(entry, 'an object');
  return value;
}

function array(value: unknown, entry: string): unknown[] {
  if (!Array.isArray(value)) throw wrong(entry, 'a list');
  return value;
}

function text(value: unknown, entry: string, pattern = /^.+$/s): string {
  if (typeof value !== 'string' || !pattern.test(value)) throw wrong(entry, `a text that matches ${pattern.source}`);
  return value;
}

function number(value: unknown, entry: string): number {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw wrong(entry, 'a number');
  return value;
}

function probability(value: unknown, entry: string): number {
  const given = number(value, entry);
  if (given < 0 || given > 1) throw wrong(entry, 'from 0 to 1');
  return given;
}

function side(value: unknown, entry: string): number {
  const pixels = number(value, entry);
  if (!Number.isInteger(pixels) || pixels < 1 || pixels > 4096) throw wrong(entry, 'a whole number from 1 to 4096');
  return pixels;
}
