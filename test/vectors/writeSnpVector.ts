import { writePem } from '../../enclave/asn1/pem.js';
import type { SnpEvidence, SnpEvidenceChanges } from '../support/snpEvidence.js';
import { makeSnpEvidence, SNP_NOW } from '../support/snpEvidence.js';
import type { SnpCase, SnpSent } from './snpCase.js';
import { snpCases } from './snpCases.js';
import type { VectorFolder } from './vectorFolder.js';

export function makeSnpVectors(): VectorFolder {
  return {
    vectors: snpCases.map(writeSnpVector),
    roots: { 'test-root.pem': writePem(makeSnpEvidence().certificates[2]) },
  };
}

/** One vector as it lies in a file. `expect` comes from the case and from what was put in, never from a verifier. */
function writeSnpVector({ id, note, made, sent, at, underNoRoot, expect }: SnpCase) {
  const evidence = makeSnpEvidence(made);
  const posted: SnpSent = { ...evidence, ...sent?.(evidence) };
  const accept = expect === 'accepted';
  return {
    id,
    kind: 'sev-snp',
    trustRoot: underNoRoot ? 'none' : 'file:test-root.pem',
    at: new Date(at ?? SNP_NOW).toISOString(),
    expect: accept
      ? { accept, reasons: [], ...fieldsOf(made) }
      : { accept, code: expect.code, reasons: expect.reasons },
    note,
    report: base64(posted.report ?? evidence.report),
    ...certificatesOf(posted.certificates ?? evidence.certificates),
    ...revocationListOf(posted.revocationList ?? evidence.revocationList),
  };
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}

function certificatesOf(certificates: SnpEvidence['certificates'] | string) {
  if (typeof certificates === 'string') return { chain: certificates };
  const [leaf, ask, ark] = certificates;
  return { leaf: base64(leaf), ask: base64(ask), ark: base64(ark) };
}

/** Absent: not checked. Empty: none could be had. */
function revocationListOf(list: NonNullable<SnpSent['revocationList']>) {
  if (list === 'not-checked') return {};
  return { crl: list === 'none' ? '' : base64(list) };
}

/** What was put into the report, under the names of the vectors, where a case says more than the default. */
function fieldsOf({ product = 'Milan', report = {} }: SnpEvidenceChanges = {}) {
  const levels = { Milan: [3, 1, 8, 0xd1], Genoa: [9, 2, 0x17, 0xd9], Turin: [4, 2, 5, 0x82] }[product];
  const version = report.version ?? 3;
  const [cpuidFam, cpuidMod, cpuidStep] = { Milan: [0x19, 1, 1], Genoa: [0x19, 0x11, 1], Turin: [0x1a, 2, 1] }[product];
  return {
    report: {
      version,
      guestSvn: 7,
      policy: `0x${(report.policy ?? 0x3001fn).toString(16)}`,
      platformInfo: `0x${(report.platformInfo ?? 0x25n).toString(16)}`,
      vmpl: report.vmpl ?? 0,
      sigAlgo: 1,
      measurement: 'cd'.repeat(48),
      hostData: 'ab'.repeat(32),
      authorKeyDigest: report.authorKeyDigest ?? '00'.repeat(48),
      reportData: 'da'.repeat(64),
      ...(version >= 3 && { cpuidFam, cpuidMod, cpuidStep }),
    },
    vcekExt: { '3.1': levels[0], '3.2': levels[1], '3.3': levels[2], '3.8': levels[3] },
  };
}
