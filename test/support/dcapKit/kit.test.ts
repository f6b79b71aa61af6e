import { describe, expect, test } from '@jest/globals';
import { readPem } from '../../../enclave/asn1/pem.js';
import { readCertificate } from '../../../enclave/asn1/certificate.js';
import { nodePrimitives } from '../../../enclave/verification/nodePrimitives.js';
import { trustRoot } from '../../../enclave/verification/trustRoot.js';
import { verifyQuote } from '../../../enclave/verification/dcap/verifyQuote.js';
import type { Form } from './evidence.js';
import { FORMS, makeEvidence } from './evidence.js';
import { createTestAuthority } from './testAuthority.js';

const NOW = Date.UTC(2026, 5, 15);
const authority = createTestAuthority(NOW);
const trustRoots = [trustRoot({ name: 'test', simulated: true, pem: authority.certificate('root') })];

describe('evidence of the kit', () => {
  test.each(Object.keys(FORMS) as Form[])('is sound as %s', (form) => {
    const { quote, collateral } = makeEvidence(authority, form, NOW);
    const verified = verifyQuote(quote, { now: NOW, trustRoots, collateral, primitives: nodePrimitives });
    expect(verified).toMatchObject({
      tcbStatus: 'UpToDate',
      advisoryIds: [],
      quote: { version: FORMS[form].version, report: { tee: FORMS[form].tee } },
    });
  });

  test('shares nothing between two authorities', () => {
    const other = createTestAuthority(NOW);
    const keys = [authority, other].map((one) => {
      const [der] = readPem(one.certificate('root'));
      return readCertificate(der ?? new Uint8Array()).publicKey;
    });
    expect(keys[0]).not.toEqual(keys[1]);
  });
});
