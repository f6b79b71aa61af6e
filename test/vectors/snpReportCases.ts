import { integer } from '../../enclave/asn1/der.js';
import { ia5String, SNP_CHIP_ID, SNP_NOW, stranger, wrappedHardwareId } from '../support/snpEvidence.js';
import type { Reasons, SnpCase } from './snpCase.js';
import { accepted, byVlek, onGenoa, onTurin, report, withCode } from './snpCase.js';

const malformed = withCode('EVIDENCE_MALFORMED');
const forged = withCode('EVIDENCE_SIGNATURE_INVALID');
const wrongTcb = withCode('EVIDENCE_TCB_INVALID');

/** The report with one byte set once it is signed. */
const withByte =
  (at: number, value: number): SnpCase['sent'] =>
  ({ report: signed }) => {
    const bytes = Uint8Array.from(signed);
    bytes[at] = value;
    return { report: bytes };
  };

const genuine: readonly SnpCase[] = [
  accepted('milan-vcek', 'Milan, by a VCEK', {}),
  accepted('milan-vlek', 'Milan, by a VLEK', byVlek({})),
  accepted('genoa-vcek', 'Genoa, by a VCEK', onGenoa({})),
  accepted('genoa-vlek', 'Genoa, by a VLEK', onGenoa(byVlek({}))),
  accepted('turin-vcek', 'Turin, by a VCEK', onTurin({})),
  accepted('turin-vlek', 'Turin, by a VLEK', onTurin(byVlek({}))),
  accepted('version-2', 'a report of version 2, which names no processor', report({ version: 2 })),
  accepted('version-4', 'a report of version 4', report({ version: 4 })),
  accepted('version-5', 'a report of version 5', report({ version: 5, mitigations: [5n, 7n] })),
  accepted(
    'policy-all-bits',
    'every bit of the guest policy that is documented, but debugging',
    report({ policy: 0x3f7051fn }),
  ),
  accepted('vmpl-3', 'asked for at the lowest privilege level of the guest', report({ vmpl: 3 })),
  accepted(
    'platform-info-unknown-bits',
    'bits of the platform information that nobody documents',
    report({ platformInfo: 0xffn }),
  ),
  accepted('author-key', 'an author key', report({ flags: 1, authorKeyDigest: 'aa'.repeat(48) })),
  accepted(
    'masked-chip-vlek',
    'a VLEK on a host that masks its chip',
    byVlek(report({ chipId: '00'.repeat(64), flags: 6 })),
  ),
  accepted('hardware-id-in-der', 'the hardware id in an OCTET STRING', { extensions: { 4: wrappedHardwareId } }),
  accepted('chain-in-pem', 'the chain as PEM', {}, ({ pem }) => ({ certificates: pem })),
  accepted('revocation-not-checked', 'nobody wants to know of revocation', {}, () => ({
    revocationList: 'not-checked',
  })),
  accepted('others-revoked', 'others are revoked', {
    revocationList: { revoked: [Uint8Array.of(1, 0, 2), Uint8Array.of(0)] },
  }),
  accepted('crl-to-the-second', 'the revocation list begins and ends at this very second', {
    revocationList: { thisUpdate: SNP_NOW, nextUpdate: SNP_NOW },
  }),
  accepted('leaf-to-the-second', 'the VCEK’s certificate begins and ends at this very second', {
    leaf: { notBefore: SNP_NOW, notAfter: SNP_NOW },
  }),
];

const forms: readonly SnpCase[] = [
  malformed('length-empty', 'no bytes', () => ({ report: new Uint8Array() }), 'length'),
  malformed('length-cut', 'the last byte is missing', (made) => ({ report: made.report.subarray(0, -1) }), 'length'),
  malformed('length-more', 'a byte too many', (made) => ({ report: Uint8Array.of(...made.report, 0) }), 'length'),
  malformed('version-1', 'version 1', report({ version: 1 }), 'version'),
  malformed('version-6', 'version 6', report({ version: 6 }), 'version'),
  malformed('sig-algo', 'another signature algorithm', report({ signatureAlgorithm: 2 }), 'sig-algo'),
  malformed(
    'policy-bit-17',
    'a guest policy without the bit that is always one',
    report({ policy: 0x1001fn }),
    'policy-reserved',
  ),
  malformed(
    'policy-unknown-bit',
    'a bit of the guest policy that nobody documents',
    report({ policy: 0x403001fn }),
    'policy-reserved',
  ),
  malformed(
    'sig-reserved-r',
    'a byte above r, which makes another signature text of the same number',
    withByte(0x2a0 + 48, 1),
    'sig-reserved',
  ),
  malformed('sig-reserved-s', 'a byte above s', withByte(0x2a0 + 72 + 48, 1), 'sig-reserved'),
  malformed('sig-reserved-rest', 'the last byte of the report', withByte(1183, 1), 'sig-reserved'),
  malformed('flags-reserved', 'a flag that nobody documents', report({ flags: 1 << 5 }), 'flags-reserved'),
  malformed('author-key-missing', 'an author key is enabled, and there is none', report({ flags: 1 }), 'author-key'),
  malformed(
    'author-key-not-enabled',
    'the digest of an author key that is not enabled',
    report({ authorKeyDigest: 'aa'.repeat(48) }),
    'author-key',
  ),
];

const signatures: readonly SnpCase[] = [
  forged(
    'report-signature',
    'signed by another key',
    report({ signWith: stranger.p384.privateKey }),
    'report-signature',
  ),
  forged(
    'report-measurement-changed',
    'one bit of the measurement is flipped',
    withByte(0x90, 0xcc),
    'report-signature',
  ),
  forged('report-data-changed', 'one bit of the report data is flipped', withByte(0x50, 0xdb), 'report-signature'),
  forged(
    'report-unsigned',
    'zeros in place of the signature',
    (made) => ({ report: Uint8Array.from(made.report).fill(0, 0x2a0) }),
    'report-signature',
  ),
  forged('vmpl-of-the-host', 'the host asked for it, not the guest', report({ vmpl: 0xffffffff }), 'vmpl'),
  forged('signing-key-vlek', 'the report says that a VLEK signed it', report({ flags: 1 << 2 }), 'signing-key-kind'),
  forged('signing-key-vcek', 'the report says that a VCEK signed it', byVlek(report({ flags: 0 })), 'signing-key-kind'),
  forged('signing-key-none', 'the report says that nobody signed it', report({ flags: 7 << 2 }), 'signing-key-kind'),
  forged(
    'signing-key-reserved',
    'the report says that it was signed by a key that nobody documents',
    report({ flags: 2 << 2 }),
    'signing-key-kind',
  ),
  forged('mask-chip-key', 'a VCEK signs where the report says that it does not', report({ flags: 2 }), 'mask-chip-key'),
  forged('chip-id', 'the report is of another chip', report({ chipId: '11'.repeat(64) }), 'chip-id'),
  forged('chip-id-masked', 'the report does not name its chip', report({ chipId: '00'.repeat(64) }), 'chip-id'),
  forged(
    'chip-id-turin',
    'a chip with more than the eight bytes that Turin has',
    onTurin(report({ chipId: SNP_CHIP_ID })),
    'chip-id',
  ),
];

const platforms: readonly SnpCase[] = [
  wrongTcb(
    'product-unknown',
    'a product that nobody knows',
    { extensions: { 2: ia5String('Venice-A0') } },
    'product-unknown',
  ),
  wrongTcb(
    'product-mismatch',
    'a leaf of another product than its issuers',
    { extensions: { 2: ia5String('Genoa-B0') } },
    'product-mismatch',
    'cpu-mismatch',
  ),
  wrongTcb(
    'product-mismatch-vlek',
    'a VLEK that was signed by the CA of VCEKs',
    byVlek({ ask: { subject: { commonName: 'SEV-Milan' } }, leaf: { issuer: { commonName: 'SEV-Milan' } } }),
    'product-mismatch',
  ),
  wrongTcb(
    'cpu-mismatch',
    'the report is of another processor than the certificate',
    report({ cpu: [0x19, 0x11, 0] }),
    'cpu-mismatch',
  ),
  wrongTcb(
    'cpu-unknown',
    'the report is of a processor that nobody knows',
    report({ cpu: [0x1b, 0, 0] }),
    'cpu-mismatch',
  ),
  wrongTcb(
    'tcb-boot-loader',
    'another boot loader than the certificate is for',
    report({ tcb: '04010000000008d1' }),
    'tcb-mismatch-3.1',
  ),
  wrongTcb('tcb-tee', 'another TEE', report({ tcb: '03020000000008d1' }), 'tcb-mismatch-3.2'),
  wrongTcb('tcb-firmware-older', 'an older firmware', report({ tcb: '03010000000007d1' }), 'tcb-mismatch-3.3'),
  wrongTcb('tcb-firmware-newer', 'a newer firmware', report({ tcb: '03010000000009d1' }), 'tcb-mismatch-3.3'),
  wrongTcb('tcb-microcode', 'other microcode', report({ tcb: '0301000000000851' }), 'tcb-mismatch-3.8'),
  wrongTcb(
    'tcb-reserved',
    'every patch level that is reserved',
    report({ tcb: '03010101010108d1' }),
    ...(['3.4', '3.5', '3.6', '3.7'].map((level) => `tcb-mismatch-${level}`) as unknown as Reasons),
  ),
  wrongTcb('tcb-fmc', 'Turin with another FMC', onTurin(report({ tcb: '0204020500000082' })), 'tcb-mismatch-3.9'),
  wrongTcb(
    'tcb-fmc-on-milan',
    'a certificate of Milan with an FMC',
    { extensions: { '3.9': integer(1) } },
    'tcb-mismatch-3.9',
  ),
  withCode('EVIDENCE_DEBUG')('debug', 'a guest that may be debugged', report({ policy: 0xb001fn }), 'debug'),
];

/** What is said in reports, and of the platform. */
export const snpReportCases: readonly SnpCase[] = [...genuine, ...forms, ...signatures, ...platforms];
