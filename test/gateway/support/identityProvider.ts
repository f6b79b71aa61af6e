import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT, type JWTPayload } from 'jose';

/** A real key set behind a real discovery document, and whatever tokens a test wants. */
export interface TestIdentityProvider {
  readonly issuer: string;
  readonly audience: string;
  /** A good token for these scopes; `change` replaces claims, `header` header fields. */
  token(scopes: readonly string[], change?: JWTPayload, header?: Record<string, unknown>): Promise<string>;
  /** A token with the right words and another key's signature. */
  forged(scopes: readonly string[]): Promise<string>;
  close(): Promise<void>;
}

export async function startIdentityProvider(): Promise<TestIdentityProvider> {
  const { publicKey, privateKey } = await generateKeyPair('ES256');
  const stranger = await generateKeyPair('ES256');
  const jwk = { ...(await exportJWK(publicKey)), kid: 'k1', alg: 'ES256', use: 'sig' };
  const server = createServer((request, response) => {
    const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const body = request.url === '/jwks' ? { keys: [jwk] } : { issuer, jwks_uri: `${issuer}/jwks` };
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const audience = 'urn:cloister:gateway';
  const sign = (
    key: typeof privateKey,
    scopes: readonly string[],
    change: JWTPayload,
    header: Record<string, unknown>,
  ) => {
    const now = Math.floor(Date.now() / 1000);
    const claims = {
      iss: issuer,
      aud: audience,
      sub: 'dr-a',
      iat: now,
      exp: now + 300,
      roles: ['clinician'],
      scope: scopes.join(' '),
    };
    return new SignJWT({ ...claims, ...change })
      .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: 'k1', ...header })
      .sign(key);
  };
  return {
    issuer,
    audience,
    token: (scopes, change = {}, header = {}) => sign(privateKey, scopes, change, header),
    forged: (scopes) => sign(stranger.privateKey, scopes, {}, {}),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
