import type { TrustedIssuer } from '../appraisal/policy.js';
import { readCertificate } from '../asn1/certificate.js';
import { hexOf } from '../bytes.js';
import { Refusal } from '../refusals.js';
import { algorithmOf, takesBareKeys } from './issuerFormat.js';
import type { KeyMaterial } from './jwks.js';
import { readJwks } from './jwks.js';
import type { TokenSignatures, VerifySignature } from './tokenSignatures.js';
import { webTokenSignatures } from './tokenSignatures.js';

/** A key that an issuer signs with, out of its JWKS. */
export interface IssuerKey {
  /** Undefined where the JWKS names its only key not. */
  readonly kid: string | undefined;
  /** Checks signatures of the algorithm that the issuer is configured with. */
  readonly verify: VerifySignature;
  /** Of the certificate; milliseconds since 1970. Whoever uses the key compares them with the time of use. */
  readonly notBefore: number;
  readonly notAfter: number;
  /** Whether the key is known to live in an enclave itself; undefined where it cannot be told. */
  readonly attested: boolean | undefined;
  /** False once a newer JWKS lacks the key, or none could be had for too long. */
  isCurrent(): boolean;
}

export interface IssuerKeys {
  /**
   * @param kid undefined where the token names none: then the issuer must have one key only.
   * @throws Refusal RESULT_SIGNATURE_INVALID where the issuer has no such key, RESULT_ISSUER_UNTRUSTED where the key's
   *   certificate is not a pinned one, ISSUER_UNREACHABLE where it cannot be told.
   */
  find(issuer: TrustedIssuer, kid: string | undefined): Promise<IssuerKey>;
}

export interface KeyImport {
  /** Default: WebCrypto. */
  readonly signatures?: TokenSignatures;
  /**
   * Does this signing certificate (DER) carry genuine evidence that its key lives in an enclave? Undefined, or whatever
   * it throws: it cannot be told now, and is asked again.
   */
  readonly isAttested?: (certificate: Uint8Array) => Promise<boolean | undefined>;
}

export interface IssuerKeysOptions extends KeyImport {
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

/** What is known of one JWKS. Times are -Infinity before the first. */
interface Cached {
  fetchedAt: number;
  attemptedAt: number;
  materials: readonly KeyMaterial[];
  pending: Promise<void> | undefined;
  /** By material and name of the issuer: two issuers may share a JWKS and pin differently. */
  readonly imported: WeakMap<KeyMaterial, Map<string, IssuerKey>>;
}

/**
 * The keys of the configured issuers. They come from the JWKS of the configuration and from nowhere else: whatever a
 * token names (`jku`, `x5u`, `jwk`, `x5c`) is never looked at. A certificate need not chain to anything; that it is the
 * issuer's rests on TLS to the JWKS, or on the pin.
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
      cached.materials = readJwks(await fetchJwks(uri), cached.materials);
      cached.fetchedAt = now();
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
      materials: [],
      pending: undefined,
      imported: new WeakMap(),
    };
    cache.set(uri, cached);
    return cached;
  }

  async function importOnce(cached: Cached, issuer: TrustedIssuer, material: KeyMaterial): Promise<IssuerKey> {
    const known = cached.imported.get(material)?.get(issuer.issuer);
    if (known) return known;
    const isCurrent = () => cached.materials.includes(material) && now() - cached.fetchedAt <= maximumAgeSeconds;
    const key = await importKey(issuer, material, isCurrent, options);
    const isSettled = key.attested !== undefined || !options.isAttested;
    const keys = cached.imported.get(material) ?? new Map<string, IssuerKey>();
    if (isSettled) cached.imported.set(material, keys.set(issuer.issuer, key));
    return key;
  }

  return {
    async find(issuer, kid) {
      const uri = issuer.jwksUri;
      const cached = cacheOf(uri);
      const ageSeconds = () => now() - cached.fetchedAt;
      const fetching = fetchIfDue(uri, cached, refreshSeconds);
      // A known key is used while its list is fetched again: verification does not wait for an issuer that is slow.
      if (ageSeconds() > maximumAgeSeconds || !choose(cached.materials, kid)) {
        await (fetching ?? fetchIfDue(uri, cached, minimumRefetchSeconds));
      }
      if (ageSeconds() > maximumAgeSeconds) throw unreachable(issuer, 'could not be fetched');

      const material = choose(cached.materials, kid);
      if (material) return importOnce(cached, issuer, material);
      // Its absence from an old list proves nothing while no new one can be had.
      if (ageSeconds() > minimumRefetchSeconds)
        throw unreachable(issuer, 'are out of date and could not be fetched again');
      throw unknownKey(issuer, kid);
    },
  };
}

/** The keys of a JWKS that is at hand, for verification without a network. @throws RangeError where it is not a JWKS */
export function fixedIssuerKeys(jwks: unknown, options: KeyImport = {}): IssuerKeys {
  const materials = readJwks(jwks);
  return {
    async find(issuer, kid) {
      const material = choose(materials, kid);
      if (!material) throw unknownKey(issuer, kid);
      return importKey(issuer, material, () => true, options);
    },
  };
}

function choose(materials: readonly KeyMaterial[], kid: string | undefined): KeyMaterial | undefined {
  if (kid !== undefined) return materials.find((material) => material.kid === kid);
  return materials.length === 1 ? materials[0] : undefined;
}

async function importKey(
  issuer: TrustedIssuer,
  material: KeyMaterial,
  isCurrent: () => boolean,
  { signatures = webTokenSignatures, isAttested }: KeyImport,
): Promise<IssuerKey> {
  const { certificate, kid } = material;
  if (!certificate && !takesBareKeys(issuer)) throw unknownKey(issuer, kid);
  await requirePinned(issuer, certificate);
  try {
    // The certificate's key by our own reader: Node's takes PEM that is embedded in a certificate for the certificate.
    const { notBefore, notAfter, publicKey } = certificate ? readCertificate(certificate) : undated(material);
    const verify = await signatures.verifierFor(publicKey, algorithmOf(issuer));
    const attested = certificate && (await isAttested?.(certificate).catch(() => undefined));
    return { kid, verify, notBefore, notAfter, attested, isCurrent };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : 'unknown';
    throw new Refusal('RESULT_SIGNATURE_INVALID', `The key of ${issuer.issuer} cannot be used: ${reason}.`, { cause });
  }
}

function undated({ jwk }: KeyMaterial) {
  return { notBefore: -Infinity, notAfter: Infinity, publicKey: jwk };
}

async function requirePinned(issuer: TrustedIssuer, certificate: Uint8Array | undefined): Promise<void> {
  const pins = issuer.certificateSha256;
  if (!pins) return;
  const digest = certificate && hexOf(new Uint8Array(await sha256(certificate)));
  if (digest !== undefined && pins.includes(digest)) return;
  const found = digest === undefined ? 'a key without a certificate' : `certificate ${digest}`;
  throw new Refusal('RESULT_ISSUER_UNTRUSTED', `${issuer.issuer} signs with ${found}, which is not pinned.`);
}

function sha256(bytes: Uint8Array): Promise<ArrayBuffer> {
  return globalThis.crypto.subtle.digest('SHA-256', Uint8Array.from(bytes));
}

function unknownKey(issuer: TrustedIssuer, kid: string | undefined): Refusal {
  const what =
    kid === undefined ? 'has no or several keys, and the token names none' : `has no key "${kid.slice(0, 64)}"`;
  return new Refusal('RESULT_SIGNATURE_INVALID', `${issuer.issuer} ${what}.`);
}

function unreachable(issuer: TrustedIssuer, what: string): Refusal {
  return new Refusal('ISSUER_UNREACHABLE', `The signing keys of ${issuer.issuer} ${what}.`);
}
