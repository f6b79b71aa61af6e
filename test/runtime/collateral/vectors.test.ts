import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, describe, expect, test } from '@jest/globals';
import { writePem } from '../../../enclave/asn1/pem.js';
import { parseQuote } from '../../../enclave/verification/dcap/quote.js';
import { verifyQuote } from '../../../enclave/verification/dcap/verifyQuote.js';
import { nodePrimitives } from '../../../enclave/verification/nodePrimitives.js';
import { trustRoot } from '../../../enclave/verification/trustRoot.js';
import { silentLog } from '../../../runtime/log.js';
import { createCollateralCache } from '../../../runtime/collateral/cache.js';
import { keyDistributionService } from '../../../runtime/collateral/keyDistributionService.js';
import { provisioningService } from '../../../runtime/collateral/provisioningService.js';
import type { DcapCollateral } from '../../../runtime/collateral/request.js';
import { requestOfQuote } from '../../../runtime/collateral/requestOfQuote.js';
import { createSourceClient } from '../../../runtime/collateral/sourceClient.js';
import { validateCollateral } from '../../../runtime/collateral/validateCollateral.js';
import { readCertificate } from '../../../enclave/asn1/certificate.js';
import { startKeyDistributionService } from '../../support/keyDistributionService.js';
import { startProvisioningService } from '../../support/provisioningService.js';
import { refusalOf } from '../../support/refusals.js';
import { describeWithShared, sharedPath } from '../../support/shared.js';

interface DcapVector {
  readonly id: string;
  readonly at: string;
  readonly quote: string;
  readonly collateral: DcapCollateral;
  readonly expect: { readonly accept: boolean; readonly tcbStatus?: string; readonly reasons: readonly string[] };
}

interface SnpVector {
  readonly at: string;
  readonly report: string;
  readonly leaf: string;
  readonly ask: string;
  readonly ark: string;
}

const closing: (() => Promise<void>)[] = [];
afterAll(async () => {
  await Promise.all(closing.map((close) => close()));
});

describeWithShared('real quotes', 'vectors/dcap-real', () => {
  const folder = sharedPath('vectors/dcap-real');
  const trustRoots = [
    trustRoot({ name: 'intel', simulated: false, pem: readFileSync(`${folder}/intel-sgx-root.pem`, 'utf8') }),
  ];
  const vectors = readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .map((name) => JSON.parse(readFileSync(`${folder}/${name}`, 'utf8')) as DcapVector);

  describe.each(['pcs', 'pccs'] as const)('with collateral fetched from a %s', (flavour) => {
    test.each(vectors.map((vector) => [vector.id, vector] as const))(
      '%s is judged as its vector says',
      async (_, vector) => {
        const service = await startProvisioningService({ flavour, collateral: () => [vector.collateral] });
        const now = () => Date.parse(vector.at);
        const client = createSourceClient({ name: flavour, now, timeoutMs: 5_000 });
        const cache = createCollateralCache({
          source: provisioningService({ name: flavour, client, url: service.url }),
          now,
          random: () => 0,
          log: silentLog,
          validate: validateCollateral({ trustRoots, primitives: nodePrimitives }),
        });
        closing.push(
          () => cache.close(),
          () => service.close(),
        );
        const bytes = Buffer.from(vector.quote, 'base64');
        const collateral = await cache.get(requestOfQuote(parseQuote(bytes)));
        expect(collateral.tcb_info).toBe(vector.collateral.tcb_info);
        const verify = () =>
          verifyQuote(bytes, {
            now: now(),
            trustRoots,
            collateral,
            allowDebug: !vector.expect.reasons.includes('debug'),
            primitives: nodePrimitives,
          });
        if (vector.expect.accept) expect(verify().tcbStatus).toBe(vector.expect.tcbStatus);
        else expect(verify).toThrow(expect.objectContaining({ reasons: vector.expect.reasons }));
      },
    );
  });
});

describeWithShared('real SEV-SNP certificates', 'vectors/snp', () => {
  const vector = JSON.parse(readFileSync(sharedPath('vectors/snp/milan-coco.json'), 'utf8')) as SnpVector;
  const at = Date.parse(vector.at);
  const report = Buffer.from(vector.report, 'base64');
  const chipId = report.subarray(0x1a0, 0x1e0).toString('hex');
  const [bootLoader = 0, tee = 0, , , , , snp = 0, microcode = 0] = report.subarray(0x180, 0x188);
  const tcb = { bootLoader, tee, snp, microcode };
  const der = (base64: string) => Buffer.from(base64, 'base64');

  test('come from the service byte for byte, for the chip and the TCB that the report names', async () => {
    const service = await startKeyDistributionService(() => ({
      product: 'Milan',
      chips: [{ hardwareId: chipId, tcb, certificate: der(vector.leaf) }],
    }));
    const client = createSourceClient({ name: 'kds', now: () => at, timeoutMs: 5_000 });
    const cache = createCollateralCache({
      source: keyDistributionService({ name: 'kds', client, url: service.url }),
      now: () => at,
      random: () => 0,
      log: silentLog,
    });
    closing.push(
      () => cache.close(),
      () => service.close(),
    );
    const request = { kind: 'vcek', product: 'Milan', chipId, tcb } as const;
    const { certificate } = await cache.get(request);
    expect(certificate).toBe(writePem(der(vector.leaf)));
    expect(readCertificate(der(vector.leaf)).issuer).toEqual(readCertificate(der(vector.ask)).subject);
    expect(service.requests).toEqual([
      `/vcek/v1/Milan/${chipId}?blSPL=${bootLoader}&teeSPL=${tee}&snpSPL=${snp}&ucodeSPL=${microcode}`,
    ]);
    const older = cache.get({ ...request, tcb: { ...tcb, microcode: microcode - 1 } });
    expect(await refusalOf(() => older)).toBe('COLLATERAL_UNAVAILABLE');
  });
});
