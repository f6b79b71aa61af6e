import { Refusal } from '../../enclave/refusals.js';
import type { DcapCollateral, DcapRequest } from './request.js';
import { revocationListBytes } from './revocationListBytes.js';
import { cutMember } from './signedMember.js';
import type { CollateralSource } from './source.js';
import type { SourceAnswer, SourceClient, SourceQuestion } from './sourceClient.js';

export interface ProvisioningServiceOptions {
  readonly name: string;
  readonly client: SourceClient;
  /** Where the paths of the API begin; `/sgx/certification/v4` at its end is dropped. */
  readonly url: string;
  /**
   * Where the CRL of the root is. Absent: at the service itself, as Intel's caching service has it. Intel's own has it at
   * another host, which the root certificate names; it is configured, because nobody sends us where an answer points.
   */
  readonly rootCrl?: { readonly url: string; readonly client: SourceClient };
}

/** TCB info of a TDX platform has 5 to 20 KB, a CRL of the platform CA 3 to 10. */
const MAXIMUM_BYTES = 262_144;
const JSON_ONLY = { allowed: ['application/json'] };
/** Hex comes as text/html from older caching services: what it is, its form says. */
const ANY_BUT_JSON = { refused: ['application/json'] };

/** Intel's Provisioning Certification Service, version 4, or a service that caches it (PCCS) and has the same paths. */
export function provisioningService(options: ProvisioningServiceOptions): CollateralSource {
  const { name, client } = options;
  const base = options.url.replace(/\/(?:(?:sgx|tdx)\/certification\/v4\/?)?$/, '');
  const rootCrl = options.rootCrl ?? { url: `${base}/sgx/certification/v4/rootcacrl`, client };

  async function dcap({ tee, fmspc, ca }: DcapRequest, signal: AbortSignal): Promise<DcapCollateral | undefined> {
    const get = (url: string, types: SourceQuestion['types'], from = client) =>
      from.get({ url, types, signal, maximumBytes: MAXIMUM_BYTES });
    const api = `${base}/${tee}/certification/v4`;
    const [tcb, identity, pckCrlAnswer, rootCrlAnswer] = await settled([
      get(`${api}/tcb?fmspc=${fmspc.toUpperCase()}`, JSON_ONLY),
      get(`${api}/qe/identity`, JSON_ONLY),
      get(`${base}/sgx/certification/v4/pckcrl?ca=${ca}&encoding=der`, ANY_BUT_JSON),
      get(rootCrl.url, ANY_BUT_JSON, rootCrl.client),
    ]);
    if (!tcb) return undefined;
    if (!identity || !pckCrlAnswer || !rootCrlAnswer) {
      throw new Refusal('COLLATERAL_UNAVAILABLE', `${name} has TCB info, but not all that belongs to it.`);
    }
    return reading(name, () => {
      const tcbInfo = readSigned(tcb, 'tcbInfo', ['tcb-info-issuer-chain', 'sgx-tcb-info-issuer-chain']);
      const qeIdentity = readSigned(identity, 'enclaveIdentity', ['sgx-enclave-identity-issuer-chain']);
      const pckCrlChain = pckCrlAnswer.header('sgx-pck-crl-issuer-chain');
      return {
        root_ca_crl: hex(revocationListBytes(rootCrlAnswer.bytes)),
        pck_crl: hex(revocationListBytes(pckCrlAnswer.bytes)),
        tcb_info: tcbInfo.text,
        tcb_info_signature: tcbInfo.signature,
        tcb_info_issuer_chain: tcbInfo.chain,
        qe_identity: qeIdentity.text,
        qe_identity_signature: qeIdentity.signature,
        qe_identity_issuer_chain: qeIdentity.chain,
        ...(pckCrlChain === undefined ? {} : { pck_crl_issuer_chain: decodeURIComponent(pckCrlChain) }),
      };
    });
  }

  async function close(): Promise<void> {
    await Promise.all([client.close(), rootCrl.client.close()]);
  }

  return { name, dcap, close };
}

/** `{"tcbInfo":{…},"signature":"…"}`, with the chain of who signed in a header. */
function readSigned(answer: SourceAnswer, member: string, headers: readonly string[]) {
  const body = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(answer.bytes);
  const text = cutMember(body, member);
  const { signature } = JSON.parse(body) as Record<string, unknown>;
  if (typeof signature !== 'string' || !/^[0-9a-fA-F]{128}$/.test(signature)) {
    throw new RangeError(`the signature of ${member} is not 64 bytes in hex`);
  }
  const encoded = headers.map((header) => answer.header(header)).find((value) => value !== undefined);
  if (encoded === undefined) throw new RangeError(`the header ${headers.join(' or ')} is missing`);
  return { text, signature, chain: decodeURIComponent(encoded) };
}

/** Waits for all, so that no question is left behind; then the first refusal, if there is one. */
async function settled<const T extends readonly unknown[]>(promises: {
  readonly [At in keyof T]: Promise<T[At]>;
}): Promise<T> {
  await Promise.allSettled(promises);
  return Promise.all(promises);
}

/** An answer that is not of its form is wrong, whichever part of it. */
function reading<T>(name: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : 'unreadable';
    throw new Refusal('COLLATERAL_INVALID', `${name} answers no collateral: ${reason}.`, { cause });
  }
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
