import { randomBytes } from 'node:crypto';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { insecurePlatform } from '../../../../enclave/platforms/insecure/platform.js';
import { createIssuerKeys } from '../../../../enclave/results/issuerKeys.js';
import { verifyAttestationResult } from '../../../../enclave/results/verifyResult.js';
import { bySchedule, createKeyRotation } from '../../../../subgraphs/attestation/service/keyRotation.js';
import type { SigningKey } from '../../../../subgraphs/attestation/service/signingKey.js';
import { createSigningKey, readSigningKey } from '../../../../subgraphs/attestation/service/signingKey.js';
import { createKeyRing } from '../../../../subgraphs/attestation/service/signingKeys.js';
import { RESULT_SECONDS } from '../../../../subgraphs/attestation/service/token.js';
import { startAttestationService } from '../../../support/attestationService.js';

const START = Date.UTC(2026, 10, 2, 12);
const HOUR = 3_600_000;
const ISSUER = 'https://attestation.test';
const overlapMs = RESULT_SECONDS * 1000;

const keys: SigningKey[] = [];
beforeAll(() => {
  for (let count = 0; count < 6; count++) keys.push(readSigningKey(createSigningKey({ issuer: ISSUER, now: START })));
});

const key = (index: number): SigningKey => {
  const found = keys[index];
  if (!found) throw new RangeError(`there are ${keys.length} keys`);
  return found;
};

function ringAt(clock: { now: number }) {
  const now = () => clock.now;
  const ring = createKeyRing({ begin: key(0), overlapMs, now });
  const published = () => ring.published().map((each) => keys.indexOf(each));
  return { ring, now, published };
}

describe('keys that follow each other', () => {
  test('are published before they sign, and while what they signed is good', () => {
    const clock = { now: START };
    const { ring, published } = ringAt(clock);
    expect(published()).toEqual([0]);
    ring.announce(key(1));
    expect([ring.current() === key(0), published()]).toEqual([true, [0, 1]]);
    ring.adopt();
    expect([ring.current() === key(1), published()]).toEqual([true, [1, 0]]);
    clock.now += overlapMs - 1;
    expect(published()).toEqual([1, 0]);
    clock.now += 1;
    expect(published()).toEqual([1]);
  });

  test('change only when there is another', () => {
    const { ring, published } = ringAt({ now: START });
    ring.adopt();
    expect(published()).toEqual([0]);
  });

  test('change by the calendar, each after it was announced for long enough', async () => {
    const clock = { now: START };
    const { ring, now, published } = ringAt(clock);
    let made = 0;
    const make = () => Promise.resolve(key(++made));
    const announceMs = 2 * HOUR;
    const look = createKeyRotation({
      ring,
      now,
      announceMs,
      candidate: bySchedule({ everyMs: 24 * HOUR, announceMs, now, make }),
    });
    await look();
    expect(published()).toEqual([0]);
    clock.now = START + 22 * HOUR;
    await look();
    expect(published()).toEqual([0, 1]);
    clock.now += announceMs - 1;
    await look();
    expect(published()).toEqual([0, 1]);
    clock.now += 1;
    await look();
    expect(published()).toEqual([1, 0]);
    // Late: whoever slept over the time announces first all the same.
    clock.now = START + 100 * HOUR;
    await look();
    expect(published()).toEqual([1, 2]);
    expect(ring.current()).toBe(key(1));
  });

  test('stay where the next one cannot be made, and change when it can', async () => {
    const { ring, now, published } = ringAt({ now: START });
    let answers: (() => Promise<SigningKey>)[] = [() => Promise.reject(new Error('no quote'))];
    const look = createKeyRotation({ ring, now, announceMs: 0, candidate: () => (answers.pop() ?? reject)() });
    await expect(look()).rejects.toThrow('no quote');
    expect(published()).toEqual([0]);
    answers = [() => Promise.resolve(key(1))];
    await look();
    await look();
    expect(published()).toEqual([1, 0]);
  });

  const reject = () => Promise.reject(new Error('asked too often'));

  test('are announced once, however many look at the same time', async () => {
    const { ring, now, published } = ringAt({ now: START });
    let asked = 0;
    const candidate = () => Promise.resolve(key(++asked));
    const look = createKeyRotation({ ring, now, announceMs: HOUR, candidate });
    await Promise.all([look(), look(), look()]);
    expect([asked, published()]).toEqual([1, [0, 1]]);
  });

  test('are kept before they are used', async () => {
    const { ring, now } = ringAt({ now: START });
    const saved: number[] = [];
    const save = ({ current }: { current: SigningKey }) => void saved.push(keys.indexOf(current));
    const look = createKeyRotation({ ring, now, announceMs: 0, save, candidate: () => Promise.resolve(key(1)) });
    await look();
    await look();
    expect(saved).toEqual([0, 1]);
  });
});

describe('under load, while keys change', () => {
  test('not one attestation result is refused', async () => {
    const clock = { now: START };
    const { ring, now } = ringAt(clock);
    const announceMs = 2 * HOUR;
    let made = 0;
    const look = createKeyRotation({
      ring,
      now,
      announceMs,
      candidate: bySchedule({ everyMs: 6 * HOUR, announceMs, now, make: () => Promise.resolve(key(++made)) }),
    });
    const service = await startAttestationService({ issuer: ISSUER, keys: ring, now, randomBytes });
    const platform = insecurePlatform({ files: service.platform, measurement: 'ab'.repeat(32) });
    const evidence = await platform.evidence(new Uint8Array(64));
    const body = JSON.stringify({
      quote: Buffer.from(evidence.kind === 'SevSnpVm' ? evidence.report : evidence.quote).toString('base64url'),
    });
    const attest = async () => {
      const response = await fetch(`${service.url}/attest/SgxEnclave?api-version=2022-08-01`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
      });
      return ((await response.json()) as { token: string }).token;
    };
    const getKeys = createIssuerKeys({
      fetchJwks: async (uri) => (await (await fetch(uri)).json()) as unknown,
      now: () => clock.now / 1000,
      minimumRefetchSeconds: 300,
    });
    const issuers = [{ issuer: ISSUER, jwksUri: `${service.url}/certs` }];
    const verify = (token: string) => verifyAttestationResult(token, { issuers, getKeys, now: clock.now / 1000 });

    const alive: { token: string; until: number }[] = [];
    const signers = new Set<string>();
    let verified = 0;
    for (let minute = 0; minute < 24 * 60; minute += 20) {
      clock.now = START + minute * 60_000;
      const [tokens] = await Promise.all([Promise.all([attest(), attest(), attest(), attest()]), look()]);
      alive.push(...tokens.map((token) => ({ token, until: clock.now + overlapMs })));
      signers.add(ring.current().keyId);
      const good = alive.filter(({ until }) => clock.now < until);
      const sample = [...tokens, ...good.filter((_, index) => index % 16 === 0).map(({ token }) => token)];
      const results = await Promise.all(sample.map(verify));
      verified += results.length;
    }
    await service.close();
    expect(signers.size).toBeGreaterThan(3);
    expect(verified).toBeGreaterThan(400);
  });
});
