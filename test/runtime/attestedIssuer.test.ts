import { readPem } from '../../enclave/asn1/pem.js';
import { describe, expect, test } from '@jest/globals';
import { appraise } from '../../enclave/appraisal/appraise.js';
import type { ReferenceValues } from '../../enclave/appraisal/policy.js';
import { attestRequestOf, attestUrl } from '../../enclave/evidence/attestRequest.js';
import { reportDataOf, runtimeDataOf } from '../../enclave/evidence/runtimeData.js';
import { createInsecurePlatform, setPlatformState } from '../../enclave/platforms/insecure/createPlatform.js';
import { SOUND } from '../../enclave/platforms/insecure/platformState.js';
import { insecurePlatform } from '../../enclave/platforms/insecure/platform.js';
import { Refusal } from '../../enclave/refusals.js';
import { createIssuerKeys } from '../../enclave/results/issuerKeys.js';
import { verifyAttestationResult } from '../../enclave/results/verifyResult.js';
import { trustRoot } from '../../enclave/verification/trustRoot.js';
import { createIsAttested } from '../../runtime/attestedIssuer.js';
import { createVerifyEvidence } from '../../runtime/evidence/verifyEvidence.js';
import {
  createAttestedSigningKey,
  createSigningKey,
  readSigningKey,
} from '../../subgraphs/attestation/service/signingKey.js';
import { fixedSigningKey } from '../../subgraphs/attestation/service/signingKeys.js';
import { collateralOf, startAttestationService } from '../support/attestationService.js';

const NOW = Date.UTC(2026, 10, 2, 12);
const issuer = 'http://attestation.test';
const serviceMeasurement = 'cd'.repeat(32);
const platform = createInsecurePlatform({ now: NOW });
const enclaveOf = (measurement: string, files = platform) => insecurePlatform({ files, measurement });
const attestedKey = (measurement = serviceMeasurement) =>
  createAttestedSigningKey({ issuer, now: NOW, platform: enclaveOf(measurement) });
const certificateIn = ({ certificate }: { certificate: string }) => readPem(certificate)[0] ?? new Uint8Array();

function relyingParty(
  options: { collateral?: string; roots?: 'none'; referenceValues?: ReferenceValues; simulated?: false } = {},
) {
  const { collateral = platform['collateral.json'] } = options;
  const roots = [trustRoot({ name: 'insecure', simulated: true, pem: platform['root.pem'] })];
  return createIsAttested({
    verifyEvidence: createVerifyEvidence({
      trustRoots: options.roots === 'none' ? [] : roots,
      collateral:
        collateral === ''
          ? { get: () => Promise.reject(new Refusal('COLLATERAL_UNAVAILABLE', 'There is none.')) }
          : collateralOf(
              () => collateral,
              () => NOW,
            ),
      now: () => NOW,
    }),
    referenceValues: options.referenceValues ?? { 'attestation-service': [{ measurement: serviceMeasurement }] },
    acceptsSimulated: options.simulated ?? true,
  });
}

describe('the signing certificate of an attestation service', () => {
  test('shows that its key was made in the service’s own enclave', async () => {
    expect(await relyingParty()(certificateIn(await attestedKey()))).toBe(true);
  });

  test('shows nothing without evidence', async () => {
    expect(await relyingParty()(certificateIn(createSigningKey({ issuer, now: NOW })))).toBe(false);
  });

  test('shows nothing with evidence that vouches for another key', async () => {
    const [attested, other] = [await attestedKey(), createSigningKey({ issuer, now: NOW })];
    const key = readSigningKey(other);
    // The quote of one key in the certificate of another: report data differ.
    expect(key.keyId).not.toBe(readSigningKey(attested).keyId);
    const moved = await createAttestedSigningKey({
      issuer,
      now: NOW,
      platform: {
        ...enclaveOf(serviceMeasurement),
        evidence: () => enclaveOf(serviceMeasurement).evidence(new Uint8Array(64)),
      },
    });
    expect(await relyingParty()(certificateIn(moved))).toBe(false);
  });

  test.each<[string, () => Promise<{ certificate: string }>, Parameters<typeof relyingParty>[0]]>([
    ['an enclave that is no attestation service', () => attestedKey('ef'.repeat(32)), {}],
    [
      'an enclave that the reference values know under another name',
      () => attestedKey(),
      { referenceValues: { gateway: [{ measurement: serviceMeasurement }] } },
    ],
    ['a root that is not pinned', () => attestedKey(), { roots: 'none' }],
    ['a simulated enclave outside development', () => attestedKey(), { simulated: false }],
    [
      'a revoked machine',
      () => attestedKey(),
      { collateral: setPlatformState(platform, { ...SOUND, pckRevoked: true }, NOW)['collateral.json'] },
    ],
  ])('shows nothing good with evidence of %s', async (_, make, options) => {
    expect(await relyingParty(options)(certificateIn(await make()))).toBe(false);
  });

  test('cannot be judged without collateral, which is another answer than no', async () => {
    await expect(relyingParty({ collateral: '' })(certificateIn(await attestedKey()))).rejects.toMatchObject({
      code: 'COLLATERAL_UNAVAILABLE',
    });
  });
});

describe('a policy that demands an attested issuer', () => {
  const measurement = 'ab'.repeat(32);
  const policy = {
    name: 'component',
    description: '',
    enclaves: ['gateway'],
    teeTypes: ['sgx'],
    tcbStatuses: ['UpToDate'],
    acceptsDebug: false,
    acceptsSimulated: true,
    maximumAgeSeconds: 60,
    recipientChannels: [],
    notice: null,
    requiresAttestedIssuer: true,
  } as const;

  /** A result of a real service over HTTP, its keys fetched from it, appraised. */
  async function failuresWith(signing: { key: string; certificate: string }): Promise<string[]> {
    const service = await startAttestationService({
      now: () => NOW,
      platform,
      keys: fixedSigningKey(readSigningKey(signing)),
    });
    try {
      const runtimeData = runtimeDataOf([]);
      const evidence = await enclaveOf(measurement).evidence(await reportDataOf(runtimeData));
      const { kind, body } = attestRequestOf(evidence, runtimeData);
      const answer = await fetch(attestUrl(service.url, kind), {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
      const { token } = (await answer.json()) as { token: string };
      const getKeys = createIssuerKeys({
        fetchJwks: async () => (await fetch(`${service.url}/certs`)).json() as Promise<unknown>,
        now: () => NOW / 1000,
        minimumRefetchSeconds: 1,
        isAttested: relyingParty(),
      });
      const issuers = [{ issuer: service.issuer, jwksUri: `${service.issuer}/certs` }];
      const result = await verifyAttestationResult(token, { issuers, getKeys, now: NOW / 1000 });
      const referenceValues = { gateway: [{ measurement }] };
      return appraise(result, policy, { referenceValues, now: NOW / 1000 }).failures.map(({ claim }) => claim);
    } finally {
      await service.close();
    }
  }

  test('accepts a result whose signing key was made in the service’s enclave', async () => {
    expect(await failuresWith(await attestedKey())).toEqual([]);
  });

  test('refuses one whose signing key may be anywhere', async () => {
    expect(await failuresWith(createSigningKey({ issuer, now: NOW }))).toEqual(['attestedIssuer']);
  });
});
