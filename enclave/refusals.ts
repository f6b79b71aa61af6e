/**
 * Every way in which the system refuses, in one closed list.
 *
 * A refusal is a value until it reaches the edge: pure code throws or returns a {@link Refusal}, one file per edge turns
 * it into a GraphQL error or an HTTP status. Messages hold sizes, identifiers and hashes; never a name, an image, a token.
 */

/** Who or what the refusal is about, and so who must act. */
export type RefusalKind =
  /** Evidence, signature, certificate or binding is wrong: someone may be lying. */
  | 'not-genuine'
  /** Genuine, but the policy does not accept it: change the enclave or the policy. */
  | 'not-acceptable'
  /** A service, key or list could not be had: try again, then look at the service. */
  | 'could-not-tell'
  /** The caller asked for something that they may not have, or asked it badly. */
  | 'caller'
  /** Our own part could not do its work. */
  | 'fault';

export interface RefusalDefinition {
  readonly kind: RefusalKind;
  /** One sentence: what it means. */
  readonly meaning: string;
  /** One sentence: who must do what. */
  readonly action: string;
  readonly httpStatus: number;
  /** True where the same request may succeed later without any change. */
  readonly retryable: boolean;
}

export const REFUSALS = {
  // Evidence: is it genuine?
  EVIDENCE_MALFORMED: {
    kind: 'not-genuine',
    meaning: 'The evidence is not a quote that can be parsed.',
    action: 'The attester must send the quote bytes unchanged.',
    httpStatus: 400,
    retryable: false,
  },
  EVIDENCE_CHAIN_INVALID: {
    kind: 'not-genuine',
    meaning: 'A certificate in the chain to the hardware vendor is missing, out of date, not a CA, or wrongly signed.',
    action: 'The operator of the attesting machine must renew its provisioning certificates.',
    httpStatus: 400,
    retryable: false,
  },
  EVIDENCE_ROOT_UNTRUSTED: {
    kind: 'not-genuine',
    meaning: 'The certificate chain ends in a root that is not pinned.',
    action: 'Compare the root with the pinned one; simulated evidence is accepted in development only.',
    httpStatus: 400,
    retryable: false,
  },
  EVIDENCE_REVOKED: {
    kind: 'not-genuine',
    meaning: 'A certificate of the attesting machine has been revoked.',
    action: 'Take the machine out of service.',
    httpStatus: 400,
    retryable: false,
  },
  EVIDENCE_SIGNATURE_INVALID: {
    kind: 'not-genuine',
    meaning: 'A signature on the quote, or the binding of its attestation key, is wrong.',
    action: 'Treat the evidence as forged; find out who made it.',
    httpStatus: 400,
    retryable: false,
  },
  EVIDENCE_TCB_INVALID: {
    kind: 'not-genuine',
    meaning: 'The platform, its quoting enclave or its TCB level is revoked, unknown or does not fit the collateral.',
    action: 'The operator of the attesting machine must update its firmware and microcode.',
    httpStatus: 400,
    retryable: false,
  },
  EVIDENCE_BINDING_MISMATCH: {
    kind: 'not-genuine',
    meaning: 'The report data of the quote is not the digest of the runtime data that came with it.',
    action: 'The attester must send the runtime data that it put into the quote, byte for byte.',
    httpStatus: 400,
    retryable: false,
  },
  EVIDENCE_NOT_FRESH: {
    kind: 'not-genuine',
    meaning: 'The evidence was not made over the nonce that the relying party sent.',
    action: 'Treat the evidence as replayed; find out where it was copied.',
    httpStatus: 400,
    retryable: false,
  },
  EVIDENCE_DEBUG: {
    kind: 'not-acceptable',
    meaning: 'The evidence is of a debug enclave: whoever runs the machine can read its memory.',
    action: 'Build and start the enclave without debug.',
    httpStatus: 403,
    retryable: false,
  },
  EVIDENCE_REFUSED: {
    kind: 'not-genuine',
    meaning: 'The attestation service refuses the evidence that it was shown.',
    action:
      'Compare the platform of the attester with what the attestation service accepts; the message has its reason.',
    httpStatus: 502,
    retryable: false,
  },
  EVIDENCE_UNAVAILABLE: {
    kind: 'could-not-tell',
    meaning: 'The platform gave no evidence, or gave it for somebody else’s request.',
    action: 'The operator must look at the attestation device or agent that the message names.',
    httpStatus: 503,
    retryable: true,
  },
  COLLATERAL_INVALID: {
    // Of the evidence it says nothing: with other collateral the same evidence may be accepted.
    kind: 'could-not-tell',
    meaning: 'Collateral (CRL, TCB info, QE identity) is wrongly signed, unreadable or about something else.',
    action: 'Look at the collateral source: it must have what the vendor signed; then fetch it again.',
    httpStatus: 502,
    retryable: true,
  },
  COLLATERAL_UNAVAILABLE: {
    kind: 'could-not-tell',
    meaning: 'Collateral (CRL, TCB info, QE identity) is missing or has expired.',
    action: 'Wait for the collateral source, then look at its state.',
    httpStatus: 503,
    retryable: true,
  },

  // Attestation results: is it genuine, for whom, and still good?
  RESULT_MALFORMED: {
    kind: 'not-genuine',
    meaning: 'The attestation result is not a JWT of the expected form.',
    action: 'The peer must send the attestation result as the attestation service issued it.',
    httpStatus: 401,
    retryable: false,
  },
  RESULT_ISSUER_UNTRUSTED: {
    kind: 'not-genuine',
    meaning: 'The attestation result comes from an issuer that is not on the list.',
    action: 'Use an attestation service that the relying party trusts, or add it to the trust file.',
    httpStatus: 401,
    retryable: false,
  },
  RESULT_SIGNATURE_INVALID: {
    kind: 'not-genuine',
    meaning: 'The signature of the attestation result does not verify with the key of its issuer.',
    action: 'Treat the result as forged; find out who made it.',
    httpStatus: 401,
    retryable: false,
  },
  RESULT_EXPIRED: {
    kind: 'not-acceptable',
    meaning: 'The attestation result is out of date or not yet valid.',
    action: 'The peer must attest again; compare the clocks if it just did.',
    httpStatus: 401,
    retryable: false,
  },
  RESULT_BINDING_MISMATCH: {
    kind: 'not-genuine',
    meaning: 'The attestation result vouches for another key than the one that the peer holds.',
    action: 'Treat the result as replayed; find out where it was copied.',
    httpStatus: 401,
    retryable: false,
  },
  RESULT_MISSING: {
    kind: 'not-genuine',
    meaning: 'The peer showed no attestation result.',
    action: 'The peer must present a certificate that carries its attestation result.',
    httpStatus: 401,
    retryable: false,
  },
  ISSUER_UNREACHABLE: {
    kind: 'could-not-tell',
    meaning: 'The attestation service or its signing keys could not be reached.',
    action: 'Wait for the attestation service, then look at its state.',
    httpStatus: 503,
    retryable: true,
  },

  // Appraisal: do we accept it?
  POLICY_NOT_SATISFIED: {
    kind: 'not-acceptable',
    meaning: 'The attestation result is genuine, but the policy does not accept it.',
    action: 'Compare every failed claim with the policy; then change the enclave or the policy.',
    httpStatus: 403,
    retryable: false,
  },
  REFERENCE_VALUES_MISSING: {
    kind: 'could-not-tell',
    meaning: 'Nobody said what the enclave should be, so that it cannot be appraised.',
    action: 'Name the trust file of the deployment, with its reference values.',
    httpStatus: 400,
    retryable: false,
  },
  POLICY_UNKNOWN: {
    kind: 'fault',
    meaning: 'A field names a policy that is not in force here.',
    action: 'The operator must add the policy or correct the schema.',
    httpStatus: 500,
    retryable: false,
  },
  POLICY_SYNTAX_INVALID: {
    kind: 'caller',
    meaning: 'The text is not an attestation policy: the message names line and column.',
    action: 'Correct the policy; `cloister policy check` reads it without a service.',
    httpStatus: 400,
    retryable: false,
  },
  POLICY_DENIED: {
    kind: 'not-acceptable',
    meaning: 'The evidence is genuine, but the attestation policy of the service denies it or permits nothing.',
    action: 'Compare the claims of the evidence with the authorization rules of the policy.',
    httpStatus: 400,
    retryable: false,
  },
  POLICY_SIGNATURE_INVALID: {
    kind: 'not-genuine',
    meaning: 'An attestation policy or signer change is not signed by a certificate that the service accepts.',
    action: 'Sign it with the key of a policy management certificate of this service.',
    httpStatus: 400,
    retryable: false,
  },
  OPERATION_NOT_ALLOWED: {
    kind: 'caller',
    meaning: 'The service does not allow the operation in the mode in which it runs.',
    action: 'Use a service whose mode allows it; the message names the mode.',
    httpStatus: 400,
    retryable: false,
  },
  CHANNEL_NOT_ACCEPTED: {
    kind: 'not-acceptable',
    meaning: 'The value may not be sent to this caller over this channel.',
    action: 'Send the request sealed to the attested key, or as an attested enclave.',
    httpStatus: 403,
    retryable: false,
  },
  PEER_UNREACHABLE: {
    kind: 'could-not-tell',
    meaning: 'The peer could not be reached, so nothing could be verified.',
    action: 'Wait for the peer, then look at its state.',
    httpStatus: 503,
    retryable: true,
  },
  RECEIPT_INVALID: {
    kind: 'not-genuine',
    meaning: 'The receipt does not verify, or does not belong to this image, model or answer.',
    action: 'Do not rely on the answer; find out where it came from.',
    httpStatus: 502,
    retryable: false,
  },
  TICKET_INVALID: {
    kind: 'not-genuine',
    meaning: 'The ticket for an image is forged, for another image or enclave, or has expired.',
    action: 'Ask the graph for the image reference again; if that does not help, find out where the ticket came from.',
    httpStatus: 403,
    retryable: false,
  },
  SEALED_VALUE_INVALID: {
    kind: 'not-genuine',
    meaning: 'A stored value does not open: it was changed, moved, or sealed with another key.',
    action: 'The operator must restore the store from a backup and look for tampering.',
    httpStatus: 500,
    retryable: false,
  },
  SEALED_REQUEST_INVALID: {
    kind: 'not-genuine',
    meaning:
      'A sealed request, or its answer, does not open: it was changed, cut, reordered, or sealed to another key.',
    action: 'Seal and send the request again; if it happens again, find out who changes it on the way.',
    httpStatus: 400,
    retryable: false,
  },
  SEALED_KEY_UNKNOWN: {
    kind: 'caller',
    meaning:
      'The request is sealed to a key that the enclave does not have, has no longer, or uses with other algorithms.',
    action: 'Fetch the attestation result and the key configurations again; then seal the request anew.',
    httpStatus: 400,
    retryable: false,
  },
  SEALED_REQUEST_OUTDATED: {
    kind: 'caller',
    meaning: 'The date in a sealed request is missing, or too far from the clock of the enclave.',
    action: 'Correct the clock, or take the date of the answer once; then seal the request anew.',
    httpStatus: 400,
    retryable: false,
  },
  SEALED_REQUEST_REPLAYED: {
    kind: 'not-genuine',
    meaning: 'This very sealed request came before: somebody on the way sent it again.',
    action: 'Seal each request anew; find out who repeats them on the way.',
    httpStatus: 409,
    retryable: false,
  },

  // Callers
  UNAUTHENTICATED: {
    kind: 'caller',
    meaning: 'The request shows no valid access token.',
    action: 'Sign in.',
    httpStatus: 401,
    retryable: false,
  },
  SCOPE_MISSING: {
    kind: 'caller',
    meaning: 'The account lacks the scope that the field or route asks for.',
    action: 'Ask the administrator for the role that has the scope.',
    httpStatus: 403,
    retryable: false,
  },
  PERMISSION_DENIED: {
    kind: 'caller',
    meaning: 'An authorization policy that the field asks for does not hold for the caller.',
    action: 'Ask whoever administers the policy that the message names.',
    httpStatus: 403,
    retryable: false,
  },
  BAD_INPUT: {
    kind: 'caller',
    meaning: 'An argument is missing, too long, or not of its form.',
    action: 'Correct the argument that the message names.',
    httpStatus: 400,
    retryable: false,
  },
  NOT_FOUND: {
    kind: 'caller',
    meaning: 'There is no such record.',
    action: 'Check the identifier.',
    httpStatus: 404,
    retryable: false,
  },
  CONFLICT: {
    kind: 'caller',
    meaning: 'The record is not in a state that allows this.',
    action: 'Read the record again.',
    httpStatus: 409,
    retryable: false,
  },
  TOO_LARGE: {
    kind: 'caller',
    meaning: 'The request is larger than its limit.',
    action: 'Send less; the message names the limit.',
    httpStatus: 413,
    retryable: false,
  },
  IMAGE_UNSUPPORTED: {
    kind: 'caller',
    meaning: 'The file is not an image of a supported kind.',
    action: 'Send a PNG, a JPEG, or a DICOM file that is not compressed or holds a baseline JPEG.',
    httpStatus: 415,
    retryable: false,
  },
  IMAGE_UNREADABLE: {
    kind: 'caller',
    meaning: 'The file names a supported kind but cannot be decoded: it is cut short or damaged.',
    action: 'Export the image again.',
    httpStatus: 422,
    retryable: false,
  },
  IMAGE_MISMATCH: {
    kind: 'not-genuine',
    meaning: 'The image that came is not the one that its reference names: size or digest differ.',
    action: 'Ask again; if it happens again, find out who changes it on the way.',
    httpStatus: 502,
    retryable: false,
  },
  MODEL_FAILED: {
    kind: 'fault',
    meaning: 'The model gave no answer, or one that is not a number.',
    action: 'The operator must look at the model; the image was not interpreted.',
    httpStatus: 500,
    retryable: false,
  },
  OPERATION_TOO_COMPLEX: {
    kind: 'caller',
    meaning: 'The GraphQL operation is deeper, longer or wider than its limit.',
    action: 'Ask for less at once; the message names the limit.',
    httpStatus: 400,
    retryable: false,
  },
  RATE_LIMITED: {
    kind: 'caller',
    meaning: 'The caller asks more often, or for more at once, than its rate allows.',
    action: 'Wait for the time that Retry-After names; then ask less often, or for less.',
    httpStatus: 429,
    retryable: true,
  },
  BUSY: {
    kind: 'fault',
    meaning: 'The queue is full.',
    action: 'Try again after the time that Retry-After names.',
    httpStatus: 503,
    retryable: true,
  },
  TIMEOUT: {
    kind: 'could-not-tell',
    meaning: 'The work was not done in time.',
    action: 'Try again; then look at the load of the service.',
    httpStatus: 504,
    retryable: true,
  },
  UPSTREAM_FAILED: {
    kind: 'fault',
    meaning: 'Another part of the system answered with a failure.',
    action: 'The operator must look at that part; its name is in the message.',
    httpStatus: 502,
    retryable: true,
  },
  CONFIGURATION_INVALID: {
    kind: 'fault',
    meaning: 'The configuration is incomplete or wrong.',
    action: 'The operator must correct the settings that the message names.',
    httpStatus: 500,
    retryable: false,
  },
  INTERNAL: {
    kind: 'fault',
    meaning: 'Something that should not happen has happened.',
    action: 'Report it with the request identifier.',
    httpStatus: 500,
    retryable: false,
  },
} as const satisfies Record<string, RefusalDefinition>;

export type RefusalCode = keyof typeof REFUSALS;

export function isRefusalCode(code: unknown): code is RefusalCode {
  return typeof code === 'string' && Object.hasOwn(REFUSALS, code);
}

/** A claim that did not satisfy a policy: what was expected, and what came. Both are printable and hold no health data. */
export interface ClaimFailure {
  readonly claim: string;
  readonly expected: string;
  readonly actual: string;
}

/** A refusal with its code. `message` says what was expected and what came. */
export class Refusal extends Error {
  readonly code: RefusalCode;
  /** Every failed claim, where the refusal comes from an appraisal. */
  readonly failures: readonly ClaimFailure[];

  constructor(
    code: RefusalCode,
    message: string,
    options: { cause?: unknown; failures?: readonly ClaimFailure[] } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'Refusal';
    this.code = code;
    this.failures = options.failures ?? [];
  }

  get definition(): RefusalDefinition {
    return REFUSALS[this.code];
  }
}

/** The refusal itself, or an INTERNAL one around anything else that was thrown. */
export function toRefusal(thrown: unknown): Refusal {
  if (thrown instanceof Refusal) return thrown;
  return new Refusal('INTERNAL', 'An unexpected error occurred.', { cause: thrown });
}
