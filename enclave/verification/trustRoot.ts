import { readCertificate } from '../asn1/certificate.js';
import { readPem } from '../asn1/pem.js';
import { Refusal } from '../refusals.js';

/** A vendor's root key that chains may end in. */
export interface TrustRoot {
  /** For instance `intel` or `insecure`. */
  readonly name: string;
  /** True where no hardware stands behind it. */
  readonly simulated: boolean;
  /** SubjectPublicKeyInfo, DER: the key is pinned, not the certificate, as the vendor may renew that. */
  readonly publicKey: Uint8Array;
}

/** @throws Refusal CONFIGURATION_INVALID where the text is not exactly one certificate. */
export function trustRoot({ name, simulated, pem }: { name: string; simulated: boolean; pem: string }): TrustRoot {
  try {
    const [der, ...more] = readPem(pem);
    if (!der || more.length > 0) throw new RangeError(`one certificate expected, not ${der ? more.length + 1 : 0}`);
    return { name, simulated, publicKey: readCertificate(der).publicKey };
  } catch (cause) {
    throw new Refusal('CONFIGURATION_INVALID', `The trust root ${name} is not a certificate in PEM.`, { cause });
  }
}
