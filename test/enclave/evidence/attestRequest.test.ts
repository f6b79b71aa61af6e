import { describe, expect, test } from '@jest/globals';
import { attestRequestOf, attestUrl } from '../../../enclave/evidence/attestRequest.js';

const runtimeData = new TextEncoder().encode('{"keys":[]}');
const runtimeDataField = { data: 'eyJrZXlzIjpbXX0', dataType: 'JSON' };
const read = (text: string) => Buffer.from(text, 'base64url');

describe('the request to an attestation service', () => {
  test.each(['SgxEnclave', 'TdxVm'] as const)('carries a quote of a %s as base64url without padding', (kind) => {
    const quote = Uint8Array.of(0xfb, 0xff, 0xfe, 0x01);
    expect(attestRequestOf({ kind, quote }, runtimeData)).toEqual({
      kind,
      body: { quote: '-__-AQ', runtimeData: runtimeDataField },
    });
  });

  test('wraps an SEV-SNP report with its certificates, each base64url inside base64url', () => {
    const report = new Uint8Array(1184).fill(0xfe);
    const certificates = '-----BEGIN CERTIFICATE-----\n';
    const { kind, body } = attestRequestOf({ kind: 'SevSnpVm', report, certificates }, runtimeData);
    expect(kind).toBe('SevSnpVm');
    expect(Object.keys(body)).toEqual(['report', 'runtimeData']);
    const envelope = JSON.parse(read('report' in body ? body.report : '').toString()) as Record<string, string>;
    expect(Object.keys(envelope)).toEqual(['SnpReport', 'VcekCertChain']);
    expect(read(envelope.SnpReport ?? '')).toEqual(Buffer.from(report));
    expect(read(envelope.VcekCertChain ?? '').toString()).toBe(certificates);
  });

  test('leaves the certificates out where the platform handed out none', () => {
    const { body } = attestRequestOf(
      { kind: 'SevSnpVm', report: new Uint8Array(1184), certificates: undefined },
      runtimeData,
    );
    const envelope = JSON.parse(read('report' in body ? body.report : '').toString()) as Record<string, string>;
    expect(Object.keys(envelope)).toEqual(['SnpReport']);
  });

  test('sends the runtime data byte for byte', () => {
    const odd = Uint8Array.of(0x7b, 0x7d, 0x00);
    const { body } = attestRequestOf({ kind: 'TdxVm', quote: new Uint8Array(1) }, odd);
    expect(read(body.runtimeData.data)).toEqual(Buffer.from(odd));
  });

  test('goes to the address of its kind, in a version of the interface that knows the kind', () => {
    const service = 'https://attest.test';
    expect(attestUrl(service, 'SgxEnclave')).toBe('https://attest.test/attest/SgxEnclave?api-version=2022-08-01');
    expect(attestUrl(service, 'SevSnpVm')).toBe('https://attest.test/attest/SevSnpVm?api-version=2022-08-01');
    expect(attestUrl(service, 'TdxVm')).toBe('https://attest.test/attest/TdxVm?api-version=2025-06-01');
  });
});
