import type { AttestationResult } from './attestationResult.js';
import { readAzureClaims } from './azureClaims.js';
import type { Claims } from './claimFields.js';
import { malformed } from './claimFields.js';
import { readEarClaims } from './earClaims.js';
import { readIntelTrustAuthorityClaims } from './intelTrustAuthorityClaims.js';
import type { ResultFormat } from './resultFormat.js';
import type { FormatClaims } from './teeClaims.js';

export type TokenTimes = Pick<AttestationResult, 'issuedAt' | 'validFrom' | 'expiresAt'>;

/** What is known of a token beside what its format says. */
export interface TokenFacts extends Pick<AttestationResult, 'id' | 'issuer' | 'format' | 'attestedIssuer' | 'token'> {
  readonly times: TokenTimes;
}

const READERS: Readonly<Record<ResultFormat, (claims: Claims) => FormatClaims>> = {
  azure: readAzureClaims,
  'intel-trust-authority': readIntelTrustAuthorityClaims,
  ear: readEarClaims,
};

/**
 * The claims of a token whose signature, issuer and times were verified, in the terms of {@link AttestationResult}.
 *
 * @throws Refusal RESULT_MALFORMED where a claim that decides is missing or not of its form.
 */
export function readClaims(facts: TokenFacts, claims: Claims): AttestationResult {
  const said = READERS[facts.format](claims);
  const { tee } = said;
  const { platform, sgx } = tee;
  return {
    id: facts.id,
    issuer: facts.issuer,
    format: facts.format,
    issuedAt: facts.times.issuedAt,
    validFrom: facts.times.validFrom,
    expiresAt: facts.times.expiresAt,
    teeType: tee.teeType,
    simulated: said.simulated,
    measurement: tee.measurement,
    signer: sgx?.signer,
    productId: sgx?.productId,
    securityVersion: sgx?.securityVersion,
    debug: tee.debug,
    tcbStatus: platform.tcbStatus,
    advisoryIds: platform.advisoryIds,
    tcbEvaluationDataNumber: platform.tcbEvaluationDataNumber,
    reportData: tee.reportData,
    configId: sgx?.configId,
    tdx: tee.tdx,
    snp: tee.snp,
    initTimeData: said.initTimeData,
    issuerPolicyHashes: said.issuerPolicyHashes,
    issuerVerdicts: said.issuerVerdicts,
    complianceStatus: said.complianceStatus,
    attestedIssuer: facts.attestedIssuer,
    keys: said.keys,
    token: facts.token,
    claims,
  };
}

/** Seconds since 1970. EAR may lack nbf, the others have all three. @throws Refusal RESULT_MALFORMED */
export function readTimes({ exp, iat, nbf }: Claims, format: ResultFormat): TokenTimes {
  const start = nbf === undefined && format === 'ear' ? iat : nbf;
  if (!isTime(exp) || !isTime(iat) || !isTime(start)) throw malformed('it lacks exp, nbf or iat');
  return { issuedAt: iat, validFrom: Math.max(start, iat), expiresAt: exp };
}

function isTime(value: unknown): value is number {
  return Number.isSafeInteger(value);
}
