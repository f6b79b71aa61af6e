import { writePem } from '../../enclave/asn1/pem.js';
import type { DcapEvidence } from '../support/dcapKit/evidence.js';
import { makeEvidence } from '../support/dcapKit/evidence.js';
import { writeTdReport } from '../support/dcapKit/tdReport.js';
import type { TestAuthority } from '../support/dcapKit/testAuthority.js';
import { createTestAuthority } from '../support/dcapKit/testAuthority.js';
import { writeHclReport, writeTdMacReport } from '../support/hclReport.js';
import { makeSnpEvidence, SNP_NOW } from '../support/snpEvidence.js';
import type { HclCase } from './hclCases.js';
import { hclCases, REPORT_DATA, RUNTIME_DATA } from './hclCases.js';
import type { VectorFolder } from './vectorFolder.js';

export function makeHclVectors(): VectorFolder {
  const authority = createTestAuthority(SNP_NOW);
  return {
    vectors: hclCases.map((vector) => writeHclVector(vector, authority)),
    roots: {
      'test-root.pem': authority.certificate('root'),
      'test-ark.pem': writePem(makeSnpEvidence().certificates[2]),
    },
  };
}

/** One vector as it lies in a file. `expect` comes from the case and from what was put in, never from a verifier. */
function writeHclVector(vector: HclCase, authority: TestAuthority) {
  const { id, note, hardware, expect } = vector;
  return {
    id,
    kind: 'azure-hcl',
    hardware,
    at: new Date(SNP_NOW).toISOString(),
    expect:
      expect === 'accepted'
        ? { accept: true, reasons: [], attestationKey: 'yJsX', userData: 'ab'.repeat(64) }
        : { accept: false, code: expect.code, reasons: expect.reasons },
    note,
    ...(hardware === 'SevSnpVm' ? snpPart(vector) : tdxPart(vector, authority)),
  };
}

function snpPart({ snp, hcl }: HclCase) {
  const evidence = makeSnpEvidence(snp ?? { report: { reportData: REPORT_DATA } });
  const [leaf, ask, ark] = evidence.certificates.map(base64);
  return {
    trustRoot: 'file:test-ark.pem',
    hcl: base64(writeHclReport({ type: 2, hardware: evidence.report, runtimeData: RUNTIME_DATA, ...hcl })),
    leaf,
    ask,
    ark,
    crl: base64(evidence.revocationList),
  };
}

function tdxPart({ quote, hcl }: HclCase, authority: TestAuthority) {
  const made = makeEvidence(authority, 'tdx15-v5', SNP_NOW, { td: { reportData: REPORT_DATA } });
  const beside =
    quote === undefined ? made : quote === 'none' ? undefined : makeEvidence(authority, 'tdx15-v5', SNP_NOW, quote);
  return {
    trustRoot: 'file:test-root.pem',
    hcl: base64(writeHclReport({ type: 4, hardware: tdReportOf(made), runtimeData: RUNTIME_DATA, ...hcl })),
    ...(beside && { quote: base64(beside.quote), collateral: { ...beside.collateral, pck_crl_issuer_chain: null } }),
  };
}

/** The TDREPORT from which the quote was made. */
function tdReportOf({ report }: DcapEvidence): Uint8Array {
  if (!('td' in report)) throw new Error('not a form of TDX');
  return writeTdMacReport(writeTdReport(report.td));
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}
