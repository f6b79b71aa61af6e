import type { IssuerVerdict } from './attestationResult.js';
import { readTdxDetails } from './azureClaims.js';
import type { Claims } from './claimFields.js';
import {
  hexDigits,
  integer,
  malformed,
  optionalFlag,
  optionalInteger,
  optionalObject,
  optionalText,
  optionalTexts,
  text,
} from './claimFields.js';
import { keysOf, keysOfBase64 } from './runtimeKeys.js';
import { tdAttributesOf } from './tdAttributes.js';
import type { FormatClaims, TeeClaims } from './teeClaims.js';

/**
 * Intel Trust Authority's claims (its EAT profile, version 1 and 2): version 1 has them at top level, version 2 under
 * `sgx` or `tdx`. Its service has checked that the evidence vouches for `attester_held_data`.
 *
 * A policy of Intel Trust Authority that the evidence did not match stands under `policy_ids_unmatched` in a token that
 * is issued all the same; only matched ones are counted here.
 *
 * @throws Refusal RESULT_MALFORMED
 */
export function readIntelTrustAuthorityClaims(claims: Claims): FormatClaims {
  const { type, tee } = attesterOf(claims);
  return {
    tee: type === 'sgx' ? readSgx(tee) : readTdx(tee),
    simulated: false,
    keys: readKeys(tee),
    initTimeData: undefined,
    issuerPolicyHashes: readMatchedPolicies(claims),
    issuerVerdicts: readAcceleratorVerdict(claims),
    complianceStatus: undefined,
  };
}

function attesterOf(claims: Claims): { type: 'sgx' | 'tdx'; tee: Claims } {
  const version = text(claims, 'ver');
  if (version.startsWith('1.')) return { type: typeOf(text(claims, 'attester_type')), tee: claims };
  if (!version.startsWith('2.')) throw malformed(`ver "${version.slice(0, 16)}" is not known`);
  const sgx = optionalObject(claims, 'sgx');
  const tdx = optionalObject(claims, 'tdx');
  if (sgx && tdx) throw malformed('it is of two attesters');
  if (sgx) return { type: 'sgx', tee: sgx };
  if (tdx) return { type: 'tdx', tee: tdx };
  throw malformed('it is of neither SGX nor TDX');
}

/** AZTDX: TDX below Azure's paravisor. */
function typeOf(attester: string): 'sgx' | 'tdx' {
  if (attester === 'SGX') return 'sgx';
  if (attester === 'TDX' || attester === 'AZTDX') return 'tdx';
  throw malformed(`attester_type "${attester.slice(0, 32)}" is not known`);
}

function readSgx(tee: Claims): TeeClaims {
  return {
    teeType: 'sgx',
    measurement: hexDigits(tee, 'sgx_mrenclave', 32),
    sgx: {
      signer: hexDigits(tee, 'sgx_mrsigner', 32),
      productId: integer(tee, 'sgx_isvprodid'),
      securityVersion: integer(tee, 'sgx_isvsvn'),
      configId: undefined,
    },
    debug: isDebug(tee, [optionalFlag(tee, 'sgx_is_debuggable')]),
    platform: readPlatform(tee, 'sgx_collateral'),
    reportData: hexDigits(tee, 'sgx_report_data', 64),
    tdx: undefined,
    snp: undefined,
  };
}

function readTdx(tee: Claims): TeeClaims {
  const tdx = readTdxDetails(tee);
  const attributes = tdx.tdAttributes === undefined ? undefined : tdAttributesOf(tdx.tdAttributes);
  const flags = [optionalFlag(tee, 'tdx_is_debuggable'), optionalFlag(tee, 'tdx_td_attributes_debug')];
  return {
    teeType: 'tdx',
    measurement: hexDigits(tee, 'tdx_mrtd', 48),
    sgx: undefined,
    debug: isDebug(tee, [...flags, attributes?.debug]),
    platform: readPlatform(tee, 'tdx_collateral'),
    reportData: hexDigits(tee, 'tdx_report_data', 64),
    tdx,
    snp: undefined,
  };
}

/** Several claims say it; any of them is enough to call it a debug enclave, and one at least must speak. */
function isDebug(tee: Claims, flags: readonly (boolean | undefined)[]): boolean {
  const status = optionalText(tee, 'dbgstat');
  const statements = [...flags, status === undefined ? undefined : status !== 'disabled'];
  if (statements.every((statement) => statement === undefined)) throw malformed('no claim says whether it is in debug');
  return statements.includes(true);
}

function readPlatform(tee: Claims, collateral: string) {
  const details = optionalObject(tee, collateral);
  return {
    tcbStatus: text(tee, 'attester_tcb_status'),
    // The claim is left out where there are none, so its absence says nothing about a platform that is not up to date.
    advisoryIds: optionalTexts(tee, 'attester_advisory_ids'),
    tcbEvaluationDataNumber: details && optionalInteger(details, 'tcbevaluationdatanumber'),
  };
}

/** Held data is what the attester gave; runtime data is, below a paravisor, the paravisor's. */
function readKeys(tee: Claims) {
  const held = keysOfBase64(tee.attester_held_data);
  return held.length > 0 ? held : keysOf(tee.attester_runtime_data);
}

function readMatchedPolicies({ policy_ids_matched: matched }: Claims): readonly string[] {
  if (!Array.isArray(matched)) return [];
  const hashes = matched.map((policy: unknown) => (policy as { hash?: unknown } | null)?.hash);
  return hashes.filter((hash) => typeof hash === 'string');
}

/** A GPU that was attested along with the TD and failed must not vanish in a result about the TD. */
function readAcceleratorVerdict(claims: Claims): readonly IssuerVerdict[] {
  const accelerator = optionalObject(claims, 'nvgpu');
  if (!accelerator) return [];
  const isGood = accelerator['x-nvidia-overall-att-result'] === true;
  return [{ part: 'nvgpu', status: isGood ? 'affirming' : 'contraindicated' }];
}
