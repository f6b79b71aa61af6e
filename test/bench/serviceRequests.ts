import { randomBytes } from 'node:crypto';
import { Worker } from 'node:worker_threads';
import { reportDataOf, runtimeDataOf } from '../../enclave/evidence/runtimeData.js';
import { insecurePlatform } from '../../enclave/platforms/insecure/platform.js';
import { startAttestationService } from '../support/attestationService.js';
import { createEnclaveKey } from '../support/issuer.js';
import { figureOf, type BenchOptions, type Figure } from './report.js';
import type { PosterData } from './servicePoster.js';

const CONNECTIONS = [1, 16];
/** Of one platform over different keys: more than the service remembers signatures of, while it remembers the collateral. */
const QUOTES = 600;
const PER_ROUND = 2000;

/**
 * The attestation service over HTTP on this machine, from the request with a quote to the signed result: requests per second
 * of one process. Its clients wait in another thread, which takes a core of its own where there is one.
 */
export async function serviceRequests({ rounds, tell }: BenchOptions): Promise<Figure[]> {
  const service = await startAttestationService();
  try {
    const platform = insecurePlatform({ files: service.platform, measurement: 'ab'.repeat(32) });
    const bodies: string[] = [];
    for (let index = 0; index < QUOTES; index++) {
      const runtimeData = runtimeDataOf([createEnclaveKey('tls').jwk], randomBytes(16).toString('hex'));
      const quote = await platform.quote(await reportDataOf(runtimeData));
      const base64url = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64url');
      const data = { data: base64url(runtimeData), dataType: 'JSON' };
      bodies.push(JSON.stringify({ quote: base64url(quote), runtimeData: data }));
    }
    const figures: Figure[] = [];
    for (const connections of CONNECTIONS) {
      const post = { url: service.url, bodies, connections, requests: PER_ROUND };
      await secondsOf(post);
      const rates: number[] = [];
      for (let round = 1; round <= rounds; round++) {
        rates.push(PER_ROUND / (await secondsOf(post)));
        tell(`attestation service, ${connections} connections: round ${round} of ${rounds}`);
      }
      const among = connections === 1 ? 'one connection' : `${connections} connections`;
      figures.push(figureOf(`attestation service, SGX quotes, ${among}`, '1/s', rates));
    }
    return figures;
  } finally {
    await service.close();
  }
}

/** How long the requests took, once the poster was ready. @throws where one of them was refused */
function secondsOf(workerData: PosterData): Promise<number> {
  const worker = new Worker(new URL('./servicePoster.js', import.meta.url), { workerData });
  return new Promise((resolve, reject) => {
    worker.once('message', (seconds: number) => resolve(seconds));
    worker.once('error', reject);
  });
}
