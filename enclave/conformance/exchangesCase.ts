import { base64urlOf, bytesOfBase64 } from '../bytes.js';
import { readCompactJws } from '../results/compactJws.js';
import { fixedIssuerKeys } from '../results/issuerKeys.js';
import type { Fields, JudgeCase, JudgeOptions } from './case.js';
import { fieldsIn, textIn } from './case.js';
import { hashOf } from './policyCase.js';

/**
 * Recorded conversations with Azure Attestation, in order: every token must verify with the keys that the same recording
 * holds, every policy in one must be a policy for us and have the hash that was named when it was set, every error must have
 * Azure's form.
 */
export const judgeExchangesCase: JudgeCase = async (vector, options) => {
  const disagreements: string[] = [];
  let jwks: unknown;
  let announcedHash: unknown;
  for (const exchange of vector.exchanges as readonly Fields[]) {
    const body = fieldsIn(exchange, 'body');
    const what = `${textIn(exchange, 'method')} ${new URL(textIn(exchange, 'url')).pathname}`;
    if (Array.isArray(body.keys)) jwks = body;
    if (typeof body.token === 'string') {
      const claims = await verifyManagementToken(body.token, jwks);
      announcedHash = claims['x-ms-policy-token-hash'] ?? announcedHash;
      // A reset puts a default in force whose hash nobody announced.
      if (claims['x-ms-policy-result'] === 'Removed') announcedHash = undefined;
      disagreements.push(...(await policyTokenDisagreements(what, claims, announcedHash, options)));
    } else if (Number(exchange.status) >= 400 && !hasErrorForm(body)) {
      disagreements.push(`${what}: the error has another form than Azure's`);
    }
  }
  return disagreements;
};

/** Management tokens are no attestation results: they hold no claims of an enclave. @throws where the signature is wrong. */
async function verifyManagementToken(token: string, jwks: unknown): Promise<Fields> {
  const { header, claims, signingInput, signature } = readCompactJws(token);
  const issuer = textIn(claims, 'iss');
  const key = await fixedIssuerKeys(jwks).find({ issuer, jwksUri: `${issuer}/certs` }, header.kid);
  const issuedAt = Number(claims.iat) * 1000;
  if (!(issuedAt >= key.notBefore && issuedAt <= key.notAfter)) throw new RangeError('the signer was out of date');
  if (!(await key.verify(signingInput, signature))) throw new RangeError(`the token of ${issuer} is not signed by it`);
  return claims;
}

async function policyTokenDisagreements(
  what: string,
  claims: Fields,
  announcedHash: unknown,
  options: JudgeOptions,
): Promise<string[]> {
  const jws = claims['x-ms-policy'];
  if (typeof jws !== 'string') return [];
  await hashOf(policyTextOf(jws), options);
  const hash = await options.run(({ sha256 }) => base64urlOf(sha256(new TextEncoder().encode(jws))));
  return announcedHash === undefined || hash === announcedHash
    ? []
    : [`${what}: the policy is not the one whose hash was announced`];
}

function policyTextOf(jws: string): string {
  const { AttestationPolicy } = decodePart(jws.split('.')[1] ?? '');
  return new TextDecoder().decode(bytesOfBase64(String(AttestationPolicy)));
}

function hasErrorForm(body: Fields): boolean {
  const { code, message, innererror } = (body.error ?? {}) as Fields;
  return typeof code === 'string' && typeof message === 'string' && typeof innererror === 'object';
}

function decodePart(part: string): Fields {
  return JSON.parse(new TextDecoder().decode(bytesOfBase64(part))) as Fields;
}
