import { afterEach, describe, expect, test } from '@jest/globals';
import { writePem } from '../../../enclave/asn1/pem.js';
import { bytesOfHex } from '../../../enclave/bytes.js';
import { createInsecurePlatform } from '../../../enclave/platforms/insecure/createPlatform.js';
import { insecurePlatform } from '../../../enclave/platforms/insecure/platform.js';
import { readCollateral } from '../../../enclave/verification/dcap/collateral.js';
import { parseQuote } from '../../../enclave/verification/dcap/quote.js';
import { verifyQuote } from '../../../enclave/verification/dcap/verifyQuote.js';
import { nodePrimitives } from '../../../enclave/verification/nodePrimitives.js';
import { parseReport } from '../../../enclave/verification/sevSnp/report.js';
import { readTcb } from '../../../enclave/verification/sevSnp/tcb.js';
import { verifyReport } from '../../../enclave/verification/sevSnp/verifyReport.js';
import { trustRoot } from '../../../enclave/verification/trustRoot.js';
import { createCollateralCache } from '../../../runtime/collateral/cache.js';
import { hardwareId } from '../../../runtime/collateral/examine.js';
import { keyDistributionService } from '../../../runtime/collateral/keyDistributionService.js';
import { provisioningService } from '../../../runtime/collateral/provisioningService.js';
import { requestOfQuote } from '../../../runtime/collateral/requestOfQuote.js';
import type { CollateralSource } from '../../../runtime/collateral/source.js';
import { createSourceClient } from '../../../runtime/collateral/sourceClient.js';
import { validateCollateral } from '../../../runtime/collateral/validateCollateral.js';
import { silentLog } from '../../../runtime/log.js';
import { startKeyDistributionService } from '../../support/keyDistributionService.js';
import { startProvisioningService } from '../../support/provisioningService.js';
import { makeSnpEvidence, SNP_NOW } from '../../support/snpEvidence.js';

const NOW = SNP_NOW;
const now = () => NOW;
const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

function cacheOver(source: CollateralSource, root: ReturnType<typeof trustRoot>) {
  const validate = validateCollateral({ trustRoots: [root], primitives: nodePrimitives });
  const cache = createCollateralCache({ source, now, random: () => 0, log: silentLog, validate });
  closing.unshift(() => cache.close());
  return cache;
}

describe('evidence is genuine with collateral that was fetched', () => {
  test('from a provisioning service: a quote of the insecure platform', async () => {
    const files = createInsecurePlatform({ now: NOW });
    const root = trustRoot({ name: 'insecure', simulated: true, pem: files['root.pem'] });
    const collateral = () => [readCollateral(files['collateral.json'])];
    const service = await startProvisioningService({ flavour: 'pccs', collateral });
    closing.push(() => service.close());
    const client = createSourceClient({ name: 'pccs', now, timeoutMs: 5_000 });
    const cache = cacheOver(provisioningService({ name: 'pccs', client, url: service.url }), root);

    const evidence = await insecurePlatform({ files, measurement: 'ab'.repeat(32) }).evidence(new Uint8Array(64));
    const quote = 'quote' in evidence ? evidence.quote : new Uint8Array();
    const verified = verifyQuote(quote, {
      now: NOW,
      trustRoots: [root],
      collateral: await cache.get(requestOfQuote(parseQuote(quote))),
      primitives: nodePrimitives,
    });
    expect([verified.tcbStatus, verified.trustRoot.simulated]).toEqual(['UpToDate', true]);
  });

  test.each([
    ['Milan', 'vcek'],
    ['Genoa', 'vcek'],
    ['Turin', 'vcek'],
    ['Milan', 'vlek'],
  ] as const)('from a key distribution service: a report of %s, signed by its %s', async (product, signer) => {
    const evidence = makeSnpEvidence({ product, signer });
    const [leaf, ask, ark] = evidence.certificates;
    const report = parseReport(evidence.report);
    const { chipId } = report;
    const tcb = readTcb(report.reportedTcb, product);
    const service = await startKeyDistributionService(() => ({
      product,
      [signer]: { chain: writePem(ask) + writePem(ark), crl: evidence.revocationList },
      chips: signer === 'vcek' ? [{ hardwareId: hardwareId(product, chipId), tcb, certificate: leaf }] : [],
    }));
    closing.push(() => service.close());
    const client = createSourceClient({ name: 'kds', now, timeoutMs: 5_000 });
    const source = keyDistributionService({ name: 'kds', client, url: service.url });
    const cache = cacheOver(source, evidence.trustRoot);

    const { chain, crl } = await cache.get({ kind: 'sev-snp', product, endorsement: signer });
    // A VLEK comes with its report.
    const { certificate } =
      signer === 'vcek' ? await cache.get({ kind: 'vcek', product, chipId, tcb }) : { certificate: writePem(leaf) };
    const verified = verifyReport(evidence.report, {
      now: NOW,
      trustRoots: [evidence.trustRoot],
      certificates: certificate + chain,
      revocationList: bytesOfHex(crl),
      primitives: nodePrimitives,
    });
    expect(verified).toMatchObject({ product, signer, revocationChecked: true });
  });
});
