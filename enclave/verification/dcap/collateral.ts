import { Refusal } from '../../refusals.js';

/**
 * What the vendor says about its platforms, with the field names under which a provisioning service answers. The JSON
 * texts are the exact signed bytes.
 */
export interface Collateral {
  /** CRL, DER, hex. */
  readonly root_ca_crl: string;
  /** CRL of the CA that issued the PCK certificate, DER, hex. */
  readonly pck_crl: string;
  readonly tcb_info: string;
  /** r ‖ s, hex. */
  readonly tcb_info_signature: string;
  /** PEM, leaf first. */
  readonly tcb_info_issuer_chain: string;
  readonly qe_identity: string;
  readonly qe_identity_signature: string;
  readonly qe_identity_issuer_chain: string;
}

const FIELDS = [
  'root_ca_crl',
  'pck_crl',
  'tcb_info',
  'tcb_info_signature',
  'tcb_info_issuer_chain',
  'qe_identity',
  'qe_identity_signature',
  'qe_identity_issuer_chain',
] as const satisfies readonly (keyof Collateral)[];

/** Parses a collateral file. Whether it is signed and in date is the verifier's question. @throws Refusal COLLATERAL_INVALID */
export function readCollateral(json: string): Collateral {
  const value = parseJson(json);
  const missing = FIELDS.filter((field) => typeof value[field] !== 'string');
  if (missing.length > 0) throw new Refusal('COLLATERAL_INVALID', `The collateral lacks ${missing.join(', ')}.`);
  return Object.fromEntries(FIELDS.map((field) => [field, value[field]])) as unknown as Collateral;
}

function parseJson(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  } catch (cause) {
    throw new Refusal('COLLATERAL_INVALID', 'The collateral is not JSON.', { cause });
  }
  throw new Refusal('COLLATERAL_INVALID', 'The collateral is not a JSON object.');
}
