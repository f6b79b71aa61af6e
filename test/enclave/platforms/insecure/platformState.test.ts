import { describe, expect, test } from '@jest/globals';
import {
  createInsecurePlatform,
  refreshCollateral,
  setPlatformState,
} from '../../../../enclave/platforms/insecure/createPlatform.js';
import { insecurePlatform } from '../../../../enclave/platforms/insecure/platform.js';
import type { PlatformState } from '../../../../enclave/platforms/insecure/platformState.js';
import { readPlatformState, SOUND, writePlatformState } from '../../../../enclave/platforms/insecure/platformState.js';
import { readCollateral } from '../../../../enclave/verification/dcap/collateral.js';
import { readTcbInfo } from '../../../../enclave/verification/dcap/tcbInfo.js';
import { TCB_STATUSES } from '../../../../enclave/verification/dcap/tcbStatus.js';
import { verifyQuote } from '../../../../enclave/verification/dcap/verifyQuote.js';
import { nodePrimitives } from '../../../../enclave/verification/nodePrimitives.js';
import { trustRoot } from '../../../../enclave/verification/trustRoot.js';
import { refusalOf } from '../../../support/refusals.js';

const NOW = Date.UTC(2026, 10, 2, 12);
const DAY = 86_400_000;
const sound = createInsecurePlatform({ now: NOW });
const quote = await insecurePlatform({ files: sound, measurement: 'ab'.repeat(32) }).quote(new Uint8Array(64));
const trustRoots = [trustRoot({ name: 'insecure', simulated: true, pem: sound['root.pem'] })];

/** The verdict on one and the same quote, with the collateral of these files. */
const verify = (files: typeof sound, now = NOW) =>
  verifyQuote(quote, {
    now,
    trustRoots,
    collateral: readCollateral(files['collateral.json']),
    primitives: nodePrimitives,
  });

const inState = (change: Partial<PlatformState>, now = NOW) => setPlatformState(sound, { ...SOUND, ...change }, now);

describe('a simulated machine about which its vendor says something else', () => {
  test.each(TCB_STATUSES.filter((status) => status !== 'Revoked'))('has the status %s', (status) => {
    const advisoryIds = ['INSECURE-SA-00042'];
    expect(verify(inState({ status, advisoryIds }))).toMatchObject({
      tcbStatus: status,
      platformTcbStatus: status,
      qeTcbStatus: 'UpToDate',
      advisoryIds,
    });
  });

  test.each<[string, Partial<PlatformState>, string, string]>([
    ['its level is revoked', { status: 'Revoked' }, 'tcb-revoked', 'EVIDENCE_TCB_INVALID'],
    ['its PCK certificate is revoked', { pckRevoked: true }, 'pck:revoked', 'EVIDENCE_REVOKED'],
    ['the CA above it is revoked', { pckAuthorityRevoked: true }, 'pck:revoked', 'EVIDENCE_REVOKED'],
    ['its collateral has expired', { collateralExpired: true }, 'tcbinfo-expired', 'COLLATERAL_UNAVAILABLE'],
  ])('is refused where %s', (_, change, reason, code) => {
    const refused = (() => verify(inState(change))) as () => never;
    expect(refused).toThrow(expect.objectContaining({ code, reasons: expect.arrayContaining([reason]) }));
  });

  test('is the same machine, with the same keys', () => {
    const changed = inState({ status: 'OutOfDate', pckRevoked: true });
    const ignored = { 'collateral.json': '', 'platform-state.json': '' };
    expect({ ...changed, ...ignored }).toEqual({ ...sound, ...ignored });
  });

  test('stays so when its collateral is renewed', () => {
    const later = NOW + 200 * DAY;
    expect(verify(refreshCollateral(inState({ status: 'OutOfDate' }), later), later).tcbStatus).toBe('OutOfDate');
    const revoked = refreshCollateral(inState({ pckRevoked: true }), later);
    expect(() => verify(revoked, later)).toThrow('pck:revoked');
    const expired = refreshCollateral(inState({ collateralExpired: true }), later);
    expect(() => verify(expired, later)).toThrow('tcbinfo-expired');
  });

  test('can be sound again', () => {
    const restored = setPlatformState(inState({ status: 'Revoked', pckRevoked: true }), SOUND, NOW);
    expect(verify(restored).tcbStatus).toBe('UpToDate');
  });

  test.each(TCB_STATUSES)('with status %s has no level below its own that is better', (status) => {
    const info = readTcbInfo(readCollateral(inState({ status })['collateral.json']).tcb_info);
    const ranks = info.levels.map((level) => TCB_STATUSES.indexOf(level.status));
    expect(ranks).toEqual([...ranks].sort((a, b) => a - b));
  });
});

describe('the file that holds the state', () => {
  test('reads as it was written', () => {
    const state: PlatformState = { ...SOUND, status: 'ConfigurationNeeded', advisoryIds: ['A'], pckRevoked: true };
    expect(readPlatformState(writePlatformState(state))).toEqual(state);
  });

  test.each([
    ['nothing', ''],
    ['no object', 'null'],
    ['an unknown status', writePlatformState(SOUND).replace('UpToDate', 'Excellent')],
    ['no status', '{"advisoryIds":[],"pckRevoked":false,"pckAuthorityRevoked":false,"collateralExpired":false}'],
    ['a flag that is a text', writePlatformState(SOUND).replace('false', '"false"')],
    ['advisories that are no texts', writePlatformState(SOUND).replace('[]', '[1]')],
  ])('is refused where it holds %s', async (_, text) => {
    await expect(refusalOf(() => readPlatformState(text))).rejects.toThrow(Error);
  });
});
