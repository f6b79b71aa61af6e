import { describe, expect, test } from '@jest/globals';
import { createInsecurePlatform } from '../../../enclave/platforms/insecure/createPlatform.js';
import { readCollateral } from '../../../enclave/verification/dcap/collateral.js';
import { nodePrimitives } from '../../../enclave/verification/nodePrimitives.js';
import { trustRoot } from '../../../enclave/verification/trustRoot.js';
import { createCollateralCache } from '../../../runtime/collateral/cache.js';
import { keyDistributionService } from '../../../runtime/collateral/keyDistributionService.js';
import type { DcapCollateral } from '../../../runtime/collateral/request.js';
import type { CollateralSource } from '../../../runtime/collateral/source.js';
import { createSourceClient } from '../../../runtime/collateral/sourceClient.js';
import { validateCollateral } from '../../../runtime/collateral/validateCollateral.js';
import { silentLog } from '../../../runtime/log.js';
import { makeInsecureChip } from '../../support/insecureChip.js';
import { startKeyDistributionService } from '../../support/keyDistributionService.js';
import { manualTime } from '../../support/manualSchedule.js';
import { refusalOf } from '../../support/refusals.js';
import { FAULTS } from '../../support/vendorService.js';
import {
  closing,
  collateralAt,
  DAY,
  first,
  HOUR,
  LIFE,
  MINUTE,
  platform,
  QUESTIONS,
  request,
  START,
  trial,
  until,
} from './cacheTrial.js';

describe('collateral that was fetched', () => {
  test('is answered again without asking, as the same value', async () => {
    const { cache, service } = await trial();
    const answer = await cache.get(request);
    expect(answer).toEqual(first);
    expect(await cache.get({ ...request, fmspc: request.fmspc.toUpperCase() })).toBe(answer);
    expect(service.requests).toHaveLength(QUESTIONS);
  });

  test('is fetched once for a hundred who ask at the same time', async () => {
    const { cache, service } = await trial();
    service.misbehave(FAULTS.slow(50));
    const answers = await Promise.all(Array.from({ length: 100 }, () => cache.get(request)));
    expect(new Set(answers).size).toBe(1);
    expect(service.requests).toHaveLength(QUESTIONS);
  });

  test('is refused once for a hundred who ask at the same time', async () => {
    const { cache, service } = await trial();
    service.misbehave(FAULTS.status(500));
    const codes = await Promise.all(Array.from({ length: 100 }, () => refusalOf(() => cache.get(request))));
    expect(new Set(codes)).toEqual(new Set(['COLLATERAL_UNAVAILABLE']));
    expect(service.requests).toHaveLength(QUESTIONS);
  });

  test('is renewed behind the answer once it is a day old', async () => {
    const { cache, service, state, time } = await trial();
    await cache.get(request);
    time.advance(DAY - 1);
    expect(service.requests).toHaveLength(QUESTIONS);
    state.collateral = collateralAt(time.now());
    time.advance(1);
    expect(await cache.get(request)).toEqual(first);
    await until(async () => (await cache.get(request)).tcb_info === state.collateral.tcb_info);
    expect(service.requests).toHaveLength(2 * QUESTIONS);
  });

  test('is renewed when the configured share of its life is over, a little earlier at random', async () => {
    const { cache, service, time } = await trial(
      { maximumAgeMs: LIFE, refreshShare: 0.4, jitterShare: 0.1, idleMs: LIFE },
      { random: () => 0.5 },
    );
    await cache.get(request);
    time.advance(0.4 * 0.95 * LIFE - 1);
    expect(service.requests).toHaveLength(QUESTIONS);
    time.advance(1);
    await until(() => service.requests.length === 2 * QUESTIONS);
  });

  test('stays the same value where its renewal brings the same', async () => {
    const { cache, outcomes, time } = await trial();
    const answer = await cache.get(request);
    time.advance(DAY);
    await until(() => outcomes.length === 2);
    expect(await cache.get(request)).toBe(answer);
  });

  test('is not renewed for nobody, and goes when it expires', async () => {
    const { cache, outcomes, service, time } = await trial({ idleMs: 3 * DAY });
    await cache.get(request);
    for (let day = 1; day <= 3; day++) {
      time.advance(DAY);
      await until(() => outcomes.length === day + 1);
    }
    time.advance(LIFE);
    expect(service.requests).toHaveLength(4 * QUESTIONS);
    expect([cache.notReady(), cache.warnings()]).toEqual([[], []]);
  });
});

describe('while the source is down', () => {
  test('collateral is used until it expires, with a warning, and not a moment longer', async () => {
    const { cache, service, time } = await trial();
    await cache.get(request);
    service.misbehave(FAULTS.status(500));
    expect([cache.notReady(), cache.warnings()]).toEqual([[], []]);
    time.advance(DAY);
    await until(() => cache.warnings().length > 0);
    expect(cache.notReady()).toEqual([]);
    expect(cache.warnings()).toEqual([
      'Collateral for SGX platform 494e53454355 (processor CA) expires at 2026-12-02T12:00:00.000Z, in 696 h, and cannot ' +
        'be renewed since 2026-11-03T12:00:00.000Z: pcs: /sgx/certification/v4/tcb answers 500.',
    ]);
    for (let day = 2; day <= 30; day++) {
      expect(await cache.get(request)).toEqual(first);
      time.advance(DAY);
    }
    expect(time.now()).toBe(START + LIFE);
    expect(await cache.get(request)).toEqual(first);
    time.advance(1);
    expect(await refusalOf(() => cache.get(request))).toBe('COLLATERAL_UNAVAILABLE');
    expect(cache.notReady()).toEqual([
      'Collateral for SGX platform 494e53454355 (processor CA) expired at 2026-12-02T12:00:00.000Z: ' +
        'pcs: /sgx/certification/v4/tcb answers 500.',
    ]);
    expect(cache.warnings()).toEqual([]);
  });

  test('it is asked less and less often, and at once of what it wants', async () => {
    const { cache, service, time } = await trial({ backoff: { firstMs: 5_000, maximumMs: 20_000 } });
    service.misbehave(FAULTS.status(500));
    for (const waitMs of [5_000, 10_000, 20_000, 20_000]) {
      const asked = service.requests.length + QUESTIONS;
      expect(await refusalOf(() => cache.get(request))).toBe('COLLATERAL_UNAVAILABLE');
      time.advance(waitMs - 1);
      expect(await refusalOf(() => cache.get(request))).toBe('COLLATERAL_UNAVAILABLE');
      expect(service.requests).toHaveLength(asked);
      time.advance(1);
    }
    service.misbehave(undefined);
    expect(await cache.get(request)).toEqual(first);
  });

  test('it is not asked before its Retry-After', async () => {
    const { cache, service, time } = await trial();
    service.misbehave(FAULTS.status(429, { 'retry-after': '900' }), 'tcb');
    expect(await refusalOf(() => cache.get(request))).toBe('COLLATERAL_UNAVAILABLE');
    const asked = service.requests.length;
    time.advance(900_000 - 1);
    await expect(cache.get(request)).rejects.toThrow(/answers 429: not again for 900 s/);
    expect(service.requests).toHaveLength(asked);
    service.misbehave(undefined);
    time.advance(1);
    expect(await cache.get(request)).toEqual(first);
  });

  test('its recovery is noticed without anybody asking', async () => {
    const { cache, service, state, time } = await trial();
    await cache.get(request);
    service.misbehave(FAULTS.hangUp());
    time.advance(DAY);
    await until(() => cache.warnings().length > 0);
    service.misbehave(undefined);
    state.collateral = collateralAt(time.now());
    time.advance(10 * MINUTE);
    await until(() => cache.warnings().length === 0);
    expect(await cache.get(request)).toEqual(state.collateral);
  });

  test('one that never answers is not waited for', async () => {
    const source: CollateralSource = { name: 'deaf', dcap: () => new Promise(() => undefined) };
    const { cache } = await trial({ fetchMs: 50 }, { source });
    await expect(cache.get(request)).rejects.toMatchObject({ code: 'COLLATERAL_UNAVAILABLE', message: /in time/ });
  });
});

describe('an answer that must not be kept', () => {
  const expiredFor = (ms: number) => collateralAt(START - LIFE - ms);
  test.each<[string, (state: { collateral: DcapCollateral }) => void, string, RegExp]>([
    ['has expired', (state) => (state.collateral = expiredFor(1_000)), 'COLLATERAL_UNAVAILABLE', /expired at/],
    [
      'begins in the future',
      (state) => (state.collateral = collateralAt(START + DAY)),
      'COLLATERAL_UNAVAILABLE',
      /begins only/,
    ],
    [
      'cannot be read',
      (state) => (state.collateral = { ...first, qe_identity: '{"id":"QE"}' }),
      'COLLATERAL_INVALID',
      /qeid-parse/,
    ],
  ])('is one that %s', async (_, spoil, code, message) => {
    const { cache, state } = await trial();
    spoil(state);
    await expect(cache.get(request)).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  });

  test('is one about another platform', async () => {
    const { cache, service } = await trial();
    const other = first.tcb_info.replace('494e53454355', '00606a000000');
    service.misbehave(
      FAULTS.content('application/json', `{"tcbInfo":${other},"signature":"${first.tcb_info_signature}"}`, {
        'tcb-info-issuer-chain': encodeURIComponent(first.tcb_info_issuer_chain),
      }),
      'tcb',
    );
    await expect(cache.get(request)).rejects.toMatchObject({ code: 'COLLATERAL_INVALID', message: /FMSPC/ });
  });

  test('does not take the place of a good one, whatever it is', async () => {
    const { cache, service, state, time } = await trial(
      {},
      {
        validate: validateCollateral({
          trustRoots: [trustRoot({ name: 'insecure', simulated: true, pem: platform['root.pem'] })],
          primitives: nodePrimitives,
        }),
      },
    );
    await cache.get(request);
    const unsigned = { ...collateralAt(START + DAY), tcb_info_signature: '0'.repeat(128) };
    const stranger = readCollateral(createInsecurePlatform({ now: START + DAY })['collateral.json']);
    for (const [bad, message] of [
      [unsigned, /not the vendor's: tcbinfo-signature/],
      [stranger, /untrusted-root/],
      [collateralAt(START - DAY), /is older than what was had before/],
    ] as const) {
      const asked = service.requests.length;
      state.collateral = bad;
      time.advance(DAY);
      await until(
        () => service.requests.length >= asked + QUESTIONS && cache.warnings().some((text) => message.test(text)),
      );
      expect(await cache.get(request)).toEqual(first);
    }
  });

  test('is older by one of its parts only', async () => {
    const { cache, state, time } = await trial();
    await cache.get(request);
    time.advance(DAY - 1);
    state.collateral = { ...collateralAt(START + DAY), pck_crl: collateralAt(START - DAY).pck_crl };
    time.advance(1);
    await until(() => cache.warnings().length > 0);
    expect(cache.warnings()[0]).toMatch(/is older than what was had before/);
    expect(await cache.get(request)).toEqual(first);
  });
});

describe('collateral for which nothing newer comes', () => {
  test('is warned about before it expires, though its source answers', async () => {
    const { cache, outcomes, time } = await trial({ idleMs: LIFE });
    await cache.get(request);
    for (let day = 1; day < 27; day++) {
      time.advance(DAY);
      await until(() => outcomes.length === day + 1);
    }
    expect(cache.warnings()).toEqual([]);
    time.advance(DAY);
    await until(() => outcomes.length === 28);
    expect(cache.warnings()).toEqual([expect.stringMatching(/in 72 h, and its source has nothing newer\.$/)]);
    expect(cache.notReady()).toEqual([]);
  });
});

describe('a flood of questions', () => {
  const made = (index: number) => ({ ...request, fmspc: index.toString(16).padStart(12, '0') });

  test('about platforms that nobody knows costs a question each, and pushes out no answer', async () => {
    const { cache, service } = await trial({ entries: 8 });
    await cache.get(request);
    for (let index = 0; index < 50; index++) {
      expect(await refusalOf(() => cache.get(made(index)))).toBe('COLLATERAL_UNAVAILABLE');
    }
    const asked = service.requests.length;
    expect(await refusalOf(() => cache.get(made(49)))).toBe('COLLATERAL_UNAVAILABLE');
    expect(await cache.get(request)).toEqual(first);
    expect(service.requests).toHaveLength(asked);
  });

  test('waits in a line of bounded length', async () => {
    const { cache, service } = await trial({ atOnce: 2, waiting: 3 });
    service.misbehave(FAULTS.slow(100));
    const asked = Array.from({ length: 10 }, (_, index) => cache.get(made(index)));
    const reasons = (await Promise.allSettled(asked)).map((result) =>
      result.status === 'rejected' && result.reason instanceof Error ? result.reason.message : '',
    );
    expect(reasons.filter((reason) => reason.includes('3 questions for collateral wait already'))).toHaveLength(5);
    expect(service.requests).toHaveLength(5 * QUESTIONS);
  });

  test('keeps the answers that were used last', async () => {
    const collateral = Array.from({ length: 4 }, (_, index) => ({
      ...first,
      tcb_info: first.tcb_info.replace('494e53454355', made(index).fmspc),
    }));
    let asked = 0;
    const source: CollateralSource = {
      name: 'counting',
      dcap: ({ fmspc }) => {
        asked++;
        return Promise.resolve(collateral.find(({ tcb_info: text }) => text.includes(fmspc)));
      },
    };
    const { cache } = await trial({ entries: 2 }, { source });
    await cache.get(made(0));
    await cache.get(made(1));
    await cache.get(made(0));
    await cache.get(made(2));
    expect(asked).toBe(3);
    await cache.get(made(0));
    expect(asked).toBe(3);
    await cache.get(made(1));
    expect(asked).toBe(4);
  });

  test('that is badly formed reaches nobody', async () => {
    const { cache, service } = await trial();
    expect(await refusalOf(() => cache.get({ ...request, fmspc: '../../secret' }))).toBe('BAD_INPUT');
    expect(service.requests).toEqual([]);
  });
});

describe('collateral of AMD', () => {
  test('is renewed before its CRL ends; the certificate of a chip is not asked for again', async () => {
    const time = manualTime(START);
    const chip = makeInsecureChip({ product: 'Genoa', thisUpdate: START - HOUR, nextUpdate: START + 10 * DAY });
    const service = await startKeyDistributionService(() => ({
      product: 'Genoa',
      vcek: chip,
      chips: [{ hardwareId: chip.hardwareId, tcb: chip.tcb, certificate: chip.vcek }],
    }));
    const client = createSourceClient({ name: 'kds', now: time.now, timeoutMs: 1_000 });
    const source = keyDistributionService({ name: 'kds', client, url: service.url });
    const cache = createCollateralCache({ source, ...time, random: () => 0, log: silentLog });
    closing.push(
      () => service.close(),
      () => cache.close(),
    );
    const ofChip = { kind: 'vcek', product: 'Genoa', chipId: chip.chipId, tcb: chip.tcb } as const;
    const ofProduct = { kind: 'sev-snp', product: 'Genoa', endorsement: 'vcek' } as const;
    await Promise.all([cache.get(ofChip), cache.get(ofProduct)]);
    time.advance(2 * DAY);
    await until(() => service.requests.filter((asked) => asked.endsWith('/crl')).length === 2);
    expect(service.requests.filter((asked) => asked.includes('blSPL'))).toHaveLength(1);
    expect((await cache.get(ofChip)).certificate).toMatch(/^-----BEGIN CERTIFICATE/);
  });
});

describe('a cache that is closed', () => {
  test('calls off what is under way, and plans nothing more', async () => {
    const { cache, service, time } = await trial();
    await cache.get(request);
    service.misbehave(FAULTS.hang());
    const asked = refusalOf(() => cache.get({ ...request, ca: 'platform' }));
    await until(() => service.requests.length > QUESTIONS);
    await cache.close();
    expect(await asked).toBe('COLLATERAL_UNAVAILABLE');
    expect(time.planned()).toBe(0);
    const count = service.requests.length;
    expect(await refusalOf(() => cache.get({ ...request, tee: 'tdx' }))).toBe('COLLATERAL_UNAVAILABLE');
    expect(service.requests).toHaveLength(count);
  });
});
