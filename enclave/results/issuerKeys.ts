import type { CryptoKey } from 'jose';
import { importX509 } from 'jose';
import type { TrustedIssuer } from '../appraisal/policy.js';
import { readCertificate } from '../asn1/certificate.js';
import { writePem } from '../asn1/pem.js';
import { Refusal } from '../refusals.js';

/** A key that an issuer signs with, out of the certificate that its JWKS names by `kid`. */
export interface IssuerKey {
  readonly kid: string;
  readonly key: CryptoKey;
  /** Of the certificate; milliseconds since 1970. Whoever uses the key compares them with the time of use. */
  readonly notBefore: number;
  readonly notAfter: number;
}

export interface IssuerKeys {
  /**
   * @throws Refusal RESULT_SIGNATURE_INVALID where the issuer has no such key, RESULT_ISSUER_UNTRUSTED where the key's
   *   certificate is not a pinned one, ISSUER_UNREACHABLE where it cannot be told.
   */
  find(issuer: TrustedIssuer, kid: string): Promise<IssuerKey>;
}

export interface IssuerKeysOptions {
  /** Gets the JWKS as parsed JSON. Must bound time and bytes; whatever it throws means that it cannot be told. */
  readonly fetchJwks: (uri: string) => Promise<unknown>;
  /** Seconds since 1970. */
  readonly now: () => number;
  /** An unknown `kid` makes the JWKS be fetched again, but not more often than this: anybody can invent a `kid`. */
  readonly minimumRefetchSeconds: number;
  /** Age from which a JWKS is fetched again when it is used. */
  readonly refreshSeconds?: number;
  /** Age beyond which a JWKS that could not be fetched again is no longer believed. */
  readonly maximumAgeSeconds?: number;
}

/** An hour: rotation is noticed by unknown `kid`s, withdrawal by this. */
const REFRESH_SECONDS = 3600;
const MAXIMUM_AGE_SECONDS = 86_400;
/** Azure publishes 3 keys. */
const MAXIMUM_KEYS = 64;
const MAXIMUM_CERTIFICATE_BYTES = 32_768;
const MINIMUM_RSA_BITS = 2048;

/** What is known of one JWKS. Times are -Infinity before the first. */
interface Cached {
  fetchedAt: number;
  attemptedAt: number;
  certificates: ReadonlyMap<string, Uint8Array>;
  pending: Promise<void> | undefined;
  /** Imported keys by kid and accepted pin; cleared with every fetch. */
  imported: Map<string, IssuerKey>;
}

/**
 * The keys of the configured issuers. They come from the JWKS of the configuration and from nowhere else: whatever a
 * token names (`jku`, `x5u`, `jwk`, `x5c`) is never looked at. Azure's JWKS holds certificates only, so `n` and `e` are
 * not used. The certificate need not chain to anything; that it is the issuer's rests on TLS to the JWKS, or on the pin.
 */
export function createIssuerKeys(options: IssuerKeysOptions): IssuerKeys {
  const { fetchJwks, now, minimumRefetchSeconds } = options;
  const { refreshSeconds = REFRESH_SECONDS, maximumAgeSeconds = MAXIMUM_AGE_SECONDS } = options;
  const cache = new Map<string, Cached>();

  /** Fetches where it is due; callers that come meanwhile wait for the same answer. Never rejects. */
  function fetchIfDue(uri: string, cached: Cached, dueSeconds: number): Promise<void> | undefined {
    if (cached.pending) return cached.pending;
    if (now() - cached.fetchedAt < dueSeconds || now() - cached.attemptedAt < minimumRefetchSeconds) return undefined;
    cached.attemptedAt = now();
    cached.pending = refetch(uri, cached).finally(() => (cached.pending = undefined));
    return cached.pending;
  }

  async function refetch(uri: string, cached: Cached): Promise<void> {
    try {
      cached.certificates = readJwks(await fetchJwks(uri));
      cached.fetchedAt = now();
      cached.imported = new Map();
    } catch {
      // The age of what is left decides.
    }
  }

  function cacheOf(uri: string): Cached {
    const known = cache.get(uri);
    if (known) return known;
    const cached: Cached = {
      fetchedAt: -Infinity,
      attemptedAt: -Infinity,
      certificates: new Map(),
      pending: undefined,
      imported: new Map(),
    };
    cache.set(uri, cached);
    return cached;
  }

  return {
    async find(issuer, kid) {
      const uri = issuer.jwksUri;
      const cached = cacheOf(uri);
      const ageSeconds = () => now() - cached.fetchedAt;
      const fetching = fetchIfDue(uri, cached, refreshSeconds);
      // A known key is used while its list is fetched again: verification does not wait for an issuer that is slow.
      if (ageSeconds() > maximumAgeSeconds || !cached.certificates.has(kid)) {
        await (fetching ?? fetchIfDue(uri, cached, minimumRefetchSeconds));
      }
      if (ageSeconds() > maximumAgeSeconds) throw unreachable(issuer, 'could not be fetched');

      const certificate = cached.certificates.get(kid);
      if (certificate) return importOnce(cached, issuer, kid, certificate);
      // Its absence from an old list proves nothing while no new one can be had.
      if (ageSeconds() > minimumRefetchSeconds)
        throw unreachable(issuer, 'are out of date and could not be fetched again');
      throw new Refusal('RESULT_SIGNATURE_INVALID', `${issuer.issuer} has no key "${kid.slice(0, 64)}".`);
    },
  };
}

/** The keys of a JWKS that is at hand, for verification without a network. */
export function fixedIssuerKeys(jwks: unknown): IssuerKeys {
  const certificates = readJwks(jwks);
  return {
    async find(issuer, kid) {
      const certificate = certificates.get(kid);
      if (!certificate)
        throw new Refusal('RESULT_SIGNATURE_INVALID', `${issuer.issuer} has no key "${kid.slice(0, 64)}".`);
      return importCertificate(issuer, kid, certificate);
    },
  };
}

/** First certificate of each key, by `kid`. Keys without a certificate are left out. @throws where it is not a JWKS. */
function readJwks(jwks: unknown): ReadonlyMap<string, Uint8Array> {
  const keys = (jwks as { keys?: unknown } | null)?.keys;
  if (!Array.isArray(keys)) throw new RangeError('not a JWK set');
  if (keys.length > MAXIMUM_KEYS) throw new RangeError(`a JWK set of ${keys.length} keys`);
  const certificates = new Map<string, Uint8Array>();
  for (const { kid, x5c } of keys as { kid?: unknown; x5c?: unknown }[]) {
    const [first] = Array.isArray(x5c) ? (x5c as unknown[]) : [];
    if (typeof kid !== 'string' || typeof first !== 'string' || certificates.has(kid)) continue;
    if (first.length > (MAXIMUM_CERTIFICATE_BYTES * 4) / 3) throw new RangeError('a certificate that is too large');
    certificates.set(
      kid,
      Uint8Array.from(atob(first), (character) => character.charCodeAt(0)),
    );
  }
  return certificates;
}

async function importOnce(
  cached: Cached,
  issuer: TrustedIssuer,
  kid: string,
  certificate: Uint8Array,
): Promise<IssuerKey> {
  // Two issuers may share a JWKS and pin differently.
  const name = JSON.stringify([kid, issuer.issuer]);
  const known = cached.imported.get(name);
  if (known) return known;
  const imported = await importCertificate(issuer, kid, certificate);
  cached.imported.set(name, imported);
  return imported;
}

async function importCertificate(issuer: TrustedIssuer, kid: string, der: Uint8Array): Promise<IssuerKey> {
  const pins = issuer.certificateSha256;
  if (pins) {
    const digest = hex(await globalThis.crypto.subtle.digest('SHA-256', Uint8Array.from(der)));
    if (!pins.includes(digest)) {
      throw new Refusal(
        'RESULT_ISSUER_UNTRUSTED',
        `${issuer.issuer} signs with certificate ${digest}, which is not pinned.`,
      );
    }
  }
  try {
    const { notBefore, notAfter } = readCertificate(der);
    // As PEM with lines of 64: certificates of attestation services embed PEM text, and DER readers have taken that.
    const key = await importX509(writePem(der), 'RS256');
    const bits = (key.algorithm as { modulusLength?: number }).modulusLength ?? 0;
    if (bits < MINIMUM_RSA_BITS) throw new RangeError(`RSA of ${bits} bits, not ${MINIMUM_RSA_BITS}`);
    return { kid, key, notBefore, notAfter };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : 'unknown';
    throw new Refusal('RESULT_SIGNATURE_INVALID', `The certificate of ${issuer.issuer} cannot be used: ${reason}.`, {
      cause,
    });
  }
}

function unreachable(issuer: TrustedIssuer, what: string): Refusal {
  return new Refusal('ISSUER_UNREACHABLE', `The signing keys of ${issuer.issuer} ${what}.`);
}

function hex(bytes: ArrayBuffer): string {
  return Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
