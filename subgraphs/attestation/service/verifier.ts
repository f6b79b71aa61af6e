import { createHash } from 'node:crypto';
import { Refusal } from '../../../enclave/refusals.js';
import type { Collateral } from '../../../enclave/verification/dcap/collateral.js';
import { rememberSignatures } from '../../../enclave/verification/nodePrimitives.js';
import type { TrustRoot } from '../../../enclave/verification/trustRoot.js';
import { verifyQuote } from '../../../enclave/verification/dcap/verifyQuote.js';
import type { AttestRequest } from './attestRequest.js';
import { sgxClaims } from './claims.js';
import type { SigningKey } from './signingKey.js';
import { signToken } from './token.js';

export interface VerifierOptions {
  /** `iss` of the results, a URL without trailing slash. */
  readonly issuer: string;
  readonly signingKey: SigningKey;
  readonly trustRoots: readonly TrustRoot[];
  /** Asked for each time, so that renewed collateral is used without a restart. */
  readonly collateral: () => Collateral;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly randomBytes: (count: number) => Uint8Array;
}

/** An attestation result, and what the log may say about it. */
export interface SignedResult {
  readonly token: string;
  readonly id: string;
  readonly measurement: string;
  readonly simulated: boolean;
}

/** How many signatures of chains and collateral are remembered. */
const REMEMBERED_SIGNATURES = 512;

/**
 * Verifies evidence and signs what it says. Everything genuine gets a result, also a debug enclave or an old TCB: the
 * result says so, and relying parties appraise it.
 *
 * @returns a function that throws a Refusal where the evidence is not genuine or not bound to the runtime data.
 */
export function createVerifier(options: VerifierOptions): (request: AttestRequest) => SignedResult {
  const primitives = rememberSignatures(REMEMBERED_SIGNATURES);
  return (request) => {
    const now = options.now();
    const collateral = options.collateral();
    const verified = verifyQuote(request.quote, {
      now,
      trustRoots: options.trustRoots,
      collateral,
      allowDebug: true,
      primitives,
    });
    const { report } = verified.quote;
    if (report.tee !== 'sgx') throw new Refusal('EVIDENCE_MALFORMED', 'The quote is of a TD, not of an SGX enclave.');
    if (request.runtimeData) requireBinding(request.runtimeData.bytes, report.reportData);
    const id = Buffer.from(options.randomBytes(32)).toString('hex');
    const context = { issuer: options.issuer, issuedAt: Math.floor(now / 1000), id, collateral };
    const token = signToken(sgxClaims(request, { verified, report }, context), options.issuer, options.signingKey);
    return { token, id, measurement: report.mrEnclave, simulated: verified.trustRoot.simulated };
  };
}

/** SHA-256 of the runtime data, byte for byte as sent, is the first half of report_data. */
function requireBinding(runtimeData: Uint8Array, reportData: Uint8Array): void {
  const digest = createHash('sha256').update(runtimeData).digest();
  if (digest.equals(reportData.subarray(0, 32))) return;
  const vouched = Buffer.from(reportData.subarray(0, 32)).toString('hex');
  throw new Refusal(
    'EVIDENCE_BINDING_MISMATCH',
    `The runtime data has digest ${digest.toString('hex')}; the quote vouches for ${vouched}.`,
  );
}
