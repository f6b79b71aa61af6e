import type { RefusalCode } from '../../../enclave/refusals.js';
import { Refusal } from '../../../enclave/refusals.js';

/** Words of Azure Attestation for what went wrong. */
export type AzureCode =
  | 'InvalidOperation'
  | 'InvalidParameter'
  | 'InvalidQuote'
  | 'InternalError'
  | 'NotFound'
  | 'PolicyEvaluationError'
  | 'PolicyParsingError'
  | 'RequestEntityTooLarge'
  | 'RequestTimeout'
  | 'ServiceUnavailable'
  | 'Unauthorized';

type RefusalOptions = NonNullable<ConstructorParameters<typeof Refusal>[2]>;

/** A refusal for which Azure's word, or its status, does not follow from our code alone. */
export class ProtocolRefusal extends Refusal {
  readonly azureCode: AzureCode;
  readonly httpStatus: number;

  constructor(azureCode: AzureCode, code: RefusalCode, message: string, options: RefusalOptions = {}) {
    super(code, message, options);
    this.azureCode = azureCode;
    this.httpStatus = azureCode === 'Unauthorized' ? 401 : this.definition.httpStatus;
  }
}

/** Azure's word for each of our codes that this service can give; all else is InvalidParameter. */
const AZURE_CODES: Partial<Record<RefusalCode, AzureCode>> = {
  EVIDENCE_MALFORMED: 'InvalidQuote',
  COLLATERAL_INVALID: 'ServiceUnavailable',
  COLLATERAL_UNAVAILABLE: 'ServiceUnavailable',
  BUSY: 'ServiceUnavailable',
  ISSUER_UNREACHABLE: 'ServiceUnavailable',
  POLICY_SYNTAX_INVALID: 'PolicyParsingError',
  POLICY_DENIED: 'PolicyEvaluationError',
  OPERATION_NOT_ALLOWED: 'InvalidOperation',
  UNAUTHENTICATED: 'Unauthorized',
  NOT_FOUND: 'NotFound',
  TOO_LARGE: 'RequestEntityTooLarge',
  TIMEOUT: 'RequestTimeout',
  INTERNAL: 'InternalError',
};

/** The error body of Azure Attestation; `innererror` has our own code, which says more, and every claim that failed. */
export function azureError(refusal: Refusal) {
  const { code, failures, message } = refusal;
  const azureCode = refusal instanceof ProtocolRefusal ? refusal.azureCode : AZURE_CODES[code];
  return {
    error: {
      code: azureCode ?? 'InvalidParameter',
      message,
      innererror: { code, message, ...(failures.length > 0 && { failures }) },
    },
  };
}

export function httpStatusOf(refusal: Refusal): number {
  return refusal instanceof ProtocolRefusal ? refusal.httpStatus : refusal.definition.httpStatus;
}
