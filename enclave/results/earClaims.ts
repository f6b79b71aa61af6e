import type { JWK } from 'jose';
import { bytesOfBase64, hexOf } from '../bytes.js';
import type { IssuerVerdict, SnpDetails } from './attestationResult.js';
import type { Claims } from './claimFields.js';
import {
  hexDigits,
  malformed,
  object,
  optionalHexDigits,
  optionalInteger,
  optionalObject,
  optionalText,
  optionalTexts,
  text,
} from './claimFields.js';
import { keysOf } from './runtimeKeys.js';
import { tdAttributesOf } from './tdAttributes.js';
import type { FormatClaims, TeeClaims } from './teeClaims.js';

/**
 * An EAT Attestation Result (draft-ietf-rats-ear) as Veraison profiles it and Confidential Containers' Trustee issues it:
 * the verdict of each submodule, and the evidence behind it under `ear.veraison.annotated-evidence`. Exactly one
 * submodule must be of SGX, TDX or SEV-SNP; the verdicts of all are kept, so that a GPU's counts as well.
 *
 * @throws Refusal RESULT_MALFORMED
 */
export function readEarClaims(claims: Claims): FormatClaims {
  if (claims.eat_profile !== PROFILE) throw malformed(`eat_profile is not "${PROFILE}"`);
  const submodules = Object.entries(object(claims, 'submods'));
  if (submodules.length === 0 || submodules.length > MAXIMUM_SUBMODULES)
    throw malformed(`it has ${submodules.length} submodules, not 1 to ${MAXIMUM_SUBMODULES}`);
  const evidences = submodules.flatMap(([part]) => readEvidence(object(claims, 'submods'), part));
  const [evidence, another] = evidences;
  if (!evidence || another) throw malformed(`${evidences.length} submodules are of a known TEE, not 1`);
  const { annotated, tee, readTee } = evidence;
  return {
    tee: readTee(tee, annotated),
    simulated: false,
    keys: readKeys(annotated),
    initTimeData: annotated.init_data_claims,
    issuerPolicyHashes: [],
    issuerVerdicts: submodules.map(([part]) => readVerdict(object(claims, 'submods'), part)),
    complianceStatus: undefined,
  };
}

const PROFILE = 'tag:github.com,2023:veraison/ear';
const MAXIMUM_SUBMODULES = 32;
const STATUSES = ['affirming', 'warning', 'contraindicated', 'none'] as const;

function readVerdict(submodules: Claims, part: string): IssuerVerdict {
  const status = object(submodules, part)['ear.status'];
  const known = STATUSES.find((candidate) => candidate === status);
  if (!known) throw malformed(`ear.status of ${part.slice(0, 32)} is not one of ${STATUSES.join(', ')}`);
  return { part: part.slice(0, 32), status: known };
}

type ReadTee = (tee: Claims, annotated: Claims) => TeeClaims;
interface TeeEvidence {
  readonly annotated: Claims;
  readonly tee: Claims;
  readonly readTee: ReadTee;
}

const TEES: Readonly<Record<string, ReadTee>> = { sgx: readSgx, tdx: readTdx, snp: readSnp };

function readEvidence(submodules: Claims, part: string): readonly TeeEvidence[] {
  const annotated = optionalObject(object(submodules, part), 'ear.veraison.annotated-evidence');
  if (!annotated) return [];
  return Object.entries(TEES).flatMap(([name, readTee]) => {
    const tee = optionalObject(annotated, name);
    return tee ? [{ annotated, tee, readTee }] : [];
  });
}

/** An SGX quote's fields in hex, as in the quote: integers are little-endian. */
function readSgx(tee: Claims, annotated: Claims): TeeClaims {
  const body = object(tee, 'body');
  return {
    teeType: 'sgx',
    measurement: hexDigits(body, 'mr_enclave', 32),
    sgx: {
      signer: hexDigits(body, 'mr_signer', 32),
      productId: littleEndian(hexDigits(body, 'isv_prod_id', 2)),
      securityVersion: littleEndian(hexDigits(body, 'isv_svn', 2)),
      configId: optionalHexDigits(body, 'config_id', 64),
    },
    debug: (littleEndian(hexDigits(body, 'attributes.flags', 8).slice(0, 2)) & SGX_DEBUG) !== 0,
    platform: readIntelPlatform(tee),
    reportData: readReportData(annotated),
    tdx: undefined,
    snp: undefined,
  };
}

const SGX_DEBUG = 0x02;

function readTdx(tee: Claims, annotated: Claims): TeeClaims {
  const body = object(object(tee, 'quote'), 'body');
  const mr = (name: string) => optionalHexDigits(body, name, 48);
  const tdAttributes = hexDigits(body, 'td_attributes', 8);
  const { debug, septVeDisable } = tdAttributesOf(tdAttributes);
  return {
    teeType: 'tdx',
    measurement: hexDigits(body, 'mr_td', 48),
    sgx: undefined,
    debug,
    platform: readIntelPlatform(tee),
    reportData: readReportData(annotated),
    tdx: {
      rtmrs: [mr('rtmr_0'), mr('rtmr_1'), mr('rtmr_2'), mr('rtmr_3')],
      mrSeam: mr('mr_seam'),
      mrSignerSeam: mr('mrsigner_seam'),
      mrConfigId: mr('mr_config_id'),
      mrOwner: mr('mr_owner'),
      mrOwnerConfig: mr('mr_owner_config'),
      tdAttributes,
      seamAttributes: optionalHexDigits(body, 'seam_attributes', 8),
      septVeDisable,
      mrServiceTd: mr('mr_servicetd'),
    },
    snp: undefined,
  };
}

function readIntelPlatform(tee: Claims) {
  return {
    tcbStatus: optionalText(tee, 'tcb_status'),
    advisoryIds: optionalTexts(tee, 'advisory_ids'),
    tcbEvaluationDataNumber: optionalInteger(tee, 'tcb_eval_num'),
  };
}

function readSnp(tee: Claims, annotated: Claims): TeeClaims {
  return {
    teeType: 'sev-snp',
    measurement: hexOrBase64(tee, 'measurement', 48),
    sgx: undefined,
    debug: looseFlag(tee, 'policy_debug_allowed'),
    platform: { tcbStatus: undefined, advisoryIds: undefined, tcbEvaluationDataNumber: undefined },
    reportData: readReportData(annotated),
    tdx: undefined,
    snp: readSnpDetails(tee, annotated),
  };
}

function readSnpDetails(tee: Claims, annotated: Claims): SnpDetails {
  const number = (name: string) => (tee[name] === undefined ? undefined : looseInteger(tee, name));
  const isSaid = (name: string) => (tee[name] === undefined ? undefined : looseFlag(tee, name));
  return {
    // Trustee calls the host data init_data: it has found the digest of the init-time data there.
    hostData: annotated.init_data === undefined ? undefined : hexOrBase64(annotated, 'init_data', 32),
    idKeyDigest: undefined,
    authorKeyDigest: undefined,
    familyId: undefined,
    imageId: undefined,
    vmpl: number('vmpl'),
    guestSvn: undefined,
    smtAllowed: isSaid('policy_smt_allowed'),
    migrationAllowed: isSaid('policy_migrate_ma'),
    reportedTcb: {
      fmc: number('reported_tcb_fmc'),
      bootloader: number('reported_tcb_bootloader'),
      tee: number('reported_tcb_tee'),
      snp: number('reported_tcb_snp'),
      microcode: number('reported_tcb_microcode'),
    },
    chipKind: undefined,
  };
}

function readReportData(annotated: Claims): string {
  return hexOrBase64(annotated, 'report_data', 64);
}

/** The enclave's JWK set; or the one key that Trustee's protocol (RCAR) binds, under a name of its own. */
function readKeys(annotated: Claims): readonly JWK[] {
  const runtimeData = annotated.runtime_data_claims;
  const keys = keysOf(runtimeData);
  if (keys.length > 0) return keys;
  const key = (runtimeData as { 'tee-pubkey'?: unknown } | null | undefined)?.['tee-pubkey'];
  if (typeof key !== 'object' || key === null || Array.isArray(key)) return [];
  return [{ ...(key as JWK), kid: 'tee-pubkey' }];
}

/** Trustee wrote SEV-SNP's bytes in base64 and later in hex; the length tells which. */
function hexOrBase64(claims: Claims, name: string, bytes: number): string {
  const value = text(claims, name);
  if (value.length === bytes * 2) return hexDigits(claims, name, bytes);
  try {
    const decoded = bytesOfBase64(value);
    if (decoded.length === bytes) return hexOf(decoded);
  } catch {
    // Said below.
  }
  throw malformed(`${name} is not ${bytes} bytes in hex or base64`);
}

/** Trustee wrote SEV-SNP's numbers and bits as texts and later as they are. */
function looseInteger(claims: Claims, name: string): number {
  const value = claims[name];
  if (typeof value === 'string' && /^\d{1,10}$/.test(value)) return Number(value);
  if (Number.isSafeInteger(value)) return value as number;
  throw malformed(`${name} is not a whole number`);
}

function looseFlag(claims: Claims, name: string): boolean {
  const value = claims[name];
  if (value === true || value === 'true' || value === 1 || value === '1') return true;
  if (value === false || value === 'false' || value === 0 || value === '0') return false;
  throw malformed(`${name} is not true or false`);
}

function littleEndian(hex: string): number {
  const bytes = hex.match(/../g) ?? [];
  return bytes.reduceRight((value, byte) => value * 256 + Number.parseInt(byte, 16), 0);
}
