import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { exportJWK, generateKeyPair, type JWK } from 'jose';
import { Refusal } from '../../../enclave/refusals.js';

/** What the provider must keep so that tokens and cookies outlive a restart. */
export interface IdentityKeys {
  /** Private keys: ES256 for access tokens, RS256 for ID tokens (OpenID Connect Core 3.1.3.7 makes that the default). */
  readonly jwks: { readonly keys: readonly JWK[] };
  readonly cookieKeys: readonly string[];
}

/** Reads the keys, and makes them the first time. The file is readable by its owner only. */
export async function identityKeys(path: string): Promise<IdentityKeys> {
  const stored = readIfPresent(path);
  if (stored !== undefined) return parseKeys(stored, path);
  const keys: IdentityKeys = {
    jwks: { keys: [await signingKey('ES256'), await signingKey('RS256')] },
    cookieKeys: [randomBytes(32).toString('base64url')],
  };
  writeFileSync(path, JSON.stringify(keys), { mode: 0o600, flag: 'wx' });
  return keys;
}

async function signingKey(alg: 'ES256' | 'RS256'): Promise<JWK> {
  const { privateKey } = await generateKeyPair(alg, { extractable: true });
  return { ...(await exportJWK(privateKey)), kid: randomBytes(8).toString('hex'), alg, use: 'sig' };
}

function readIfPresent(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function parseKeys(text: string, path: string): IdentityKeys {
  try {
    const { jwks, cookieKeys } = JSON.parse(text) as Partial<IdentityKeys>;
    if (Array.isArray(jwks?.keys) && jwks.keys.length > 0 && Array.isArray(cookieKeys) && cookieKeys.length > 0)
      return { jwks, cookieKeys };
  } catch {
    // Said below.
  }
  throw new Refusal(
    'CONFIGURATION_INVALID',
    `${path} does not hold the keys of the identity provider; delete it to have new ones made.`,
  );
}
