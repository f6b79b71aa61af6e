import type { Refusal, RefusalCode } from '../../../enclave/refusals.js';

/** Azure's word for each of our codes that this service can give; all else is InvalidParameter. */
const AZURE_CODES: Partial<Record<RefusalCode, string>> = {
  EVIDENCE_MALFORMED: 'InvalidQuote',
  COLLATERAL_INVALID: 'ServiceUnavailable',
  COLLATERAL_UNAVAILABLE: 'ServiceUnavailable',
  NOT_FOUND: 'NotFound',
  TOO_LARGE: 'RequestEntityTooLarge',
  TIMEOUT: 'RequestTimeout',
  INTERNAL: 'InternalError',
};

/** The error body of Azure Attestation; `innererror` has our own code, which says more. */
export function azureError({ code, message }: Refusal) {
  const azureCode = AZURE_CODES[code] ?? 'InvalidParameter';
  return { error: { code: azureCode, message, innererror: { code, message } } };
}
