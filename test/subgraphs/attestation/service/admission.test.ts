import { describe, expect, test } from '@jest/globals';
import { reportDataOf, runtimeDataOf } from '../../../../enclave/evidence/runtimeData.js';
import { createInsecurePlatform } from '../../../../enclave/platforms/insecure/createPlatform.js';
import { insecurePlatform } from '../../../../enclave/platforms/insecure/platform.js';
import { createAdmission } from '../../../../subgraphs/attestation/service/admission.js';
import { collateralOf, startAttestationService } from '../../../support/attestationService.js';
import { refusalOf } from '../../../support/refusals.js';

describe('admission', () => {
  test('refuses what comes beyond its limit, and takes the next when something is done', async () => {
    const admission = createAdmission(2);
    const [first, second] = [waitingFor<number>(), waitingFor<number>()];
    const running = [admission.run(() => first.promise), admission.run(() => second.promise)];
    let begun = false;
    const third = () =>
      admission.run(() => {
        begun = true;
        return Promise.resolve();
      });
    expect(await refusalOf(third)).toBe('BUSY');
    expect(begun).toBe(false);
    first.resolve(1);
    expect(await running[0]).toBe(1);
    expect(await refusalOf(third)).toBe('not refused');
    second.resolve(2);
    await running[1];
  });

  test('gives a place back where the work fails, also before it waits for anything', async () => {
    const admission = createAdmission(1);
    await expect(admission.run(() => Promise.reject(new Error('late')))).rejects.toThrow('late');
    const atOnce = admission.run(() => {
      throw new Error('at once');
    });
    await expect(atOnce).rejects.toThrow('at once');
    expect(await admission.run(() => Promise.resolve(3))).toBe(3);
  });
});

describe('the attestation service', () => {
  const NOW = Date.UTC(2026, 10, 2, 12);
  const platform = createInsecurePlatform({ now: NOW });
  const runtimeData = runtimeDataOf([], 'fresh');

  test('tells those beyond its limit when to come again, and serves everything else meanwhile', async () => {
    const asked = waitingFor<undefined>();
    const answered = waitingFor<undefined>();
    const cache = collateralOf(
      () => platform['collateral.json'],
      () => NOW,
    );
    const service = await startAttestationService({
      now: () => NOW,
      platform,
      maximumAtOnce: 1,
      // The vendor's service takes its time.
      collateral: {
        async get(request) {
          asked.resolve(undefined);
          await answered.promise;
          return cache.get(request);
        },
      },
    });
    const quote = await insecurePlatform({ files: platform, measurement: 'ab'.repeat(32) }).quote(
      await reportDataOf(runtimeData),
    );
    const post = (body: object) =>
      fetch(`${service.url}/attest/SgxEnclave?api-version=2022-08-01`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
    const request = {
      quote: Buffer.from(quote).toString('base64url'),
      runtimeData: { data: Buffer.from(runtimeData).toString('base64url'), dataType: 'JSON' },
    };
    try {
      const first = post(request);
      await asked.promise;
      const second = await post(request);
      expect(second.status).toBe(503);
      expect(second.headers.get('retry-after')).toBe('1');
      expect(await second.json()).toMatchObject({
        error: { code: 'ServiceUnavailable', innererror: { code: 'BUSY' } },
      });
      expect((await fetch(`${service.url}/certs`)).status).toBe(200);
      expect((await post({ quote: 'AAAA', nonce: [] })).status).toBe(400);
      answered.resolve(undefined);
      expect((await first).status).toBe(200);
      expect((await post(request)).status).toBe(200);
    } finally {
      answered.resolve(undefined);
      await service.close();
    }
  });
});

/** A promise, and what fulfils it. */
function waitingFor<T>(): { readonly promise: Promise<T>; readonly resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => undefined;
  const promise = new Promise<T>((fulfil) => (resolve = fulfil));
  return { promise, resolve };
}
