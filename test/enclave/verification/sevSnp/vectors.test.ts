import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { readCertificate } from '../../../../enclave/asn1/certificate.js';
import { hexOf } from '../../../../enclave/bytes.js';
import { EvidenceRefusal } from '../../../../enclave/verification/evidenceRefusal.js';
import { nodePrimitives, rememberSignatures } from '../../../../enclave/verification/nodePrimitives.js';
import type { Primitives } from '../../../../enclave/verification/primitives.js';
import type { SnpReport } from '../../../../enclave/verification/sevSnp/report.js';
import { parseReport } from '../../../../enclave/verification/sevSnp/report.js';
import { readVcekPlatform } from '../../../../enclave/verification/sevSnp/vcekExtension.js';
import { readVcekChain, vcekChainFailures } from '../../../../enclave/verification/sevSnp/vcekChain.js';
import { verifyReport } from '../../../../enclave/verification/sevSnp/verifyReport.js';
import { VENDOR_ROOTS } from '../../../../enclave/verification/vendorRoots.js';
import { withWebPrimitives } from '../../../../enclave/verification/webPrimitives.js';
import { describeWithShared, sharedPath } from '../../../support/shared.js';

interface Vector {
  readonly id: string;
  readonly trustRoot: string;
  readonly at: string;
  /** Base64, as the certificates. */
  readonly report: string;
  readonly leaf: string;
  readonly ask: string;
  readonly ark: string;
  readonly expect: {
    readonly accept: boolean;
    readonly reasons: readonly string[];
    readonly report: Record<string, unknown>;
    readonly vcekExt: Record<string, unknown>;
  };
}

function readVectors(): Vector[] {
  const names = readdirSync(sharedPath('vectors/snp')).filter((name) => name.endsWith('.json'));
  return names.map((name) => JSON.parse(readFileSync(sharedPath(`vectors/snp/${name}`), 'utf8')) as Vector);
}

const bytes = (base64: string) => new Uint8Array(Buffer.from(base64, 'base64'));

function verify(vector: Vector, primitives: Primitives, allowDebug = false) {
  return verifyReport(bytes(vector.report), {
    now: Date.parse(vector.at),
    trustRoots: vector.trustRoot
      .split('|')
      .flatMap((name) => (name === 'none' ? [] : [VENDOR_ROOTS[name as keyof typeof VENDOR_ROOTS]])),
    certificates: [vector.leaf, vector.ask, vector.ark].map(bytes),
    revocationList: 'not-checked',
    primitives,
    allowDebug,
  });
}

/** The value, or the reasons of the refusal. */
function answerOf<T>(action: () => T): T | readonly string[] {
  try {
    return action();
  } catch (thrown) {
    if (thrown instanceof EvidenceRefusal) return thrown.reasons;
    throw thrown;
  }
}

/** A report under the vectors' names. */
function fieldsOf(report: SnpReport): Record<string, unknown> {
  const { policy, platformInfo, signer, cpu, currentFirmware, committedFirmware } = report;
  return {
    version: report.version,
    guestSvn: report.guestSvn,
    policy: `0x${policy.raw.toString(16)}`,
    familyId: report.familyId,
    imageId: report.imageId,
    vmpl: report.vmpl,
    sigAlgo: report.signatureAlgorithm,
    currentTcb: report.currentTcb,
    platformInfo: `0x${platformInfo.raw.toString(16)}`,
    flags: signer.key === 'vcek' && !signer.maskChipKey && !signer.authorKeyEnabled ? 0 : -1,
    reportData: hexOf(report.reportData),
    measurement: report.measurement,
    hostData: report.hostData,
    idKeyDigest: report.idKeyDigest,
    authorKeyDigest: report.authorKeyDigest,
    reportId: report.reportId,
    reportIdMa: report.reportIdMa,
    reportedTcb: report.reportedTcb,
    cpuidFam: cpu?.family ?? 0,
    cpuidMod: cpu?.model ?? 0,
    cpuidStep: cpu?.stepping ?? 0,
    chipId: report.chipId,
    committedTcb: report.committedTcb,
    currentBuild: currentFirmware.build,
    currentMinor: currentFirmware.minor,
    currentMajor: currentFirmware.major,
    committedBuild: committedFirmware.build,
    committedMinor: committedFirmware.minor,
    committedMajor: committedFirmware.major,
    launchTcb: report.launchTcb,
  };
}

function extensionFieldsOf(leaf: Uint8Array): Record<string, unknown> {
  const { structureVersion, productName, hardwareId, securityPatchLevels } = readVcekPlatform(readCertificate(leaf));
  return { 1: structureVersion, 2: productName, 4: hardwareId, ...Object.fromEntries(securityPatchLevels) };
}

describeWithShared('real SEV-SNP reports', 'vectors/snp', () => {
  // One memory for all vectors: what one case taught must not help another.
  const remembered = rememberSignatures(64);

  for (const vector of readVectors()) {
    const { accept, reasons } = vector.expect;

    test(`${vector.id} is ${accept ? 'accepted' : `refused for ${reasons.join(', ')}`}`, () => {
      const answer = answerOf(() => verify(vector, nodePrimitives));
      if (accept) expect(answer).toMatchObject({ signer: 'vcek', product: 'Milan', revocationChecked: false });
      else expect((answer as readonly string[]).filter((reason) => reasons.includes(reason))).toEqual(reasons);
    });

    test(`${vector.id} gets the same answer from WebCrypto and from remembered signatures`, async () => {
      const expected = answerOf(() => verify(vector, nodePrimitives));
      expect(answerOf(() => verify(vector, remembered))).toEqual(expected);
      const run = (primitives: Primitives) => answerOf(() => verify(vector, primitives));
      expect(await withWebPrimitives(run, globalThis.crypto.subtle)).toEqual(expected);
    });

    test(`${vector.id} has the fields that it states`, () => {
      expect(fieldsOf(parseReport(bytes(vector.report)))).toEqual(vector.expect.report);
      expect(extensionFieldsOf(bytes(vector.leaf))).toEqual(vector.expect.vcekExt);
    });
  }

  test('of a debug guest are accepted where debug is left to the appraisal', () => {
    const vector = readVectors().find(({ id }) => id === 'milan-go-sev-debug-policy');
    if (!vector) throw new Error('the vector is missing');
    expect(verify(vector, nodePrimitives, true)).toMatchObject({
      report: { debug: true },
      tcb: { fmc: undefined, bootLoader: 2, tee: 0, snp: 5, microcode: 68 },
    });
  });

  test('of Turin have a chain up to its root, in the layout of its own', () => {
    const chain = readFileSync(sharedPath('vectors/snp/extra-cert_chain_turin'), 'latin1');
    const leaf = new Uint8Array(readFileSync(sharedPath('vectors/snp/extra-vcek_turin.der')));
    const pem = `-----BEGIN CERTIFICATE-----\n${Buffer.from(leaf).toString('base64')}\n-----END CERTIFICATE-----\n`;
    const turin = readVcekChain(pem + chain);
    const options = {
      now: Date.UTC(2025, 0, 1),
      trustRoots: [VENDOR_ROOTS['amd-ark-turin']],
      primitives: nodePrimitives,
    };
    expect(vcekChainFailures(turin, options)).toEqual([]);
    expect(turin.platform).toMatchObject({ productName: 'Turin', hardwareId: '1e550a8ee5cf9f4d', structureVersion: 1 });
    expect([...turin.platform.securityPatchLevels]).toEqual([
      ['3.1', 0],
      ['3.2', 0],
      ['3.3', 0],
      ['3.5', 0],
      ['3.6', 0],
      ['3.7', 0],
      ['3.8', 9],
      ['3.9', 0],
    ]);
  });
});
