import { notCertificateAuthority } from '../../enclave/asn1/writeCertificate.js';
import { pckExtension } from '../../enclave/platforms/insecure/pckExtension.js';
import { PLATFORM } from '../support/dcapKit/testAuthority.js';
import type { VectorCase } from './vectorCase.js';
import { refused, unreadable, UP_TO_DATE } from './vectorCase.js';

/** Where things are in a quote of version 3: see reference layouts in enclave/verification/dcap/quote.ts. */
const V3 = { signatureLength: 432, signature: 436, key: 500, qeReport: 564, dataLength: 1012, data: 1014 } as const;
const V3_CERTIFICATION = { type: 1046, length: 1048 } as const;
/** In version 4 of SGX: the certification block that holds the QE report. */
const V4_NESTED = { type: 564, length: 566 } as const;

const flip = (at: number) => (quote: Buffer) => {
  quote.writeUInt8(quote.readUInt8(at) ^ 1, at);
  return quote;
};
const u16 = (at: number, value: number) => (quote: Buffer) => {
  quote.writeUInt16LE(value, at);
  return quote;
};
const u32 = (at: number, value: number) => (quote: Buffer) => {
  quote.writeUInt32LE(value, at);
  return quote;
};

const malformed = (reason: string) => refused('EVIDENCE_MALFORMED', reason);
const forged = (...reasons: [string, ...string[]]) => refused('EVIDENCE_SIGNATURE_INVALID', ...reasons);
const badChain = (...reasons: [string, ...string[]]) => refused('EVIDENCE_CHAIN_INVALID', ...reasons);

/** Every form, sound. */
const sound: readonly VectorCase[] = [
  { id: 'ok-sgx-v3', note: 'SGX, version 3', form: 'sgx-v3', expect: UP_TO_DATE },
  { id: 'ok-sgx-v4', note: 'SGX, version 4', form: 'sgx-v4', expect: UP_TO_DATE },
  { id: 'ok-sgx-v5', note: 'SGX, version 5', form: 'sgx-v5', expect: UP_TO_DATE },
  {
    id: 'ok-tdx-v4',
    note: 'TDX 1.0, version 4',
    form: 'tdx-v4',
    expect: { tcbStatus: 'UpToDate', tdxModuleTcb: 'UpToDate' },
  },
  {
    id: 'ok-tdx10-v5',
    note: 'TDX 1.0, version 5',
    form: 'tdx10-v5',
    expect: { tcbStatus: 'UpToDate', tdxModuleTcb: 'UpToDate' },
  },
  {
    id: 'ok-tdx15-v5',
    note: 'TDX 1.5, version 5',
    form: 'tdx15-v5',
    expect: { tcbStatus: 'UpToDate', tdxModuleTcb: 'UpToDate' },
  },
  {
    id: 'ok-padding-sgx',
    note: 'zeros after the quote, as drivers hand out whole buffers',
    form: 'sgx-v3',
    change: { quote: (quote) => Buffer.concat([quote, Buffer.alloc(70)]) },
    expect: UP_TO_DATE,
  },
  {
    id: 'ok-padding-tdx',
    note: 'bytes after the quote that are not zeros: nobody signed them and nobody reads them',
    form: 'tdx15-v5',
    change: { quote: (quote) => Buffer.concat([quote, Buffer.alloc(70, 0xaa)]) },
    expect: { tcbStatus: 'UpToDate', tdxModuleTcb: 'UpToDate' },
  },
  {
    id: 'ok-key-separation',
    note: 'an enclave with key separation and sharing, whose config and family fields are set',
    form: 'sgx-v3',
    change: { sgx: { flags: 0x85, configId: 'cf'.repeat(64), configSvn: 2, familyId: 'fa'.repeat(16) } },
    expect: UP_TO_DATE,
  },
  {
    id: 'ok-chain-in-loose-pem',
    note: 'the chain with Windows line ends and spaces between its certificates',
    form: 'sgx-v3',
    change: {
      pckChain: ({ pck, pckAuthority, root }) =>
        `\n ${[pck, pckAuthority, root].join(' \n')}\n`.replaceAll('\n', '\r\n'),
    },
    expect: UP_TO_DATE,
  },
];

const bytes: readonly VectorCase[] = [
  {
    id: 'parse-empty',
    note: 'no bytes',
    form: 'sgx-v3',
    change: { quote: () => new Uint8Array() },
    expect: unreadable(),
  },
  {
    id: 'parse-header-cut',
    note: '47 of the 48 bytes of the header',
    form: 'sgx-v3',
    change: { quote: (quote) => quote.subarray(0, 47) },
    expect: unreadable(),
  },
  {
    id: 'parse-body-cut',
    note: 'cut inside the report',
    form: 'tdx15-v5',
    change: { quote: (quote) => quote.subarray(0, 500) },
    expect: unreadable(),
  },
  {
    id: 'parse-signature-cut',
    note: 'cut inside the signature part',
    form: 'sgx-v4',
    change: { quote: (quote) => quote.subarray(0, 900) },
    expect: unreadable(),
  },
  {
    id: 'parse-last-byte-cut',
    note: 'the last byte is missing',
    form: 'sgx-v3',
    change: { quote: (quote) => quote.subarray(0, -1) },
    expect: unreadable(),
  },
  { id: 'parse-version', note: 'version 6', form: 'sgx-v3', change: { header: { version: 6 } }, expect: unreadable() },
  {
    id: 'parse-too-long',
    note: 'one byte more than the 32 KiB that are read',
    form: 'sgx-v3',
    change: { quote: (quote) => Buffer.concat([quote], 32 * 1024 + 1) },
    expect: unreadable(),
  },
  {
    id: 'parse-signature-length-overflow',
    note: 'the signature part claims 4 GiB',
    form: 'sgx-v3',
    change: { quote: u32(V3.signatureLength, 0xffffffff) },
    expect: unreadable(),
  },
  {
    id: 'parse-signature-length-short',
    note: 'the signature part claims less than its key',
    form: 'sgx-v3',
    change: { quote: u32(V3.signatureLength, 100) },
    expect: unreadable(),
  },
  {
    id: 'parse-authentication-length-overflow',
    note: 'the authentication data claim 65535 bytes',
    form: 'sgx-v3',
    change: { quote: u16(V3.dataLength, 0xffff) },
    expect: unreadable(),
  },
  {
    id: 'parse-certification-length-overflow',
    note: 'the certification data claim almost 4 GiB',
    form: 'sgx-v3',
    change: { quote: u32(V3_CERTIFICATION.length, 0xfffffff0) },
    expect: unreadable(),
  },
  {
    id: 'parse-certification-gap',
    note: 'ten bytes of the signature part belong to nothing',
    form: 'sgx-v3',
    change: { quote: (quote) => u32(V3_CERTIFICATION.length, quote.readUInt32LE(V3_CERTIFICATION.length) - 10)(quote) },
    expect: unreadable(),
  },
  {
    id: 'parse-nested-length-overflow',
    note: 'the certification block of version 4 claims more than there is',
    form: 'sgx-v4',
    change: { quote: u32(V4_NESTED.length, 0x00ffffff) },
    expect: unreadable(),
  },
  {
    id: 'parse-nested-gap',
    note: 'the certification block of version 4 ends before its part does',
    form: 'sgx-v4',
    change: { quote: (quote) => u32(V4_NESTED.length, quote.readUInt32LE(V4_NESTED.length) - 5)(quote) },
    expect: unreadable(),
  },
  {
    id: 'parse-body-size',
    note: 'version 5: a body of 648 bytes that says it is a report of TDX 1.0',
    form: 'tdx15-v5',
    change: { header: { bodyType: 2 } },
    expect: unreadable(),
  },
  {
    id: 'tee-type-v4',
    note: 'TEE type 7, version 4',
    form: 'sgx-v4',
    change: { header: { teeType: 7 } },
    expect: unreadable('tee-type'),
  },
  {
    id: 'body-type-other-tee',
    note: 'version 5: an SGX body in a quote of TDX',
    form: 'sgx-v5',
    change: { header: { teeType: 0x81 } },
    expect: unreadable('body-type'),
  },
  {
    id: 'body-type-unknown',
    note: 'version 5: body type 4',
    form: 'sgx-v5',
    change: { header: { bodyType: 4 } },
    expect: unreadable('body-type'),
  },
  {
    id: 'cert-type-nested',
    note: 'version 4: the certification block is not of the type that holds a QE report',
    form: 'sgx-v4',
    change: { quote: u16(V4_NESTED.type, 5) },
    expect: unreadable('cert-type'),
  },
  {
    id: 'cert-type',
    note: 'certification data of type 1, which are no chain',
    form: 'sgx-v3',
    change: { quote: u16(V3_CERTIFICATION.type, 1) },
    expect: malformed('cert-type'),
  },
  {
    id: 'tee-type-v3',
    note: 'TEE type 7, version 3',
    form: 'sgx-v3',
    change: { header: { teeType: 7 } },
    expect: malformed('tee-type'),
  },
  {
    id: 'tdx-v3',
    note: 'version 3 says that it is TDX',
    form: 'sgx-v3',
    change: { header: { teeType: 0x81 } },
    expect: malformed('tdx-v3'),
  },
  {
    id: 'att-key-type',
    note: 'an attestation key over P-384, which nobody implements',
    form: 'sgx-v3',
    change: { header: { attestationKeyType: 3 } },
    expect: malformed('att-key-type'),
  },
  {
    id: 'qe-vendor',
    note: 'the quoting enclave of another vendor',
    form: 'tdx-v4',
    change: { header: { qeVendorId: '00'.repeat(16) } },
    expect: malformed('qe-vendor'),
  },
];

const signatures: readonly VectorCase[] = [
  {
    id: 'quote-signature-sgx',
    note: 'one bit of the signature',
    form: 'sgx-v3',
    change: { quote: flip(V3.signature + 5) },
    expect: forged('quote-signature'),
  },
  {
    id: 'quote-signature-measurement',
    note: 'one bit of MRENCLAVE',
    form: 'sgx-v3',
    change: { quote: flip(48 + 64) },
    expect: forged('quote-signature'),
  },
  {
    id: 'quote-signature-td',
    note: 'one bit of MRTD',
    form: 'tdx15-v5',
    change: { quote: flip(54 + 136) },
    expect: forged('quote-signature'),
  },
  {
    id: 'quote-signature-td-service',
    note: 'one bit of MRSERVICETD, the last field that is signed',
    form: 'tdx15-v5',
    change: { quote: flip(54 + 640) },
    expect: forged('quote-signature'),
  },
  {
    id: 'quote-signature-user-data',
    note: 'one bit of the header’s user data',
    form: 'sgx-v4',
    change: { quote: flip(40) },
    expect: forged('quote-signature'),
  },
  {
    id: 'attestation-key-changed',
    note: 'one bit of the attestation key',
    form: 'sgx-v3',
    change: { quote: flip(V3.key) },
    expect: forged('qe-report-data', 'quote-signature'),
  },
  {
    id: 'attestation-key-no-point',
    note: 'an attestation key that is no point of the curve',
    form: 'sgx-v3',
    change: { quote: (quote) => quote.fill(0xff, V3.key, V3.key + 64) },
    expect: forged('qe-report-data', 'quote-signature'),
  },
  {
    id: 'qe-report-signature',
    note: 'the QE report is signed by another key than the PCK',
    form: 'sgx-v3',
    change: { qeReportBy: 'stranger' },
    expect: forged('qe-report-signature'),
  },
  {
    id: 'qe-report-signature-bit',
    note: 'one bit of the QE report',
    form: 'tdx-v4',
    change: { quote: flip(632 + 4 + 128 + 6 + 70) },
    expect: forged('qe-report-signature'),
  },
  {
    id: 'qe-report-data',
    note: 'the QE report vouches for no attestation key',
    form: 'sgx-v3',
    change: { quotingEnclave: { reportData: new Uint8Array(64) } },
    expect: forged('qe-report-data'),
  },
  {
    id: 'qe-authentication-data',
    note: 'one bit of the authentication data, which the QE report vouches for',
    form: 'sgx-v3',
    change: { quote: flip(V3.data) },
    expect: forged('qe-report-data'),
  },
  {
    id: 'debug-sgx',
    note: 'a debug enclave',
    form: 'sgx-v3',
    change: { sgx: { flags: 0x07 } },
    expect: refused('EVIDENCE_DEBUG', 'debug'),
  },
  {
    id: 'debug-td10',
    note: 'a debug TD, TDX 1.0',
    form: 'tdx-v4',
    change: { td: { tdAttributes: '0100005000000000' } },
    expect: refused('EVIDENCE_DEBUG', 'debug'),
  },
  {
    id: 'debug-td15',
    note: 'a debug TD, TDX 1.5',
    form: 'tdx15-v5',
    change: { td: { tdAttributes: '0100000000000000' } },
    expect: refused('EVIDENCE_DEBUG', 'debug'),
  },
];

const { oid, value } = pckExtension(PLATFORM);
const withPlatform = (change: Partial<typeof PLATFORM>) => ({ certificates: { pck: { platform: change } } });

const certificates: readonly VectorCase[] = [
  {
    id: 'pck-chain-missing',
    note: 'no certificates',
    form: 'sgx-v3',
    change: { pckChain: () => '' },
    expect: badChain('pck-chain-missing'),
  },
  {
    id: 'pck-chain-leaf-only',
    note: 'the leaf alone',
    form: 'tdx-v4',
    change: { pckChain: ({ pck }) => pck },
    expect: badChain('pck-chain-missing'),
  },
  {
    id: 'pck-parse-five-certificates',
    note: 'more certificates than belong there',
    form: 'sgx-v3',
    change: { pckChain: ({ pck, pckAuthority, root }) => pck + pckAuthority + root + root + root },
    expect: badChain('pck-parse:'),
  },
  {
    id: 'pck-parse-base64',
    note: 'base64 that does not decode',
    form: 'sgx-v3',
    change: { pckChain: ({ pck, root }) => pck.replace('MII', 'MI=') + root },
    expect: badChain('pck-parse:'),
  },
  {
    id: 'pck-parse-der',
    note: 'a certificate cut short',
    form: 'sgx-v3',
    change: { pckChain: ({ pck, root }) => pck.replace(/(?<=\n)[^\n]{64}\n(?=-----END|[^\n]*\n-----END)/, '') + root },
    expect: badChain('pck-parse:'),
  },
  {
    id: 'pck-parse-no-extension',
    note: 'a leaf that says nothing of a platform',
    form: 'sgx-v3',
    change: { certificates: { pck: { extensions: [notCertificateAuthority()] } } },
    expect: badChain('pck-parse:'),
  },
  {
    id: 'pck-parse-extension-cut',
    note: 'a platform extension cut short',
    form: 'sgx-v3',
    change: {
      certificates: { pck: { extensions: [notCertificateAuthority(), { oid, value: value.subarray(0, 100) }] } },
    },
    expect: badChain('pck-parse:'),
  },
  {
    id: 'pck-parse-fmspc-length',
    note: 'an FMSPC of five bytes',
    form: 'sgx-v3',
    change: withPlatform({ fmspc: 'c0a06f1100' }),
    expect: badChain('pck-parse:'),
  },
  {
    id: 'pck-parse-component-range',
    note: 'a security version of 256',
    form: 'sgx-v3',
    change: withPlatform({ components: [256, ...PLATFORM.components.slice(1)] }),
    expect: badChain('pck-parse:'),
  },
  {
    id: 'pck-parse-component-missing',
    note: 'fifteen security versions',
    form: 'sgx-v3',
    change: withPlatform({ components: PLATFORM.components.slice(1) }),
    expect: badChain('pck-parse:'),
  },
];

export const quoteCases: readonly VectorCase[] = [...sound, ...bytes, ...signatures, ...certificates];
