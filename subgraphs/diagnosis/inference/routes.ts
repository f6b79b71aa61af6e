import type { ServerResponse } from 'node:http';
import { Refusal } from '../../../enclave/refusals.js';
import type { AttestedExchange, AttestedRoute } from '../../../runtime/attestedRoutes.js';
import { parseImageReference } from './imageReference.js';
import type { Inference, InterpretationRequest } from './inference.js';
import type { ModelCard } from './modelCard.js';

/** Of a request for an interpretation: it holds a reference, not an image. */
const REQUEST_BYTES = 16 * 1024;

export interface RoutesOptions {
  readonly inference: Inference;
  /** Reasons not to be sent work; empty means ready. */
  readonly notReady: () => readonly string[];
}

/** What attested peers may ask: health and metadata as the Open Inference Protocol v2 has them, the model cards, and interpretations. */
export function inferenceRoutes({ inference, notReady }: RoutesOptions): AttestedRoute[] {
  const get = (path: string, handle: AttestedRoute['handle']): AttestedRoute => ({ method: 'GET', path, handle });
  const metadata: AttestedRoute['handle'] = ({ params }, response) =>
    sendJson(response, 200, metadataOf(cardOf(inference, params)));
  const ready: AttestedRoute['handle'] = ({ params }, response) => {
    const name = params.model === undefined ? undefined : cardOf(inference, params).id;
    const isReady = notReady().length === 0;
    sendJson(response, isReady ? 200 : 503, name === undefined ? { ready: isReady } : { name, ready: isReady });
  };
  return [
    get('/v2', (_, response) => sendJson(response, 200, { name: 'cloister', version: '2', extensions: [] })),
    get('/v2/health/live', (_, response) => sendJson(response, 200, { live: true })),
    get('/v2/health/ready', ready),
    get('/v2/models/:model', metadata),
    get('/v2/models/:model/ready', ready),
    get('/v2/models/:model/versions/:version', metadata),
    get('/v2/models/:model/versions/:version/ready', ready),
    get('/models', (_, response) => sendJson(response, 200, { models: inference.cards })),
    {
      method: 'POST',
      path: '/interpretations',
      peers: ['diagnosis'],
      policy: 'imaging',
      handle: async (exchange, response) => {
        const request = await readRequest(exchange);
        sendJson(response, 200, await inference.interpret(request, closing(response)));
      },
    },
  ];
}

/** @throws Refusal NOT_FOUND */
function cardOf({ cards }: Inference, params: Readonly<Record<string, string>>): ModelCard {
  const { model, version } = params;
  const card = cards.find(({ id }) => id === model);
  if (card === undefined || (version !== undefined && version !== card.version))
    throw new Refusal('NOT_FOUND', 'There is no such model, or not in this version.');
  return card;
}

/** `$metadata_model_response`; -1 is the batch. */
function metadataOf({ id, version, sha256, height, width }: ModelCard): unknown {
  const image = [-1, 1, height, width];
  return {
    name: id,
    versions: [version],
    platform: 'onnx_onnxv1',
    inputs: [{ name: 'image', datatype: 'FP32', shape: image }],
    outputs: [
      { name: 'probabilities', datatype: 'FP32', shape: [-1, 2] },
      { name: 'cam', datatype: 'FP32', shape: image },
      { name: 'ood', datatype: 'FP32', shape: [-1] },
    ],
    parameters: { sha256 },
  };
}

/** @throws Refusal BAD_INPUT, TOO_LARGE */
async function readRequest(exchange: AttestedExchange): Promise<InterpretationRequest> {
  const { image, model } = parseObject(await exchange.body(REQUEST_BYTES));
  if (model !== undefined && model !== null && typeof model !== 'string')
    throw new Refusal('BAD_INPUT', 'model is not a text.');
  return { image: parseImageReference(image), model: model ?? undefined };
}

function parseObject(body: Buffer): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'));
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  } catch {
    // Said below.
  }
  throw new Refusal('BAD_INPUT', 'The body is not a JSON object.');
}

/** Aborted where the connection closes before the answer is out: what still waits in the queue then need not be done. */
function closing(response: ServerResponse): AbortSignal {
  const controller = new AbortController();
  response.once('close', () => controller.abort());
  return controller.signal;
}

function sendJson(response: ServerResponse, status: number, value: unknown): void {
  const body = Buffer.from(JSON.stringify(value));
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': body.length,
    'cache-control': 'no-store',
  });
  response.end(body);
}
