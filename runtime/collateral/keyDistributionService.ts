import { writePem } from '../../enclave/asn1/pem.js';
import { Refusal } from '../../enclave/refusals.js';
import { hardwareId } from './examine.js';
import type { SnpTcb } from './request.js';
import { revocationListBytes } from './revocationListBytes.js';
import type { CollateralSource } from './source.js';
import type { SourceClient } from './sourceClient.js';

export interface KeyDistributionServiceOptions {
  readonly name: string;
  readonly client: SourceClient;
  /** Without trailing slash. */
  readonly url: string;
}

/** A chain of two RSA-4096 certificates has 4.5 KB in PEM. */
const MAXIMUM_BYTES = 65_536;
/** An error page is the only thing that is known not to be an answer. */
const NO_PAGE = { refused: ['text/html', 'application/json'] };

/** AMD's Key Distribution Service (publication 57230, chapter 4). */
export function keyDistributionService({ name, client, url }: KeyDistributionServiceOptions): CollateralSource {
  const get = (path: string, signal: AbortSignal) =>
    client.get({ url: url + path, types: NO_PAGE, signal, maximumBytes: MAXIMUM_BYTES });
  return {
    name,
    async sevSnp({ product, endorsement }, signal) {
      const base = `/${endorsement}/v1/${product}`;
      // One after the other: the service counts questions.
      const chain = await get(`${base}/cert_chain`, signal);
      if (!chain) return undefined;
      const crl = await get(`${base}/crl`, signal);
      if (!crl) throw new Refusal('COLLATERAL_UNAVAILABLE', `${name} has a chain for ${product}, but no CRL.`);
      return { chain: chain.bytes.toString('latin1'), crl: crlHex(name, crl.bytes) };
    },
    async vcek({ product, chipId, tcb }, signal) {
      const answer = await get(`/vcek/v1/${product}/${hardwareId(product, chipId)}?${tcbQuery(tcb)}`, signal);
      return answer && { certificate: writePem(answer.bytes) };
    },
    close: () => client.close(),
  };
}

/** The first parameter exists for Turin only. */
function tcbQuery({ fmc, bootLoader, tee, snp, microcode }: SnpTcb): string {
  const levels = { fmcSPL: fmc, blSPL: bootLoader, teeSPL: tee, snpSPL: snp, ucodeSPL: microcode };
  return Object.entries(levels)
    .flatMap(([name, level]) => (level === undefined ? [] : [`${name}=${level}`]))
    .join('&');
}

function crlHex(name: string, answer: Uint8Array): string {
  try {
    return Buffer.from(revocationListBytes(answer)).toString('hex');
  } catch (cause) {
    throw new Refusal('COLLATERAL_INVALID', `${name} answers no CRL.`, { cause });
  }
}
