import type { DcapEvidence } from '../support/dcapKit/evidence.js';
import { FORMS, makeEvidence } from '../support/dcapKit/evidence.js';
import type { TestAuthority } from '../support/dcapKit/testAuthority.js';
import { createTestAuthority, PLATFORM } from '../support/dcapKit/testAuthority.js';
import { cases } from './cases.js';
import type { Accepted, Refused, VectorCase } from './vectorCase.js';
import { AT } from './vectorCase.js';
import type { VectorFolder } from './vectorFolder.js';

export function makeDcapVectors(): VectorFolder {
  const authority = createTestAuthority(AT);
  const strangers = createTestAuthority(AT);
  return {
    vectors: cases.map((vector) => writeVector(vector, vector.underAnotherRoot ? strangers : authority)),
    roots: { 'test-root.pem': authority.certificate('root') },
  };
}

/** One vector as it lies in a file. `expect` comes from the case and from what was put in, never from a verifier. */
function writeVector(vector: VectorCase, authority: TestAuthority) {
  const at = vector.at ?? AT;
  const evidence = makeEvidence(authority, vector.form, AT, vector.change);
  return {
    id: vector.id,
    kind: 'dcap',
    trustRoot: 'file:test-root.pem',
    at: new Date(at).toISOString(),
    expect: {
      ...('code' in vector.expect ? refusalOf(vector.expect) : acceptanceOf(vector.expect)),
      ...('unreadable' in vector.expect ? {} : reportOf(vector, evidence)),
    },
    note: `${vector.form}: ${vector.note}`,
    quote: Buffer.from(evidence.quote).toString('base64'),
    collateral: { ...evidence.collateral, pck_crl_issuer_chain: null },
  };
}

function refusalOf({ code, reasons }: Refused): object {
  return { accept: false, code, reasons };
}

function acceptanceOf({ tcbStatus, platformTcb, qeTcb, tdxModuleTcb, advisoryIDs }: Accepted): object {
  return {
    accept: true,
    reasons: [],
    tcbStatus,
    platformTcb: platformTcb ?? 'UpToDate',
    qeTcb: qeTcb ?? 'UpToDate',
    ...(tdxModuleTcb && { tdxModuleTcb }),
    advisoryIDs: advisoryIDs ?? [],
    tcbEvaluationDataNumber: 17,
    fmspc: PLATFORM.fmspc,
  };
}

/** The report's fields as they were meant. */
function reportOf({ form, change }: VectorCase, { quote, report }: DcapEvidence): object {
  // Where bytes were changed after signing, the report is not what was meant.
  if (change?.quote !== undefined) return { quoteVersion: FORMS[form].version };
  const common = { tee: FORMS[form].tee, quoteVersion: Buffer.from(quote).readUInt16LE(0) };
  const hex = (bytes: Uint8Array | readonly number[]) => Buffer.from(bytes).toString('hex');
  if ('sgx' in report) {
    const { flags, measurement, signer, productId, securityVersion, reportData } = report.sgx;
    return {
      ...common,
      debug: (flags & 0x02) !== 0,
      mrenclave: measurement,
      mrsigner: signer,
      isvProdId: productId,
      isvSvn: securityVersion,
      attributes: `${flags.toString(16).padStart(2, '0')}000000000000000700000000000000`,
      reportData: hex(reportData),
    };
  }
  const { teeTcbSvn, reportData, rtmrs = [], td15, ...fields } = report.td;
  return {
    ...common,
    debug: fields.tdAttributes?.startsWith('01') === true,
    ...fields,
    mrSignerSeam: fields.mrSignerSeam ?? '00'.repeat(48),
    seamAttributes: fields.seamAttributes ?? '00'.repeat(8),
    teeTcbSvn: hex(teeTcbSvn),
    ...Object.fromEntries(rtmrs.map((value, index) => [`rtmr${index}`, value])),
    ...(td15 && { teeTcbSvn2: hex(td15.teeTcbSvn2), mrServiceTd: td15.mrServiceTd ?? '00'.repeat(48) }),
    reportData: hex(reportData),
  };
}
