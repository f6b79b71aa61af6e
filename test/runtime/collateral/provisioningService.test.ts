import { afterEach, describe, expect, test } from '@jest/globals';
import { createInsecurePlatform } from '../../../enclave/platforms/insecure/createPlatform.js';
import { readCollateral } from '../../../enclave/verification/dcap/collateral.js';
import { dcapRequestOf } from '../../../runtime/collateral/examine.js';
import { provisioningService } from '../../../runtime/collateral/provisioningService.js';
import { createSourceClient } from '../../../runtime/collateral/sourceClient.js';
import { startProvisioningService } from '../../support/provisioningService.js';
import type { Fault } from '../../support/vendorService.js';
import { FAULTS } from '../../support/vendorService.js';

const NOW = Date.UTC(2026, 10, 2, 12);
const platform = createInsecurePlatform({ now: NOW });
const collateral = readCollateral(platform['collateral.json']);
const request = dcapRequestOf(collateral);
const signal = new AbortController().signal;
const closing: (() => Promise<void>)[] = [];

afterEach(async () => {
  await Promise.all(closing.splice(0).map((close) => close()));
});

async function trial(flavour: 'pcs' | 'pccs', path = '') {
  const service = await startProvisioningService({ flavour, collateral: () => [collateral] });
  const client = createSourceClient({ name: flavour, now: () => NOW, timeoutMs: 2_000 });
  const source = provisioningService({ name: flavour, client, url: service.url + path });
  closing.push(
    async () => source.close?.(),
    () => service.close(),
  );
  return { service, source };
}

describe.each(['pcs', 'pccs'] as const)('a provisioning service (%s)', (flavour) => {
  test('answers collateral, whose texts are those that were signed', async () => {
    const { service, source } = await trial(flavour);
    expect(await source.dcap?.(request, signal)).toEqual(collateral);
    expect(service.requests.sort()).toEqual([
      '/sgx/certification/v4/pckcrl?ca=processor&encoding=der',
      '/sgx/certification/v4/qe/identity',
      '/sgx/certification/v4/rootcacrl',
      `/sgx/certification/v4/tcb?fmspc=${request.fmspc.toUpperCase()}`,
    ]);
  });

  test('is found also where its address is given with the path of the API', async () => {
    const { source } = await trial(flavour, '/sgx/certification/v4/');
    expect(await source.dcap?.(request, signal)).toEqual(collateral);
  });

  test('does not know another platform, and has nothing for TDX', async () => {
    const { source } = await trial(flavour);
    expect(await source.dcap?.({ ...request, fmspc: '000000000000' }, signal)).toBeUndefined();
    expect(await source.dcap?.({ ...request, tee: 'tdx' }, signal)).toBeUndefined();
  });

  test('that has TCB info alone could not tell', async () => {
    const { service, source } = await trial(flavour);
    service.misbehave(FAULTS.status(404), 'pckcrl');
    await expect(source.dcap?.(request, signal)).rejects.toMatchObject({ code: 'COLLATERAL_UNAVAILABLE' });
  });

  const signature = collateral.tcb_info_signature;
  const chain = { 'tcb-info-issuer-chain': encodeURIComponent(collateral.tcb_info_issuer_chain) };
  const json = (body: string, headers: Record<string, string> = chain) =>
    FAULTS.content('application/json', body, headers);
  test.each<[string, string, Fault, string]>([
    ['a redirect', 'tcb', FAULTS.redirect('https://elsewhere.invalid'), 'COLLATERAL_INVALID'],
    ['a page', 'tcb', FAULTS.content('text/html', '<html></html>'), 'COLLATERAL_INVALID'],
    ['garbage', 'tcb', json('{{{'), 'COLLATERAL_INVALID'],
    ['JSON cut short', 'tcb', json(`{"tcbInfo":${collateral.tcb_info}`), 'COLLATERAL_INVALID'],
    ['another object', 'tcb', json('{"enclaveIdentity":{}}'), 'COLLATERAL_INVALID'],
    ['no signature', 'tcb', json(`{"tcbInfo":${collateral.tcb_info}}`), 'COLLATERAL_INVALID'],
    ['half a signature', 'tcb', json(`{"tcbInfo":{},"signature":"${signature.slice(64)}"}`), 'COLLATERAL_INVALID'],
    ['no chain', 'tcb', json(`{"tcbInfo":{},"signature":"${signature}"}`, {}), 'COLLATERAL_INVALID'],
    [
      'a chain badly encoded',
      'tcb',
      json(`{"tcbInfo":{},"signature":"${signature}"}`, { 'tcb-info-issuer-chain': '%' }),
      'COLLATERAL_INVALID',
    ],
    [
      'bytes that are not UTF-8',
      'tcb',
      FAULTS.content('application/json', Buffer.of(0x7b, 0xff, 0x7d), chain),
      'COLLATERAL_INVALID',
    ],
    ['a page for a CRL', 'pckcrl', FAULTS.content('text/html', '<html>not found</html>'), 'COLLATERAL_INVALID'],
    ['JSON for a CRL', 'rootcacrl', json('{}'), 'COLLATERAL_INVALID'],
    ['an error for a CRL', 'rootcacrl', FAULTS.status(500), 'COLLATERAL_UNAVAILABLE'],
    ['an answer without end', 'qe/identity', FAULTS.endless('application/json'), 'COLLATERAL_INVALID'],
    [
      'half an answer',
      'qe/identity',
      FAULTS.truncated('application/json', '{"enclaveIdentity"'),
      'COLLATERAL_UNAVAILABLE',
    ],
    ['silence', 'pckcrl', FAULTS.hang(), 'COLLATERAL_UNAVAILABLE'],
  ])('that answers %s has no collateral', async (_, part, fault, code) => {
    const { service, source } = await trial(flavour);
    service.misbehave(fault, part);
    await expect(source.dcap?.(request, signal)).rejects.toMatchObject({ code });
  });
});

describe('Intel’s own provisioning service', () => {
  test('has the CRL of its root at another host, which gets no subscription key', async () => {
    const [service, elsewhere] = await Promise.all([
      startProvisioningService({ flavour: 'pcs', collateral: () => [collateral] }),
      startProvisioningService({ flavour: 'pcs', collateral: () => [collateral] }),
    ]);
    const headers = { 'ocp-apim-subscription-key': 'secret' };
    const shared = { name: 'pcs', now: () => NOW, timeoutMs: 2_000 };
    const source = provisioningService({
      name: 'pcs',
      client: createSourceClient({ ...shared, headers }),
      url: service.url,
      rootCrl: { url: `${elsewhere.url}/sgx/certification/v4/rootcacrl`, client: createSourceClient(shared) },
    });
    closing.push(
      async () => source.close?.(),
      () => service.close(),
      () => elsewhere.close(),
    );
    expect(await source.dcap?.(request, signal)).toEqual(collateral);
    expect(service.requests).toHaveLength(3);
    expect(service.lastHeaders()['ocp-apim-subscription-key']).toBe('secret');
    expect(elsewhere.requests).toEqual(['/sgx/certification/v4/rootcacrl']);
    expect(elsewhere.lastHeaders()['ocp-apim-subscription-key']).toBeUndefined();
  });
});
