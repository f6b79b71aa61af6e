import { Refusal } from '../../enclave/refusals.js';
import type { Collateral } from '../../enclave/verification/dcap/collateral.js';

/**
 * What somebody who verifies evidence may ask a vendor for. The values come from evidence that is not verified yet: an
 * attacker chooses them.
 */
export type CollateralRequest = DcapRequest | SevSnpRequest | VcekRequest;

/** CRLs, TCB info and QE identity for SGX and TDX quotes of one kind of platform. */
export interface DcapRequest {
  readonly kind: 'dcap';
  readonly tee: 'sgx' | 'tdx';
  /** Hex, 6 bytes. */
  readonly fmspc: string;
  /** Which CA issued the PCK certificate, and so whose CRL is wanted. */
  readonly ca: 'processor' | 'platform';
}

/** Chain and CRL for SEV-SNP reports of one product. */
export interface SevSnpRequest {
  readonly kind: 'sev-snp';
  readonly product: AmdProduct;
  /** What signs the report: a key of the chip, or one that the cloud provider loaded. */
  readonly endorsement: 'vcek' | 'vlek';
}

/** The certificate of one chip at one TCB. A VLEK is not for everybody to fetch: it comes with the report. */
export interface VcekRequest {
  readonly kind: 'vcek';
  readonly product: AmdProduct;
  /** `chip_id` of the report: hex, 64 bytes. */
  readonly chipId: string;
  readonly tcb: SnpTcb;
}

export type AmdProduct = 'Milan' | 'Genoa' | 'Turin';
export const AMD_PRODUCTS: readonly AmdProduct[] = ['Milan', 'Genoa', 'Turin'];

/** Security patch levels, each 0 to 255. */
export interface SnpTcb {
  readonly bootLoader: number;
  readonly tee: number;
  readonly snp: number;
  readonly microcode: number;
  /** Turin only, and there always. */
  readonly fmc?: number | undefined;
}

export interface DcapCollateral extends Collateral {
  /** PEM, leaf first: who signed the PCK CRL. Absent where the source did not say; quotes carry these certificates too. */
  readonly pck_crl_issuer_chain?: string;
}

export interface SevSnpCollateral {
  /** PEM: ASK or ASVK, then ARK. */
  readonly chain: string;
  /** CRL of the ARK, DER, hex. */
  readonly crl: string;
}

export interface VcekCertificate {
  /** PEM. */
  readonly certificate: string;
}

export interface CollateralByKind {
  readonly dcap: DcapCollateral;
  readonly 'sev-snp': SevSnpCollateral;
  readonly vcek: VcekCertificate;
}

export type CollateralKind = CollateralRequest['kind'];
export const COLLATERAL_KINDS: readonly CollateralKind[] = ['dcap', 'sev-snp', 'vcek'];
export type AnyCollateral = CollateralByKind[CollateralKind];
export type CollateralOf<Request extends CollateralRequest> = CollateralByKind[Request['kind']];

const TEES = ['sgx', 'tdx'] as const;
const PCK_AUTHORITIES = ['processor', 'platform'] as const;
const ENDORSEMENTS = ['vcek', 'vlek'] as const;

/**
 * The same request in its one form: hex in lower case, nothing else in it.
 *
 * @throws Refusal BAD_INPUT where a value is not of its form; nothing of it has gone into a URL then.
 */
export function normalizeRequest(request: CollateralRequest): CollateralRequest {
  switch (request.kind) {
    case 'dcap':
      return {
        kind: 'dcap',
        tee: oneOf(TEES, request.tee, 'tee'),
        fmspc: hex(request.fmspc, 6, 'fmspc'),
        ca: oneOf(PCK_AUTHORITIES, request.ca, 'ca'),
      };
    case 'sev-snp':
      return {
        kind: 'sev-snp',
        product: oneOf(AMD_PRODUCTS, request.product, 'product'),
        endorsement: oneOf(ENDORSEMENTS, request.endorsement, 'endorsement'),
      };
    case 'vcek':
      return {
        kind: 'vcek',
        product: oneOf(AMD_PRODUCTS, request.product, 'product'),
        chipId: hex(request.chipId, 64, 'chipId'),
        tcb: normalizeTcb(request.tcb, request.product),
      };
  }
}

/** One text for equal requests, another for every other. `request` is normalized. */
export function keyOfRequest(request: CollateralRequest): string {
  switch (request.kind) {
    case 'dcap':
      return `dcap ${request.tee} ${request.fmspc} ${request.ca}`;
    case 'sev-snp':
      return `sev-snp ${request.product} ${request.endorsement}`;
    case 'vcek': {
      const { bootLoader, tee, snp, microcode, fmc } = request.tcb;
      return `vcek ${request.product} ${request.chipId} ${[fmc ?? '', bootLoader, tee, snp, microcode].join('.')}`;
    }
  }
}

/** For operators. A chip is named by its first bytes only. */
export function describeRequest(request: CollateralRequest): string {
  switch (request.kind) {
    case 'dcap':
      return `${request.tee.toUpperCase()} platform ${request.fmspc} (${request.ca} CA)`;
    case 'sev-snp':
      return `SEV-SNP ${request.product} (${request.endorsement.toUpperCase()})`;
    case 'vcek':
      return `SEV-SNP ${request.product} chip ${request.chipId.slice(0, 8)}…`;
  }
}

function normalizeTcb(tcb: SnpTcb, ofProduct: AmdProduct): SnpTcb {
  const { bootLoader, tee, snp, microcode, fmc } = tcb;
  requireForm((fmc !== undefined) === (ofProduct === 'Turin'), 'tcb.fmc', 'there for Turin, and for no other product');
  for (const [name, level] of Object.entries({ bootLoader, tee, snp, microcode, fmc: fmc ?? 0 })) {
    requireForm(Number.isInteger(level) && level >= 0 && level <= 255, `tcb.${name}`, '0 to 255');
  }
  return { bootLoader, tee, snp, microcode, ...(fmc === undefined ? {} : { fmc }) };
}

/** The types say what belongs here; bundles and evidence say what comes. */
function oneOf<const T extends string>(values: readonly T[], value: T, name: string): T {
  requireForm(values.includes(value), name, values.join(' or '));
  return value;
}

function hex(value: string, bytes: number, name: string): string {
  requireForm(value.length === 2 * bytes && /^[0-9a-fA-F]*$/.test(value), name, `${bytes} bytes in hex`);
  return value.toLowerCase();
}

function requireForm(fits: boolean, name: string, form: string): void {
  if (!fits) throw new Refusal('BAD_INPUT', `${name} of a request for collateral is not ${form}.`);
}
