import { createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import { sequence, writeDer } from '../../enclave/asn1/der.js';
import { writePem } from '../../enclave/asn1/pem.js';
import { certificateAuthority, writeCertificate } from '../../enclave/asn1/writeCertificate.js';

/** A self-signed certificate for localhost that clients can be told to trust. `now` is milliseconds since 1970. */
export function localhostCertificate(now: number): { key: string; cert: string } {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const name = { commonName: 'localhost' };
  const dnsName = writeDer(0x82, new TextEncoder().encode('localhost'));
  const certificate = writeCertificate({
    subject: name,
    issuer: name,
    publicKey: createPublicKey(privateKey).export({ type: 'spki', format: 'der' }),
    signWith: { algorithm: 'ecdsa-with-SHA256', sign: (bytes) => sign('sha256', bytes, privateKey) },
    serial: Uint8Array.of(1),
    notBefore: now - 3_600_000,
    notAfter: now + 86_400_000,
    extensions: [certificateAuthority(), { oid: '2.5.29.17', value: sequence(dnsName) }],
  });
  return { key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), cert: writePem(certificate) };
}
