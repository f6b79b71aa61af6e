import type { KeyObject } from 'node:crypto';
import type { CertificateExtension } from '../../../enclave/asn1/writeCertificate.js';
import { certificateAuthority, keyUsage, notCertificateAuthority } from '../../../enclave/asn1/writeCertificate.js';
import type { CertificateRequest } from '../../../enclave/platforms/insecure/issueCertificate.js';
import { issueCertificate, newKey } from '../../../enclave/platforms/insecure/issueCertificate.js';
import type { PckContent } from '../../../enclave/platforms/insecure/pckExtension.js';
import { pckExtension } from '../../../enclave/platforms/insecure/pckExtension.js';

export const DAY = 86_400_000;

/** Who is who under a test root. `stranger` has a key and no place. */
export const TEST_NAMES = {
  root: { commonName: 'TEST SGX Root CA' },
  pckAuthority: { commonName: 'TEST SGX PCK CA' },
  pck: { commonName: 'TEST SGX PCK Certificate' },
  tcbSigning: { commonName: 'TEST SGX TCB Signing' },
  attestation: { commonName: 'TEST attestation key' },
  stranger: { commonName: 'TEST stranger' },
} as const;

export type Role = keyof typeof TEST_NAMES;

/** Who issues whose certificate where nothing else is said. */
const ISSUER: Readonly<Record<Role, Role>> = {
  root: 'root',
  pckAuthority: 'root',
  pck: 'pckAuthority',
  tcbSigning: 'root',
  attestation: 'stranger',
  stranger: 'stranger',
};

export const PLATFORM: PckContent = {
  components: [11, 11, 2, 2, 255, 1, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0],
  pceSvn: 13,
  pceId: '0000',
  fmspc: 'c0a06f110000',
};

export interface CertificateChange extends Partial<CertificateRequest> {
  /** Instead of the role’s own. */
  readonly by?: Role;
  /** Beside the role’s own. */
  readonly more?: readonly CertificateExtension[];
  /** What a PCK certificate says of its platform. */
  readonly platform?: Partial<PckContent>;
}

/** Keys under a root that lives as long as the process, and the certificates that they sign. */
export interface TestAuthority {
  key(role: Role): KeyObject;
  /** PEM. Two calls without a change answer the same certificate. */
  readonly certificate: (role: Role, change?: CertificateChange) => string;
}

/** @param now milliseconds since 1970: certificates begin 30 days before and end ten years after. */
export function createTestAuthority(now: number): TestAuthority {
  const keys = Object.fromEntries(Object.keys(TEST_NAMES).map((role) => [role, newKey()])) as Record<Role, KeyObject>;
  const made = new Map<Role, string>();
  const issue = (role: Role, change: CertificateChange): string => {
    const { by = ISSUER[role], more = [], platform, ...rest } = change;
    return issueCertificate({
      subject: TEST_NAMES[role],
      key: keys[role],
      issuer: TEST_NAMES[by],
      issuerKey: keys[by],
      notBefore: now - 30 * DAY,
      notAfter: now + 3650 * DAY,
      extensions: [...extensionsOf(role, platform), ...more],
      ...rest,
    });
  };
  return {
    key: (role) => keys[role],
    certificate: (role, change) => {
      if (change) return issue(role, change);
      const pem = made.get(role) ?? issue(role, {});
      made.set(role, pem);
      return pem;
    },
  };
}

/** What a certificate of this role holds. */
export function extensionsOf(role: Role, platform: Partial<PckContent> = {}): CertificateExtension[] {
  const authority = keyUsage('keyCertSign', 'cRLSign');
  const leaf = [notCertificateAuthority(), keyUsage('digitalSignature')];
  if (role === 'root') return [certificateAuthority(1), authority];
  if (role === 'pckAuthority') return [certificateAuthority(0), authority];
  return role === 'pck' ? [...leaf, pckExtension({ ...PLATFORM, ...platform })] : leaf;
}
