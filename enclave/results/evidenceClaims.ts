import { base64urlOf, bytesOfHex, hexOf } from '../bytes.js';
import { Refusal } from '../refusals.js';
import type { Collateral } from '../verification/dcap/collateral.js';
import type { SgxReport } from '../verification/dcap/sgxReport.js';
import type { TcbStatus } from '../verification/dcap/tcbStatus.js';
import type { TdReport } from '../verification/dcap/tdReport.js';
import { hasTdAttribute } from '../verification/dcap/tdReport.js';
import type { SnpReport } from '../verification/sevSnp/report.js';
import type { SnpTcb } from '../verification/sevSnp/tcb.js';

/**
 * What evidence says, under the names of Azure Attestation (claim sets of SGX, TDX and SEV-SNP). Nothing here verifies:
 * whoever calls has done so, or shows the claims as what somebody says. Values are as in a token; hex is lower case.
 */
export type Claims = Readonly<Record<string, unknown>>;

/** Data whose digest the evidence carries. */
export interface HeldData {
  /** Exactly as sent: the digest covers them. */
  readonly bytes: Uint8Array;
  readonly type: 'JSON' | 'Binary';
}

/** What our own service adds for every TEE; Azure has no names for it. */
export interface CloisterFacts {
  /** True where no hardware stands behind the evidence. */
  readonly simulated: boolean;
  readonly tcbStatus?: TcbStatus;
  readonly advisoryIds?: readonly string[];
  readonly tcbEvaluationDataNumber?: number;
  /** TDX 1.5: MRSERVICETD, hex. */
  readonly serviceTd?: string | undefined;
  /** SEV-SNP: for instance Milan. */
  readonly chip?: string;
  /** SEV-SNP on Turin: security version of the part that Azure has no claim for. */
  readonly fmcSvn?: number | undefined;
  /** False where nobody looked whether the vendor has revoked the chain; absent: it was looked at. */
  readonly revocationChecked?: boolean;
}

export function sgxClaims(report: SgxReport): Claims {
  return {
    'x-ms-attestation-type': 'sgx',
    'x-ms-sgx-is-debuggable': report.debug,
    'x-ms-sgx-mrenclave': report.mrEnclave,
    'x-ms-sgx-mrsigner': report.mrSigner,
    'x-ms-sgx-product-id': report.isvProductId,
    'x-ms-sgx-report-data': hexOf(report.reportData),
    'x-ms-sgx-svn': report.isvSvn,
    ...(report.keySeparation && {
      'x-ms-sgx-config-id': report.configId,
      'x-ms-sgx-config-svn': report.configSvn,
      'x-ms-sgx-isv-extended-product-id': report.isvExtendedProductId,
      'x-ms-sgx-isv-family-id': report.isvFamilyId,
    }),
  };
}

/** The claim set of `https://aka.ms/maa-eat-profile-tdxvm`. */
export function tdxClaims(report: TdReport, tcbStatus: TcbStatus): Claims {
  const [rtmr0, rtmr1, rtmr2, rtmr3] = report.rtmrs;
  return {
    'x-ms-attestation-type': 'tdxvm',
    attester_tcb_status: tcbStatus,
    dbgstat: report.debug ? 'enabled' : 'disabled',
    eat_profile: 'https://aka.ms/maa-eat-profile-tdxvm',
    intuse: 'generic',
    tdx_mrconfigid: report.mrConfigId,
    tdx_mrowner: report.mrOwner,
    tdx_mrownerconfig: report.mrOwnerConfig,
    tdx_mrseam: report.mrSeam,
    tdx_mrsignerseam: report.mrSignerSeam,
    tdx_mrtd: report.mrTd,
    tdx_report_data: hexOf(report.reportData),
    tdx_rtmr0: rtmr0,
    tdx_rtmr1: rtmr1,
    tdx_rtmr2: rtmr2,
    tdx_rtmr3: rtmr3,
    tdx_seam_attributes: report.seamAttributes,
    tdx_seamsvn: report.teeTcbSvn[0] ?? 0,
    tdx_td_attributes: report.tdAttributes,
    tdx_td_attributes_debug: report.debug,
    tdx_td_attributes_key_locker: hasTdAttribute(report, 'keyLocker'),
    tdx_td_attributes_perfmon: hasTdAttribute(report, 'perfmon'),
    tdx_td_attributes_protection_keys: hasTdAttribute(report, 'protectionKeys'),
    tdx_td_attributes_septve_disable: hasTdAttribute(report, 'septVeDisable'),
    tdx_tee_tcb_svn: hexOf(Uint8Array.from(report.teeTcbSvn)),
    tdx_xfam: report.xfam,
  };
}

/** @param tcb of the reported TCB: the version that the signing key was derived for. */
export function snpClaims(report: SnpReport, tcb: SnpTcb): Claims {
  return {
    'x-ms-attestation-type': 'sevsnpvm',
    'x-ms-sevsnpvm-authorkeydigest': report.authorKeyDigest,
    'x-ms-sevsnpvm-bootloader-svn': tcb.bootLoader,
    'x-ms-sevsnpvm-familyId': report.familyId,
    'x-ms-sevsnpvm-guestsvn': report.guestSvn,
    'x-ms-sevsnpvm-hostdata': report.hostData,
    'x-ms-sevsnpvm-idkeydigest': report.idKeyDigest,
    'x-ms-sevsnpvm-imageId': report.imageId,
    'x-ms-sevsnpvm-is-debuggable': report.debug,
    'x-ms-sevsnpvm-launchmeasurement': report.measurement,
    'x-ms-sevsnpvm-microcode-svn': tcb.microcode,
    'x-ms-sevsnpvm-migration-allowed': report.policy.migrationAgentAllowed,
    'x-ms-sevsnpvm-reportdata': hexOf(report.reportData),
    'x-ms-sevsnpvm-reportid': report.reportId,
    'x-ms-sevsnpvm-smt-allowed': report.policy.smtAllowed,
    'x-ms-sevsnpvm-snpfw-svn': tcb.snp,
    'x-ms-sevsnpvm-tee-svn': tcb.tee,
    'x-ms-sevsnpvm-vmpl': report.vmpl,
  };
}

/**
 * What the verdict on an SGX enclave rests on, so that anybody who has the same bytes can compare.
 *
 * @param evidence as posted: for Open Enclave with its header.
 */
export function collateralClaims(
  evidence: Uint8Array,
  collateral: Collateral,
  sha256: (bytes: Uint8Array) => Uint8Array,
): Claims {
  const digest = (bytes: Uint8Array) => hexOf(sha256(bytes));
  const ofText = (text: string) => digest(new TextEncoder().encode(text));
  const rootList = digest(bytesOfHex(collateral.root_ca_crl));
  const hashes = {
    qeidcertshash: ofText(collateral.qe_identity_issuer_chain),
    qeidcrlhash: rootList,
    qeidhash: ofText(collateral.qe_identity),
    quotehash: digest(evidence),
    tcbinfocertshash: ofText(collateral.tcb_info_issuer_chain),
    tcbinfocrlhash: rootList,
    tcbinfohash: ofText(collateral.tcb_info),
  };
  return { 'maa-attestationcollateral': hashes, 'x-ms-sgx-collateral': hashes };
}

/**
 * What the attester put into the evidence at run time. JSON of every TEE is x-ms-runtime; binary data has names for SGX
 * only, three of them, and for other TEEs is seen in the report data alone.
 *
 * @throws Refusal BAD_INPUT where it is declared as JSON and is no JSON object.
 */
export function runtimeClaims(tee: 'sgx' | 'tdx' | 'sev-snp', runtimeData: HeldData | undefined): Claims {
  if (!runtimeData) return {};
  if (runtimeData.type === 'JSON') return { 'x-ms-runtime': parseJsonObject('runtimeData', runtimeData.bytes) };
  if (tee !== 'sgx') return {};
  const held = base64urlOf(runtimeData.bytes);
  return { 'aas-ehd': held, 'maa-ehd': held, 'x-ms-sgx-ehd': held };
}

/** As {@link runtimeClaims}, of what was fixed at launch. Binary data has no name. */
export function initTimeClaims(initTimeData: HeldData | undefined): Claims {
  if (initTimeData?.type !== 'JSON') return {};
  return { 'x-ms-inittime': parseJsonObject('initTimeData', initTimeData.bytes) };
}

export function cloisterClaims(facts: CloisterFacts): Claims {
  const { simulated, tcbStatus, advisoryIds, tcbEvaluationDataNumber, serviceTd, chip, fmcSvn } = facts;
  return {
    ...(simulated && { 'x-cloister-simulated': true }),
    ...(tcbStatus !== undefined && { 'x-cloister-tcb-status': tcbStatus }),
    ...(advisoryIds && { 'x-cloister-advisory-ids': advisoryIds }),
    ...(tcbEvaluationDataNumber !== undefined && {
      'x-cloister-tcb-evaluation-data-number': tcbEvaluationDataNumber,
    }),
    ...(serviceTd !== undefined && { 'x-cloister-tdx-mrservicetd': serviceTd }),
    ...(chip !== undefined && { 'x-cloister-sevsnpvm-chip': chip }),
    ...(fmcSvn !== undefined && { 'x-cloister-sevsnpvm-fmc-svn': fmcSvn }),
    ...(facts.revocationChecked === false && { 'x-cloister-revocation-checked': false }),
  };
}

/** Nobody nests keys deeper; whoever does wants to exhaust the stack. */
const MAXIMUM_DEPTH = 16;

/**
 * All names in alphabetical order, at every level, as Azure Attestation writes them.
 *
 * @throws Refusal BAD_INPUT where the value is nested too deeply: some of it comes from the attester.
 */
export function sortKeys(value: unknown, depth = 0): unknown {
  if (depth > MAXIMUM_DEPTH)
    throw new Refusal('BAD_INPUT', `runtimeData is nested deeper than ${MAXIMUM_DEPTH} levels.`);
  if (Array.isArray(value)) return value.map((item) => sortKeys(item, depth + 1));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([name, item]) => [name, sortKeys(item, depth + 1)]));
}

/** NUL bytes at the end are ignored: real clients send C strings with their terminator, and Azure accepts them. */
function parseJsonObject(name: string, bytes: Uint8Array): unknown {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes).replace(/\0+$/, '');
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  } catch (cause) {
    throw new Refusal('BAD_INPUT', `${name} is declared as JSON and is not JSON.`, { cause });
  }
  throw new Refusal('BAD_INPUT', `${name} is declared as JSON and is not a JSON object.`);
}
