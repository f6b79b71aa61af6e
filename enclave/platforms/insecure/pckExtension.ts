import { integer, octetString, oid, sequence, writeDer, TAG } from '../../asn1/der.js';
import type { CertificateExtension } from '../../asn1/writeCertificate.js';

export interface PckContent {
  /** 16 numbers of 0 to 255. */
  readonly components: readonly number[];
  readonly pceSvn: number;
  /** Hex, 2 bytes. */
  readonly pceId: string;
  /** Hex, 6 bytes. */
  readonly fmspc: string;
}

const SGX_EXTENSIONS = '1.2.840.113741.1.13.1';

/** The extension of a PCK certificate that names the platform and its TCB (Intel, PCK certificate profile). */
export function pckExtension(content: PckContent): CertificateExtension {
  const components = content.components.map((svn, index) => entry(`2.${index + 1}`, integer(svn)));
  const tcb = sequence(
    ...components,
    entry('2.17', integer(content.pceSvn)),
    entry('2.18', octetString(Uint8Array.from(content.components))),
  );
  return {
    oid: SGX_EXTENSIONS,
    value: sequence(
      entry('1', octetString(new Uint8Array(16))),
      entry('2', tcb),
      entry('3', octetString(Buffer.from(content.pceId, 'hex'))),
      entry('4', octetString(Buffer.from(content.fmspc, 'hex'))),
      entry('5', writeDer(TAG.ENUMERATED, Uint8Array.of(0))),
    ),
  };
}

function entry(suffix: string, value: Uint8Array): Uint8Array {
  return sequence(oid(`${SGX_EXTENSIONS}.${suffix}`), value);
}
