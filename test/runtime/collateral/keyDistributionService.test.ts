import { afterEach, describe, expect, test } from '@jest/globals';
import { writePem } from '../../../enclave/asn1/pem.js';
import { keyDistributionService } from '../../../runtime/collateral/keyDistributionService.js';
import { createSourceClient } from '../../../runtime/collateral/sourceClient.js';
import { makeInsecureChip } from '../../support/insecureChip.js';
import { startKeyDistributionService } from '../../support/keyDistributionService.js';
import { FAULTS } from '../../support/vendorService.js';

const NOW = Date.UTC(2026, 10, 2, 12);
const DAY = 86_400_000;
const signal = new AbortController().signal;
const closing: (() => Promise<void>)[] = [];

afterEach(async () => {
  await Promise.all(closing.splice(0).map((close) => close()));
});

async function trial(product: 'Milan' | 'Turin') {
  const chip = makeInsecureChip({ product, thisUpdate: NOW - DAY, nextUpdate: NOW + 30 * DAY });
  const service = await startKeyDistributionService(() => ({
    product,
    vcek: chip,
    chips: [{ hardwareId: chip.hardwareId, tcb: chip.tcb, certificate: chip.vcek }],
  }));
  const client = createSourceClient({ name: 'kds', now: () => NOW, timeoutMs: 2_000 });
  const source = keyDistributionService({ name: 'kds', client, url: service.url });
  closing.push(
    async () => source.close?.(),
    () => service.close(),
  );
  return { chip, service, source };
}

describe('AMD’s key distribution service', () => {
  test('answers the chain and the CRL of a product', async () => {
    const { chip, service, source } = await trial('Milan');
    const answer = await source.sevSnp?.({ kind: 'sev-snp', product: 'Milan', endorsement: 'vcek' }, signal);
    expect(answer).toEqual({ chain: chip.chain, crl: Buffer.from(chip.crl).toString('hex') });
    expect(service.requests).toEqual(['/vcek/v1/Milan/cert_chain', '/vcek/v1/Milan/crl']);
  });

  test.each([
    ['Milan', `/vcek/v1/Milan/${'c5'.repeat(64)}?blSPL=3&teeSPL=0&snpSPL=8&ucodeSPL=209`],
    ['Turin', `/vcek/v1/Turin/${'c5'.repeat(8)}?fmcSPL=1&blSPL=3&teeSPL=0&snpSPL=8&ucodeSPL=209`],
  ] as const)('answers the certificate of a chip of %s', async (product, asked) => {
    const { chip, service, source } = await trial(product);
    const { chipId, tcb } = chip;
    const answer = await source.vcek?.({ kind: 'vcek', product, chipId, tcb }, signal);
    expect(answer).toEqual({ certificate: writePem(chip.vcek) });
    expect(service.requests).toEqual([asked]);
  });

  test('does not know other products, kinds and chips', async () => {
    const { chip, source } = await trial('Milan');
    const { tcb } = chip;
    expect(await source.sevSnp?.({ kind: 'sev-snp', product: 'Genoa', endorsement: 'vcek' }, signal)).toBeUndefined();
    expect(await source.sevSnp?.({ kind: 'sev-snp', product: 'Milan', endorsement: 'vlek' }, signal)).toBeUndefined();
    expect(
      await source.vcek?.({ kind: 'vcek', product: 'Milan', chipId: '00'.repeat(64), tcb }, signal),
    ).toBeUndefined();
  });

  test.each([
    ['no CRL', 'crl', FAULTS.status(404), 'COLLATERAL_UNAVAILABLE'],
    ['an error', 'cert_chain', FAULTS.status(500), 'COLLATERAL_UNAVAILABLE'],
    ['that it is asked too often', 'cert_chain', FAULTS.status(429), 'COLLATERAL_UNAVAILABLE'],
    ['a page', 'cert_chain', FAULTS.content('text/html', '<html></html>'), 'COLLATERAL_INVALID'],
    ['text for a CRL', 'crl', FAULTS.content('text/plain', 'none today'), 'COLLATERAL_INVALID'],
    ['an answer without end', 'crl', FAULTS.endless('application/octet-stream'), 'COLLATERAL_INVALID'],
  ] as const)('that answers %s has no collateral', async (_, part, fault, code) => {
    const { service, source } = await trial('Milan');
    service.misbehave(fault, part);
    const asked = source.sevSnp?.({ kind: 'sev-snp', product: 'Milan', endorsement: 'vcek' }, signal);
    await expect(asked).rejects.toMatchObject({ code });
  });
});
