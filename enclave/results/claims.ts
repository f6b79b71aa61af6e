import type { JWK } from 'jose';
import { Refusal } from '../refusals.js';
import type { AttestationResult } from './attestationResult.js';

type Claims = Readonly<Record<string, unknown>>;
type TeeClaims = Pick<
  AttestationResult,
  'teeType' | 'measurement' | 'signer' | 'productId' | 'securityVersion' | 'debug' | 'tcbStatus' | 'reportData'
>;

const MAXIMUM_KEYS = 8;

/**
 * The claims of a token whose signature, issuer and times were verified, in the terms of {@link AttestationResult}.
 *
 * @throws Refusal RESULT_MALFORMED where a claim that decides is missing or not of its form.
 */
export function readClaims(claims: Claims, token: string): AttestationResult {
  if (claims['x-ms-ver'] !== '1.0') throw malformed(`x-ms-ver is not "1.0"`);
  const type = text(claims, 'x-ms-attestation-type');
  const readTee = Object.hasOwn(TEES, type) ? TEES[type as keyof typeof TEES] : undefined;
  if (!readTee) throw malformed(`x-ms-attestation-type "${type.slice(0, 32)}" is not known`);
  return {
    id: text(claims, 'jti'),
    issuer: text(claims, 'iss'),
    issuedAt: integer(claims, 'iat'),
    expiresAt: integer(claims, 'exp'),
    simulated: claims['x-cloister-simulated'] === true,
    ...readTee(claims),
    keys: readKeys(claims['x-ms-runtime']),
    token,
    claims,
  };
}

const TEES = { sgx: readSgx, tdxvm: readTdx, sevsnpvm: readSnp } as const;

/** Azure states no TCB status for SGX; our service does, under a name of its own. */
function readSgx(claims: Claims): TeeClaims {
  const tcbStatus = claims['x-cloister-tcb-status'];
  return {
    teeType: 'sgx',
    measurement: hexDigits(claims, 'x-ms-sgx-mrenclave', 32),
    signer: hexDigits(claims, 'x-ms-sgx-mrsigner', 32),
    productId: integer(claims, 'x-ms-sgx-product-id'),
    securityVersion: integer(claims, 'x-ms-sgx-svn'),
    debug: flag(claims, 'x-ms-sgx-is-debuggable'),
    tcbStatus: tcbStatus === undefined ? undefined : text(claims, 'x-cloister-tcb-status'),
    reportData: hexDigits(claims, 'x-ms-sgx-report-data', 64),
  };
}

function readTdx(claims: Claims): TeeClaims {
  return {
    teeType: 'tdx',
    measurement: hexDigits(claims, 'tdx_mrtd', 48),
    signer: undefined,
    productId: undefined,
    securityVersion: undefined,
    // Two claims say it; either is enough to call it a debug enclave.
    debug: flag(claims, 'tdx_td_attributes_debug') || text(claims, 'dbgstat') !== 'disabled',
    tcbStatus: text(claims, 'attester_tcb_status'),
    reportData: hexDigits(claims, 'tdx_report_data', 64),
  };
}

function readSnp(claims: Claims): TeeClaims {
  return {
    teeType: 'sev-snp',
    measurement: hexDigits(claims, 'x-ms-sevsnpvm-launchmeasurement', 48),
    signer: undefined,
    productId: undefined,
    securityVersion: undefined,
    debug: flag(claims, 'x-ms-sevsnpvm-is-debuggable'),
    tcbStatus: undefined,
    reportData: hexDigits(claims, 'x-ms-sevsnpvm-reportdata', 64),
  };
}

/** The JWK set of the runtime data. Other people's enclaves put other things there: those have no keys for us. */
function readKeys(runtime: unknown): readonly JWK[] {
  const keys = (runtime as { keys?: unknown } | null | undefined)?.keys;
  if (!Array.isArray(keys) || keys.length > MAXIMUM_KEYS) return [];
  return keys.every((key: unknown) => typeof key === 'object' && key !== null) ? keys : [];
}

function text(claims: Claims, name: string): string {
  const value = claims[name];
  if (typeof value !== 'string' || value === '') throw malformed(`${name} is not a text`);
  return value;
}

function integer(claims: Claims, name: string): number {
  const value = claims[name];
  if (!Number.isSafeInteger(value)) throw malformed(`${name} is not a whole number`);
  return value as number;
}

function flag(claims: Claims, name: string): boolean {
  const value = claims[name];
  if (typeof value !== 'boolean') throw malformed(`${name} is not true or false`);
  return value;
}

function hexDigits(claims: Claims, name: string, bytes: number): string {
  const value = text(claims, name).toLowerCase();
  if (value.length !== bytes * 2 || !/^[0-9a-f]+$/.test(value)) throw malformed(`${name} is not ${bytes} bytes in hex`);
  return value;
}

function malformed(what: string): Refusal {
  return new Refusal('RESULT_MALFORMED', `The attestation result is not of its form: ${what}.`);
}
