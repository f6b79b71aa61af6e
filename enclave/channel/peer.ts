import type { IncomingMessage } from 'node:http';
import type { JWK } from 'jose';
import { appraise } from '../appraisal/appraise.js';
import type { AppraisalPolicy, ReferenceValues } from '../appraisal/policy.js';
import { Refusal, toRefusal } from '../refusals.js';
import type { AttestationResult } from '../results/attestationResult.js';
import { KEY_ID } from '../results/attestationResult.js';
import type { ResultVerifier } from '../results/resultVerifier.js';
import { readAttestedCertificate } from './certificate.js';

/** The enclave at the other end of a connection, verified and accepted. */
export interface AttestedPeer {
  readonly result: AttestationResult;
  /** The name under which its measurement is known. */
  readonly enclave: string;
  /** When the acceptance ends: the result expires, or is older than a policy allows. Seconds since 1970. */
  readonly until: number;
}

/** What we found out about a peer. A refusal is a value here: the edge logs it, the gateway decides on it. */
export type PeerVerdict =
  | { readonly outcome: 'ACCEPTED'; readonly peer: AttestedPeer }
  | {
      readonly outcome: 'NOT_GENUINE' | 'NOT_ACCEPTABLE' | 'COULD_NOT_TELL';
      readonly refusal: Refusal;
      /** Present where the result is genuine and bound to the peer's key. */
      readonly result?: AttestationResult;
    };

/** @param certificate DER as the handshake gave it; undefined where the peer sent none. Never throws. */
export type AppraisePeer = (certificate: Uint8Array | undefined) => Promise<PeerVerdict>;

export interface PeerAppraisalOptions {
  readonly verifyResult: ResultVerifier;
  /** The peer must satisfy all of them. */
  readonly policies: readonly AppraisalPolicy[];
  readonly referenceValues: ReferenceValues;
  /** The one enclave that it must be; absent means any that the policies accept. */
  readonly expectEnclave?: string | undefined;
  /** Seconds since 1970. */
  readonly now: () => number;
}

/** Verifies a peer's certificate: result genuine, bound to this very key, acceptable. In this order. */
export function createPeerAppraisal(options: PeerAppraisalOptions): AppraisePeer {
  return async (certificate) => {
    let result: AttestationResult | undefined;
    try {
      const { token, publicKey } = readAttestedCertificate(certificate);
      const verified = await options.verifyResult(token);
      requireBinding(verified, publicKey);
      result = verified;
      const enclave = requireAcceptable(result, options);
      const ages = options.policies.map((policy) => verified.issuedAt + policy.maximumAgeSeconds);
      return { outcome: 'ACCEPTED', peer: { result, enclave, until: Math.min(result.expiresAt, ...ages) } };
    } catch (thrown) {
      return refusedPeer(toRefusal(thrown), result);
    }
  };
}

/** The verdict that a refusal stands for: the three answers that must never blur. */
export function refusedPeer(refusal: Refusal, result?: AttestationResult): PeerVerdict {
  const { kind } = refusal.definition;
  const outcome =
    kind === 'not-genuine' ? 'NOT_GENUINE' : kind === 'not-acceptable' ? 'NOT_ACCEPTABLE' : 'COULD_NOT_TELL';
  return result ? { outcome, refusal, result } : { outcome, refusal };
}

const peers = new WeakMap<object, AttestedPeer>();

/** Set once per socket, when the connection is accepted. */
export function rememberPeer(socket: object, peer: AttestedPeer): void {
  peers.set(socket, peer);
}

/** Who sent this request, on an attested server. @throws Refusal RESULT_MISSING on any other connection. */
export function peerOf(request: IncomingMessage): AttestedPeer {
  const peer = peers.get(request.socket);
  if (!peer) throw new Refusal('RESULT_MISSING', 'The request did not come over attested TLS.');
  return peer;
}

/** Without this a stolen token would be good in any certificate. */
function requireBinding(result: AttestationResult, publicKey: Uint8Array): void {
  const [key, ...others] = result.keys.filter((candidate) => candidate.kid === KEY_ID.tls);
  if (!key || others.length > 0) {
    throw new Refusal('RESULT_BINDING_MISMATCH', `The attestation result ${result.id} vouches for no TLS key.`);
  }
  const expected = publicKeyOf(key);
  if (!expected || !Buffer.from(expected).equals(publicKey)) {
    throw new Refusal(
      'RESULT_BINDING_MISMATCH',
      `The attestation result ${result.id} vouches for another TLS key than the peer's.`,
    );
  }
}

/** SubjectPublicKeyInfo of every uncompressed P-256 key up to its point (RFC 5480). */
const P256_PREFIX = Buffer.from('3059301306072a8648ce3d020106082a8648ce3d03010703420004', 'hex');

/** The one DER form of a P-256 JWK; undefined for any other key. */
function publicKeyOf({ kty, crv, x, y }: JWK): Uint8Array | undefined {
  if (kty !== 'EC' || crv !== 'P-256' || typeof x !== 'string' || typeof y !== 'string') return undefined;
  const point = [Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')];
  return point.every((coordinate) => coordinate.length === 32) ? Buffer.concat([P256_PREFIX, ...point]) : undefined;
}

function requireAcceptable(result: AttestationResult, options: PeerAppraisalOptions): string {
  const { policies, referenceValues, expectEnclave } = options;
  const context = { referenceValues, now: options.now() };
  const appraisals = policies.map((policy) => ({ policy: policy.name, ...appraise(result, policy, context) }));
  const enclave = appraisals[0]?.enclave;
  const failures = appraisals.flatMap((appraisal) => appraisal.failures);
  if (expectEnclave !== undefined && enclave !== undefined && enclave !== expectEnclave) {
    failures.push({ claim: 'enclave', expected: expectEnclave, actual: enclave });
  }
  // No policy at all accepts nobody.
  if (enclave === undefined || failures.length > 0) {
    const names = policies.map((policy) => policy.name).join(', ');
    throw new Refusal('POLICY_NOT_SATISFIED', `The peer ${enclave ?? result.measurement} does not satisfy ${names}.`, {
      failures: withoutRepeats(failures),
    });
  }
  return enclave;
}

function withoutRepeats<T>(failures: readonly T[]): T[] {
  return [...new Map(failures.map((failure) => [JSON.stringify(failure), failure])).values()];
}
