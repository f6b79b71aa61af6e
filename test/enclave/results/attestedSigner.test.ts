import { readdirSync, readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { readCertificate } from '../../../enclave/asn1/certificate.js';
import { readPem } from '../../../enclave/asn1/pem.js';
import { createInsecurePlatform } from '../../../enclave/platforms/insecure/createPlatform.js';
import { insecurePlatform } from '../../../enclave/platforms/insecure/platform.js';
import { attestedSigner, evidenceExtension } from '../../../enclave/results/attestedSigner.js';
import { readCollateral } from '../../../enclave/verification/dcap/collateral.js';
import { verifyQuote } from '../../../enclave/verification/dcap/verifyQuote.js';
import { nodePrimitives } from '../../../enclave/verification/nodePrimitives.js';
import { trustRoot } from '../../../enclave/verification/trustRoot.js';
import {
  createAttestedSigningKey,
  createSigningKey,
  readSigningKey,
} from '../../../subgraphs/attestation/service/signingKey.js';
import { refusalOf } from '../../support/refusals.js';
import { describeWithShared, sharedPath } from '../../support/shared.js';

const NOW = Date.UTC(2026, 10, 2, 12);
const ISSUER = 'https://attestation.test';
const files = createInsecurePlatform({ now: NOW });
const platform = insecurePlatform({ files, measurement: 'cd'.repeat(32) });
const ofPem = (pem: string) => readPem(pem)[0] ?? new Uint8Array();

describe('the certificate of a service in an enclave', () => {
  let certificate: Uint8Array;
  let keyId: string;
  beforeAll(async () => {
    const pem = await createAttestedSigningKey({ issuer: ISSUER, now: NOW, platform });
    certificate = ofPem(pem.certificate);
    keyId = readSigningKey(pem).keyId;
  });

  test('shows the enclave in which its key was made', () => {
    expect(attestedSigner(certificate, nodePrimitives)).toMatchObject({
      holdsKey: true,
      keyId,
      report: { tee: 'sgx', mrEnclave: 'cd'.repeat(32), debug: false },
    });
  });

  test('carries a quote that verifies', () => {
    const { quote } = attestedSigner(certificate, nodePrimitives) ?? { quote: new Uint8Array() };
    const verified = verifyQuote(quote, {
      now: NOW,
      trustRoots: [trustRoot({ name: 'insecure', simulated: true, pem: files['root.pem'] })],
      collateral: readCollateral(files['collateral.json']),
      primitives: nodePrimitives,
    });
    expect(verified.trustRoot.simulated).toBe(true);
  });

  test('says nothing about a key that the quote does not name', async () => {
    const mine = await createAttestedSigningKey({ issuer: ISSUER, now: NOW, platform });
    const stolen = attestedSigner(certificate, nodePrimitives)?.quote ?? new Uint8Array();
    const thief = { ...platform, evidence: () => Promise.resolve({ kind: 'SgxEnclave', quote: stolen } as const) };
    const forged = await createAttestedSigningKey({ issuer: ISSUER, now: NOW, platform: thief });
    expect(attestedSigner(ofPem(mine.certificate), nodePrimitives)?.holdsKey).toBe(true);
    expect(attestedSigner(ofPem(forged.certificate), nodePrimitives)?.holdsKey).toBe(false);
  });
});

describe('other certificates', () => {
  test('carry no evidence', () => {
    const { certificate } = createSigningKey({ issuer: ISSUER, now: NOW });
    expect(attestedSigner(ofPem(certificate), nodePrimitives)).toBeUndefined();
  });

  test.each([
    ['is no certificate', Uint8Array.of(0x30, 0)],
    ['is cut short', ofPem(createSigningKey({ issuer: ISSUER, now: NOW }).certificate).subarray(0, 300)],
  ])('are refused where one %s', async (_, der) => {
    expect(await refusalOf(() => attestedSigner(der, nodePrimitives))).toBe('EVIDENCE_MALFORMED');
  });

  test('are refused where the evidence is no quote', async () => {
    const nonsense = { kind: 'SgxEnclave', quote: new Uint8Array(500) } as const;
    const broken = { ...platform, evidence: () => Promise.resolve(nonsense) };
    const { certificate } = await createAttestedSigningKey({ issuer: ISSUER, now: NOW, platform: broken });
    expect(await refusalOf(() => attestedSigner(ofPem(certificate), nodePrimitives))).toBe('EVIDENCE_MALFORMED');
    expect(evidenceExtension(new Uint8Array(3)).value).toHaveLength(19);
  });
});

interface Jwks {
  readonly keys: readonly { readonly kid: string; readonly x5c: readonly string[] }[];
}

describeWithShared('real signing certificates of Azure Attestation', 'vectors/maa', () => {
  const read = (path: string) => JSON.parse(readFileSync(sharedPath(path), 'utf8')) as unknown;
  const signersOf = ({ keys }: Jwks) =>
    keys.map(({ kid, x5c }) => ({
      kid,
      signer: attestedSigner(Buffer.from(x5c[0] ?? '', 'base64'), nodePrimitives),
    }));

  test('of 2020: the key lives in the enclave that the quote shows, and that is a debug enclave', () => {
    const [first, ...rest] = signersOf(read('vectors/maa-samples/get.certs.response.body.json') as Jwks);
    expect(first?.signer).toMatchObject({ holdsKey: true, keyId: first?.kid, report: { tee: 'sgx', debug: true } });
    expect(rest.map(({ signer }) => signer)).toEqual(rest.map(() => undefined));
  });

  test('of 2022: in every recording the same', () => {
    const exchanges = readdirSync(sharedPath('vectors/maa-exchanges')).filter((name) => name.endsWith('.json'));
    const recorded = exchanges.map(
      (name) => read(`vectors/maa-exchanges/${name}`) as { exchanges: { url: string; body: Jwks }[] },
    );
    const sets = recorded.flatMap(({ exchanges: all }) => all.filter(({ url }) => url.endsWith('/certs')));
    expect(sets.length).toBeGreaterThan(0);
    for (const { body } of sets) {
      const [first] = signersOf(body);
      expect(first?.signer).toMatchObject({ holdsKey: true, keyId: first?.kid, report: { tee: 'sgx', debug: true } });
      expect(readCertificate(Buffer.from(body.keys[0]?.x5c[0] ?? '', 'base64')).isAuthority).toBe(false);
    }
  });
});
