import { createHash } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { startAttestedListener } from '../../runtime/attestedListener.js';
import { type AttestedExchange, serveRoutes } from '../../runtime/attestedRoutes.js';
import { silentLog } from '../../runtime/log.js';
import { createMetrics } from '../../runtime/metrics.js';
import type { ImageReference } from '../../subgraphs/diagnosis/inference/imageReference.js';
import type { AttestedWorld } from './attestedWorld.js';

/** Serves images to the inference enclave over real attested TLS, as the patient service does. */
export interface TrialPatientService {
  readonly origin: string;
  /** Offers an image; the reference may be changed to be wrong. */
  offer(bytes: Uint8Array, contentType?: string): ImageReference;
  /** Answers every further request itself; undefined: as usual. */
  answer: ((exchange: AttestedExchange, response: ServerResponse) => void) | undefined;
  /** Requests that came, by path and query. */
  readonly requests: string[];
  close(): Promise<void>;
}

/** @param enclave who it is; anything but patient is an impostor. */
export async function startTrialPatientService(
  world: AttestedWorld,
  enclave = 'patient',
): Promise<TrialPatientService> {
  const images = new Map<string, Uint8Array>();
  const common = {
    identity: await world.identity(enclave),
    trust: world.trust,
    now: Date.now,
    log: silentLog,
    metrics: createMetrics(enclave, { processMetrics: false }),
  };
  const router = serveRoutes(
    [
      {
        method: 'GET',
        path: '/images/:id',
        peers: ['inference'],
        policy: 'imaging',
        handle: (exchange, response) => {
          service.requests.push(exchange.request.url ?? '');
          if (service.answer !== undefined) service.answer(exchange, response);
          else response.end(images.get(exchange.params.id ?? ''));
        },
      },
    ],
    common,
  );
  const listening = await startAttestedListener({ ...common, host: '127.0.0.1', port: 0 }, router);
  const origin = `https://127.0.0.1:${listening.port}`;
  const service: TrialPatientService = {
    origin,
    answer: undefined,
    requests: [],
    offer: (bytes, contentType = 'image/jpeg') => {
      const id = String(images.size);
      images.set(id, bytes);
      const sha256 = createHash('sha256').update(bytes).digest('hex');
      return { location: `${origin}/images/${id}`, sha256, size: bytes.length, contentType, ticket: 'a.b+c' };
    },
    close: () => listening.close(),
  };
  return service;
}
