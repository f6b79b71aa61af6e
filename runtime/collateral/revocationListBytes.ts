import { readPem } from '../../enclave/asn1/pem.js';

/**
 * The DER of a CRL as services send it: Intel's and AMD's send the DER itself, or PEM where asked badly; Intel's caching
 * service (PCCS) sends hex, under whatever content type.
 *
 * @throws RangeError where it is none of these. Whether the DER is a CRL is found out by who reads it.
 */
export function revocationListBytes(answer: Uint8Array): Uint8Array {
  const DER_SEQUENCE = 0x30;
  // As text this would be the digit 0, which no hex of a SEQUENCE begins with.
  if (answer[0] === DER_SEQUENCE) return answer;
  const text = Buffer.from(answer).toString('latin1').trim();
  if (/^(?:[0-9a-fA-F]{2})+$/.test(text)) return Buffer.from(text, 'hex');
  const [pem, ...more] = readPem(text, 'X509 CRL');
  if (pem && more.length === 0) return pem;
  throw new RangeError('the answer is not a CRL in DER, hex or PEM');
}
