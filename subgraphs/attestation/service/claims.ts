import { createHash } from 'node:crypto';
import type { Collateral } from '../../../enclave/verification/dcap/collateral.js';
import type { SgxReport } from '../../../enclave/verification/dcap/sgxReport.js';
import type { VerifiedQuote } from '../../../enclave/verification/dcap/verifyQuote.js';
import { Refusal } from '../../../enclave/refusals.js';
import type { AttestRequest, RuntimeData } from './attestRequest.js';
import { DEFAULT_SGX_ISSUANCE, DEFAULT_SGX_POLICY, policyHash } from './policy.js';

/** 8 hours, as in Azure Attestation, where it cannot be configured. */
export const LIFETIME_SECONDS = 28_800;

export interface ClaimContext {
  readonly issuer: string;
  /** Seconds since 1970. */
  readonly issuedAt: number;
  /** 64 hex digits. */
  readonly id: string;
  readonly collateral: Collateral;
}

export type Claims = Readonly<Record<string, unknown>>;

/** The claims of an attestation result for SGX: Azure's, and two of ours that begin with x-cloister. */
export function sgxClaims(
  request: AttestRequest,
  { verified, report }: { verified: VerifiedQuote; report: SgxReport },
  context: ClaimContext,
): Claims {
  const collateral = collateralHashes(request.evidence, context.collateral);
  const claims: Claims = {
    exp: context.issuedAt + LIFETIME_SECONDS,
    iat: context.issuedAt,
    iss: context.issuer,
    jti: context.id,
    nbf: context.issuedAt,
    ...(request.nonce !== undefined && { nonce: request.nonce }),
    'maa-attestationcollateral': collateral,
    'x-ms-attestation-type': 'sgx',
    'x-ms-policy-hash': policyHash(DEFAULT_SGX_POLICY),
    'x-ms-sgx-collateral': collateral,
    'x-ms-ver': '1.0',
    ...reportClaims(report),
    ...runtimeClaims(request.runtimeData),
    'x-cloister-tcb-status': verified.tcbStatus,
    ...(verified.trustRoot.simulated && { 'x-cloister-simulated': true }),
  };
  const issued = Object.fromEntries(
    Object.entries(DEFAULT_SGX_ISSUANCE).map(([name, source]) => [name, claims[source]]),
  );
  return { ...claims, ...issued, 'x-ms-policy': issued };
}

function reportClaims(report: SgxReport): Claims {
  return {
    'x-ms-sgx-is-debuggable': report.debug,
    'x-ms-sgx-mrenclave': report.mrEnclave,
    'x-ms-sgx-mrsigner': report.mrSigner,
    'x-ms-sgx-product-id': report.isvProductId,
    'x-ms-sgx-report-data': Buffer.from(report.reportData).toString('hex'),
    'x-ms-sgx-svn': report.isvSvn,
    ...(report.keySeparation && {
      'x-ms-sgx-config-id': report.configId,
      'x-ms-sgx-config-svn': report.configSvn,
      'x-ms-sgx-isv-extended-product-id': report.isvExtendedProductId,
      'x-ms-sgx-isv-family-id': report.isvFamilyId,
    }),
  };
}

/** The caller has verified that the quote vouches for these bytes. */
function runtimeClaims(runtimeData: RuntimeData | undefined): Claims {
  if (!runtimeData) return {};
  if (runtimeData.type === 'JSON') return { 'x-ms-runtime': parseRuntimeJson(runtimeData.bytes) };
  const held = Buffer.from(runtimeData.bytes).toString('base64url');
  return { 'aas-ehd': held, 'maa-ehd': held, 'x-ms-sgx-ehd': held };
}

/** NUL bytes at the end are ignored: real clients send C strings with their terminator, and Azure accepts them. */
function parseRuntimeJson(bytes: Uint8Array): Claims {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes).replace(/\0+$/, '');
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Claims;
  } catch (cause) {
    throw new Refusal('BAD_INPUT', 'runtimeData is declared as JSON and is not JSON.', { cause });
  }
  throw new Refusal('BAD_INPUT', 'runtimeData is declared as JSON and is not a JSON object.');
}

/** What the verdict rests on, so that anybody who has the same bytes can compare. */
function collateralHashes(evidence: Uint8Array, collateral: Collateral) {
  const rootList = Buffer.from(collateral.root_ca_crl, 'hex');
  return {
    qeidcertshash: sha256(collateral.qe_identity_issuer_chain),
    qeidcrlhash: sha256(rootList),
    qeidhash: sha256(collateral.qe_identity),
    quotehash: sha256(evidence),
    tcbinfocertshash: sha256(collateral.tcb_info_issuer_chain),
    tcbinfocrlhash: sha256(rootList),
    tcbinfohash: sha256(collateral.tcb_info),
  };
}

function sha256(bytes: Uint8Array | string): string {
  return createHash('sha256').update(bytes).digest('hex');
}
