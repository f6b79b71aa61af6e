import { createHash, createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { createInsecurePlatform } from '../../../../enclave/platforms/insecure/createPlatform.js';
import { insecurePlatform } from '../../../../enclave/platforms/insecure/platform.js';
import { ENCLAVE, PLATFORM_TCB, QUOTING_ENCLAVE } from '../../../../enclave/platforms/insecure/profile.js';
import type { QuoteContent } from '../../../../enclave/platforms/insecure/quote.js';
import { writeQuote } from '../../../../enclave/platforms/insecure/quote.js';
import { writeSgxReport } from '../../../../enclave/platforms/insecure/sgxReport.js';
import { Refusal } from '../../../../enclave/refusals.js';
import type { Collateral } from '../../../../enclave/verification/dcap/collateral.js';
import { readCollateral } from '../../../../enclave/verification/dcap/collateral.js';
import { EvidenceRefusal } from '../../../../enclave/verification/evidenceRefusal.js';
import { parseQuote } from '../../../../enclave/verification/dcap/quote.js';
import { nodePrimitives, rememberSignatures } from '../../../../enclave/verification/nodePrimitives.js';
import { trustRoot } from '../../../../enclave/verification/trustRoot.js';
import type { VerifiedQuote, VerifyQuoteOptions } from '../../../../enclave/verification/dcap/verifyQuote.js';
import { verifyQuote } from '../../../../enclave/verification/dcap/verifyQuote.js';

const NOW = Date.UTC(2026, 10, 2, 12);
const platform = createInsecurePlatform({ now: NOW });
const collateral = readCollateral(platform['collateral.json']);
const trustRoots = [trustRoot({ name: 'insecure', simulated: true, pem: platform['root.pem'] })];
const good = await insecurePlatform({ files: platform, measurement: 'ab'.repeat(32) }).quote(
  new Uint8Array(64).fill(7),
);

const verify = (quote: Uint8Array, options: Partial<VerifyQuoteOptions> = {}): VerifiedQuote =>
  verifyQuote(quote, { now: NOW, trustRoots, collateral, primitives: nodePrimitives, ...options });

/** All reasons of the refusal; none where the quote is accepted. Anything thrown but a refusal fails the test. */
function reasonsOf(quote: Uint8Array, options: Partial<VerifyQuoteOptions> = {}): readonly string[] {
  try {
    verify(quote, options);
    return [];
  } catch (thrown) {
    if (thrown instanceof EvidenceRefusal) return thrown.reasons;
    throw thrown;
  }
}

/** Where the certification data of our quotes begins: its type, its length, the PEM chain. */
const CERTIFICATION = 436 + 578 + 32;

const range = (start: number, end: number) => Array.from({ length: end - start }, (_, index) => start + index);

describe('one flipped bit', () => {
  test('in anything that is signed, in a signature, a key or a length is refused with a code', () => {
    const check = rememberSignatures(64);
    // One bit of every byte, and all bits of the fields that steer the parser.
    const steering = [
      ...range(0, 16),
      ...range(432, 436),
      ...range(CERTIFICATION - 34, CERTIFICATION - 32),
      ...range(CERTIFICATION, CERTIFICATION + 6),
    ];
    const bits = [
      ...steering.flatMap((at) => range(0, 8).map((bit) => [at, bit])),
      ...range(0, CERTIFICATION).map((at) => [at, at % 8]),
    ];
    const changed = Uint8Array.from(good);
    for (const [at = 0, bit = 0] of bits) {
      changed[at] = (changed[at] ?? 0) ^ (1 << bit);
      if (reasonsOf(changed, { primitives: check }).length === 0)
        throw new Error(`bit ${bit} of byte ${at} makes no difference`);
      changed[at] = good[at] ?? 0;
    }
    expect(reasonsOf(changed)).toEqual([]);
  });

  test('in the certificates is refused, or leaves the very same certificates', () => {
    const check = rememberSignatures(64);
    const chain = Buffer.from(parseQuote(good).certificationData).toString('latin1');
    const changed = Uint8Array.from(good);
    for (let at = CERTIFICATION + 6; at < good.length; at += 3) {
      const flip = 1 << (at % 8);
      changed[at] = (changed[at] ?? 0) ^ flip;
      if (reasonsOf(changed, { primitives: check }).length === 0) {
        const other = Buffer.from(parseQuote(changed).certificationData).toString('latin1');
        expect(decoded(other)).toEqual(decoded(chain));
      }
      changed[at] = good[at] ?? 0;
    }
  });
});

/** What the base64 of a PEM text stands for: white space and the unused bits at its end do not count. */
function decoded(pem: string): string[] {
  return pem.split('-----').map((part) => Buffer.from(part.replace(/\s/g, ''), 'base64').toString('hex'));
}

describe('bytes that are not a quote', () => {
  test('are refused with a code when a quote is cut at any length', () => {
    for (let length = 0; length < good.length; length++) {
      const [reason] = reasonsOf(good.subarray(0, length));
      expect(reason).toMatch(/^parse:/);
    }
  });

  test('are refused with a code whatever they are', () => {
    for (let seed = 0; seed < 500; seed++) {
      const noise = createHash('shake256', { outputLength: 1 + ((seed * 97) % 6000) })
        .update(`${seed}`)
        .digest();
      const header = seed % 2 ? good.subarray(0, 436 + (seed % 700)) : new Uint8Array();
      expect(reasonsOf(Buffer.concat([header, noise]))).not.toEqual([]);
    }
  });

  test('are refused unread beyond 32 KiB', () => {
    expect(reasonsOf(new Uint8Array(32 * 1024 + 1))).toEqual(['parse:32769 bytes, at most 32768']);
  });

  test('may follow a quote, since drivers hand out whole buffers', () => {
    expect(reasonsOf(Buffer.concat([good, Buffer.alloc(70)]))).toEqual([]);
  });
});

/** A quote whose maker holds all keys of the platform, with one thing changed. */
function quoteWith(changes: Partial<QuoteContent> = {}): Uint8Array {
  return writeQuote({
    header: { version: 3, pceSvn: PLATFORM_TCB.pceSvn },
    body: bodyWith(0x05),
    quotingEnclave,
    attestationKey: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey,
    pckKey: createPrivateKey(platform['pck-key.pem']),
    pckChain: platform['pck-chain.pem'],
    ...changes,
  });
}

function bodyWith(flags: number): Uint8Array {
  return writeSgxReport({ ...ENCLAVE, flags, measurement: 'cd'.repeat(32), reportData: new Uint8Array(64) });
}

const quotingEnclave = { ...QUOTING_ENCLAVE, cpuSvn: new Uint8Array(16), flags: 0x11, measurement: '00'.repeat(32) };
const blocks = platform['pck-chain.pem'].split(/(?<=-----END CERTIFICATE-----\n)/);
const [pck = '', pckAuthority = '', root = ''] = blocks;
const [tcbSigning = ''] = collateral.tcb_info_issuer_chain.split(/(?<=-----END CERTIFICATE-----\n)/);

describe('what the quote’s maker may try', () => {
  test.each<[string, Partial<QuoteContent>, string]>([
    [
      'a quoting enclave of another signer',
      { quotingEnclave: { ...quotingEnclave, signer: '11'.repeat(32) } },
      'qe-mrsigner',
    ],
    ['another product of that signer', { quotingEnclave: { ...quotingEnclave, productId: 2 } }, 'qe-prodid'],
    ['a quoting enclave in debug mode', { quotingEnclave: { ...quotingEnclave, flags: 0x13 } }, 'qe-debug'],
    ['a quoting enclave without provisioning', { quotingEnclave: { ...quotingEnclave, flags: 0x01 } }, 'qe-attributes'],
    ['a quoting enclave that is revoked', { quotingEnclave: { ...quotingEnclave, securityVersion: 2 } }, 'tcb-revoked'],
    [
      'a quoting enclave older than all levels',
      { quotingEnclave: { ...quotingEnclave, securityVersion: 0 } },
      'qe-no-tcb-level',
    ],
    [
      'a PCK key of its own',
      { pckKey: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey },
      'qe-report-signature',
    ],
    ['no certificates', { pckChain: '' }, 'pck-chain-missing'],
    ['the leaf alone', { pckChain: pck }, 'pck-chain-missing'],
    ['a chain without its CA', { pckChain: pck + root }, 'pck:issuer-name'],
    ['a chain without its root', { pckChain: pck + pckAuthority }, 'pck:untrusted-root'],
    ['a chain in disorder', { pckChain: pck + root + pckAuthority }, 'pck:issuer-name'],
    [
      'another leaf of the same root',
      { pckChain: tcbSigning + root },
      'pck-parse:PCK certificate without SGX extensions',
    ],
    [
      'more certificates than belong there',
      { pckChain: pck + pckAuthority + root + root + root },
      'pck-parse:chain of 5 certificates',
    ],
  ])('%s is refused', (_, changes, reason) => {
    expect(reasonsOf(quoteWith(changes))).toContain(reason);
  });

  test('an attestation key that is no point of the curve is refused, not a crash', () => {
    const changed = Uint8Array.from(good).fill(0xff, 500, 564);
    expect(reasonsOf(changed)).toEqual(['qe-report-data', 'quote-signature']);
  });

  test('an old quoting enclave makes the whole platform out of date', () => {
    const verified = verify(quoteWith({ quotingEnclave: { ...quotingEnclave, securityVersion: 6 } }));
    expect(verified).toMatchObject({ tcbStatus: 'OutOfDate', platformTcbStatus: 'UpToDate', qeTcbStatus: 'OutOfDate' });
  });
});

describe('a debug enclave', () => {
  const debug = quoteWith({ body: bodyWith(0x07) });

  test('is refused unless debug is left to the appraisal', () => {
    expect(() => verify(debug)).toThrow(expect.objectContaining({ code: 'EVIDENCE_DEBUG', reasons: ['debug'] }));
    expect(verify(debug, { allowDebug: true }).quote.report.debug).toBe(true);
  });
});

describe('collateral', () => {
  const DAY = 86_400_000;

  test.each<[string, Partial<Collateral>, string, string]>([
    ['without CRLs', { root_ca_crl: '', pck_crl: '' }, 'pck:no-crl', 'COLLATERAL_INVALID'],
    ['with the root’s CRL only', { pck_crl: collateral.root_ca_crl }, 'pck:no-crl', 'COLLATERAL_UNAVAILABLE'],
    [
      'with an edited TCB info',
      { tcb_info: collateral.tcb_info.replace('OutOfDate', 'UpToDate') },
      'tcbinfo-signature',
      'COLLATERAL_INVALID',
    ],
    [
      'with an unknown status',
      { tcb_info: collateral.tcb_info.replace('OutOfDate', 'Excellent') },
      'tcbinfo-parse:TCB status Excellent is unknown',
      'COLLATERAL_INVALID',
    ],
    [
      'with an edited QE identity',
      { qe_identity: collateral.qe_identity.replace('"isvsvn":8', '"isvsvn":9') },
      'qeid-signature',
      'COLLATERAL_INVALID',
    ],
    [
      'with texts in each other’s place',
      { tcb_info: collateral.qe_identity },
      'tcbinfo-parse:fmspc is not a text',
      'COLLATERAL_INVALID',
    ],
    ['without the TCB signer’s chain', { tcb_info_issuer_chain: '' }, 'tcbinfo:untrusted-root', 'COLLATERAL_INVALID'],
    [
      'signed by the PCK',
      { tcb_info_issuer_chain: platform['pck-chain.pem'] },
      'tcbinfo:leaf-name',
      'COLLATERAL_INVALID',
    ],
  ])('%s is refused', (_, changes, reason, code) => {
    const options = { collateral: { ...collateral, ...changes } };
    expect(reasonsOf(good, options)).toContain(reason);
    expect(() => verify(good, options)).toThrow(expect.objectContaining({ code }));
  });

  test.each([
    ['before it is valid', NOW - DAY, 'tcbinfo-future'],
    ['after it has expired', NOW + 31 * DAY, 'tcbinfo-expired'],
  ])('is refused %s', (_, now, reason) => {
    expect(reasonsOf(good, { now })).toContain(reason);
  });

  test('that has expired is something that could not be told, and may be tried again', () => {
    expect(() => verify(good, { now: NOW + 31 * DAY })).toThrow(
      expect.objectContaining({ code: 'COLLATERAL_UNAVAILABLE' }),
    );
  });

  test('that has expired does not hide a forgery', () => {
    const forged = Uint8Array.from(good);
    forged[100] = (forged[100] ?? 0) ^ 1;
    const refused = (() => verify(forged, { now: NOW + 31 * DAY })) as () => never;
    expect(refused).toThrow(expect.objectContaining({ code: 'EVIDENCE_SIGNATURE_INVALID' }));
    expect(reasonsOf(forged, { now: NOW + 31 * DAY })[0]).toBe('pck:crl-expired');
  });

  test.each<[string, Partial<Collateral>]>([
    ['is wrongly signed', { tcb_info: collateral.tcb_info.replace('OutOfDate', 'UpToDate') }],
    ['cannot be read', { qe_identity: '' }],
  ])('that %s is something that could not be told, and does not hide a forgery', (_, changes) => {
    const options = { collateral: { ...collateral, ...changes } };
    expect(() => verify(good, options)).toThrow(
      expect.objectContaining({
        code: 'COLLATERAL_INVALID',
        definition: expect.objectContaining({ kind: 'could-not-tell' }),
      }),
    );
    const forged = Uint8Array.from(good);
    forged[100] = (forged[100] ?? 0) ^ 1;
    const refused = (() => verify(forged, options)) as () => never;
    expect(refused).toThrow(expect.objectContaining({ code: 'EVIDENCE_SIGNATURE_INVALID' }));
    expect(reasonsOf(forged, options)).toHaveLength(2);
  });

  test('is refused as configuration where it is not a collateral file', () => {
    expect(() => readCollateral('{"tcb_info":1}')).toThrow(Refusal);
    expect(() => readCollateral('[')).toThrow('not JSON');
  });
});

describe('a trust root', () => {
  test.each(['', 'text', platform['pck-chain.pem'], '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'])(
    'must be exactly one certificate',
    (pem) => {
      expect(() => trustRoot({ name: 'x', simulated: false, pem })).toThrow(
        expect.objectContaining({ code: 'CONFIGURATION_INVALID' }),
      );
    },
  );
});
