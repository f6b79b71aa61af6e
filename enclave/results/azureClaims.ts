import type { SnpDetails, TdxDetails } from './attestationResult.js';
import type { Claims } from './claimFields.js';
import {
  flag,
  hexDigits,
  integer,
  malformed,
  optionalFlag,
  optionalHexDigits,
  optionalInteger,
  optionalText,
  optionalTexts,
  text,
} from './claimFields.js';
import { keysOf } from './runtimeKeys.js';
import type { FormatClaims, TeeClaims } from './teeClaims.js';

/**
 * Azure Attestation's claims (docs, claim sets and the TDX EAT profile), and those that our own service adds under names
 * that begin with x-cloister. @throws Refusal RESULT_MALFORMED
 */
export function readAzureClaims(claims: Claims): FormatClaims {
  if (claims['x-ms-ver'] !== '1.0') throw malformed(`x-ms-ver is not "1.0"`);
  const type = text(claims, 'x-ms-attestation-type');
  const readTee = Object.hasOwn(TEES, type) ? TEES[type as keyof typeof TEES] : undefined;
  if (!readTee) throw malformed(`x-ms-attestation-type "${type.slice(0, 32)}" is not known`);
  const policyHash = optionalText(claims, 'x-ms-policy-hash');
  return {
    tee: readTee(claims),
    simulated: claims['x-cloister-simulated'] === true,
    keys: keysOf(claims['x-ms-runtime']),
    initTimeData: claims['x-ms-inittime'],
    issuerPolicyHashes: policyHash === undefined ? [] : [policyHash],
    issuerVerdicts: [],
    complianceStatus: optionalText(claims, 'x-ms-compliance-status'),
  };
}

const TEES = { sgx: readSgx, tdxvm: readTdx, sevsnpvm: readSnp } as const;

/** Azure states no TCB status for SGX; our service does. */
function readSgx(claims: Claims): TeeClaims {
  return {
    teeType: 'sgx',
    measurement: hexDigits(claims, 'x-ms-sgx-mrenclave', 32),
    sgx: {
      signer: hexDigits(claims, 'x-ms-sgx-mrsigner', 32),
      productId: integer(claims, 'x-ms-sgx-product-id'),
      securityVersion: integer(claims, 'x-ms-sgx-svn'),
      configId: optionalHexDigits(claims, 'x-ms-sgx-config-id', 64),
    },
    debug: flag(claims, 'x-ms-sgx-is-debuggable'),
    platform: readPlatform(claims, optionalText(claims, 'x-cloister-tcb-status')),
    reportData: hexDigits(claims, 'x-ms-sgx-report-data', 64),
    tdx: undefined,
    snp: undefined,
  };
}

function readTdx(claims: Claims): TeeClaims {
  return {
    teeType: 'tdx',
    measurement: hexDigits(claims, 'tdx_mrtd', 48),
    sgx: undefined,
    // Two claims say it; either is enough to call it a debug enclave.
    debug: flag(claims, 'tdx_td_attributes_debug') || text(claims, 'dbgstat') !== 'disabled',
    platform: readPlatform(claims, text(claims, 'attester_tcb_status')),
    reportData: hexDigits(claims, 'tdx_report_data', 64),
    tdx: readTdxDetails(claims),
    snp: undefined,
  };
}

/** Intel Trust Authority has the same names. */
export function readTdxDetails(claims: Claims): TdxDetails {
  const mr = (name: string) => optionalHexDigits(claims, name, 48);
  return {
    rtmrs: [mr('tdx_rtmr0'), mr('tdx_rtmr1'), mr('tdx_rtmr2'), mr('tdx_rtmr3')],
    mrSeam: mr('tdx_mrseam'),
    mrSignerSeam: mr('tdx_mrsignerseam'),
    mrConfigId: mr('tdx_mrconfigid'),
    mrOwner: mr('tdx_mrowner'),
    mrOwnerConfig: mr('tdx_mrownerconfig'),
    tdAttributes: optionalHexDigits(claims, 'tdx_td_attributes', 8),
    seamAttributes: optionalHexDigits(claims, 'tdx_seam_attributes', 8),
    septVeDisable: optionalFlag(claims, 'tdx_td_attributes_septve_disable'),
    mrServiceTd: mr('x-cloister-tdx-mrservicetd') ?? mr('tdx_mrservicetd'),
  };
}

function readSnp(claims: Claims): TeeClaims {
  return {
    teeType: 'sev-snp',
    measurement: hexDigits(claims, snpName('launchmeasurement'), 48),
    sgx: undefined,
    debug: flag(claims, snpName('is-debuggable')),
    platform: readPlatform(claims, optionalText(claims, 'x-cloister-tcb-status')),
    reportData: hexDigits(claims, snpName('reportdata'), 64),
    tdx: undefined,
    snp: readSnpDetails(claims),
  };
}

function readSnpDetails(claims: Claims): SnpDetails {
  const hex = (name: string, bytes: number) => optionalHexDigits(claims, snpName(name), bytes);
  const number = (name: string) => optionalInteger(claims, snpName(name));
  return {
    hostData: hex('hostdata', 32),
    idKeyDigest: hex('idkeydigest', 48),
    authorKeyDigest: hex('authorkeydigest', 48),
    familyId: hex('familyId', 16),
    imageId: hex('imageId', 16),
    vmpl: number('vmpl'),
    guestSvn: number('guestsvn'),
    smtAllowed: optionalFlag(claims, snpName('smt-allowed')),
    migrationAllowed: optionalFlag(claims, snpName('migration-allowed')),
    reportedTcb: {
      fmc: optionalInteger(claims, 'x-cloister-sevsnpvm-fmc-svn'),
      bootloader: number('bootloader-svn'),
      tee: number('tee-svn'),
      snp: number('snpfw-svn'),
      microcode: number('microcode-svn'),
    },
    chipKind: optionalText(claims, 'x-cloister-sevsnpvm-chip'),
  };
}

function snpName(name: string): string {
  return `x-ms-sevsnpvm-${name}`;
}

function readPlatform(claims: Claims, tcbStatus: string | undefined) {
  return {
    tcbStatus,
    advisoryIds: optionalTexts(claims, 'x-cloister-advisory-ids'),
    tcbEvaluationDataNumber: optionalInteger(claims, 'x-cloister-tcb-evaluation-data-number'),
  };
}
