import { Refusal } from '../refusals.js';
import type { TokenAlgorithm } from './tokenSignatures.js';
import { TOKEN_ALGORITHMS } from './tokenSignatures.js';

/** A compact JWS (RFC 7515, 7.1), taken apart. The attacker holds all of it until the signature was verified. */
export interface CompactJws {
  readonly header: TokenHeader;
  readonly claims: Readonly<Record<string, unknown>>;
  /** `header.payload`, as received. */
  readonly signingInput: string;
  /** base64url, nothing else in it. */
  readonly signature: string;
}

/** All that is ever read of a header. `jku`, `jwk`, `x5u` and `x5c` are not: whoever writes a token writes them too. */
export interface TokenHeader {
  readonly algorithm: TokenAlgorithm;
  /** Undefined where the token names no key. */
  readonly kid: string | undefined;
}

/**
 * Headers by their text. An issuer writes the same one into all its tokens; only those of genuine tokens are remembered,
 * so that invented ones cannot drive them out.
 */
export interface KnownHeaders {
  get(text: string): TokenHeader | undefined;
  add(text: string, header: TokenHeader): void;
}

/** Azure's tokens have about 4 KB. */
export const MAXIMUM_TOKEN_CHARACTERS = 65_536;
const MAXIMUM_KNOWN_HEADERS = 8;
/** With the key and its chain inside, as Trustee writes it, a header has some 3000 characters. */
const MAXIMUM_KNOWN_HEADER_CHARACTERS = 8192;

/** @throws Refusal RESULT_MALFORMED; RESULT_SIGNATURE_INVALID where it is not signed with an algorithm that proves anything. */
export function readCompactJws(token: string, known?: KnownHeaders): CompactJws {
  if (typeof token !== 'string' || token.length > MAXIMUM_TOKEN_CHARACTERS) throw notCompact();
  const first = token.indexOf('.');
  const second = token.indexOf('.', first + 1);
  if (first < 0 || second < 0 || token.includes('.', second + 1)) throw notCompact();
  const headerText = token.slice(0, first);
  const header = known?.get(headerText) ?? readHeader(headerText);
  const claims = readObject(token.slice(first + 1, second));
  const signature = token.slice(second + 1);
  // Decoders skip what is not base64url, so that one signature would have many texts.
  if (!/^[A-Za-z0-9_-]+$/.test(signature)) throw malformed('its signature is not base64url');
  return { header, claims, signingInput: token.slice(0, second), signature };
}

/** Call with tokens that were found genuine. */
export function rememberHeader(known: KnownHeaders, { header, signingInput }: CompactJws): void {
  known.add(signingInput.slice(0, signingInput.indexOf('.')), header);
}

export function createKnownHeaders(): KnownHeaders {
  const headers: { readonly text: string; readonly header: TokenHeader }[] = [];
  return {
    // There are as many as issuers have keys: comparing with each takes less than hashing one.
    get: (text) => headers.find((known) => known.text === text)?.header,
    add: (text, header) => {
      if (text.length > MAXIMUM_KNOWN_HEADER_CHARACTERS || headers.some((known) => known.text === text)) return;
      if (headers.length >= MAXIMUM_KNOWN_HEADERS) headers.shift();
      headers.push({ text, header });
    },
  };
}

function readHeader(text: string): TokenHeader {
  const { alg, crit, kid } = readObject(text);
  const algorithm = TOKEN_ALGORITHMS.find((candidate) => candidate === alg);
  // Azure itself issues "none" for draft policies, with a real kid.
  if (!algorithm) {
    const found = typeof alg === 'string' ? `"${alg.slice(0, 16)}"` : 'nothing';
    throw new Refusal(
      'RESULT_SIGNATURE_INVALID',
      `The attestation result is signed with ${found}: that proves nothing.`,
    );
  }
  if (crit !== undefined) throw malformed('it has critical header fields');
  if (kid !== undefined && (typeof kid !== 'string' || kid === '')) throw malformed('its kid is not a text');
  return { algorithm, kid };
}

/** JSON object in base64url of UTF-8. */
function readObject(text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(utf8Of(atob(text.replaceAll('-', '+').replaceAll('_', '/'))));
  } catch (cause) {
    throw malformed('it is not base64url of JSON', cause);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw malformed('it is not of JSON objects');
  return value as Record<string, unknown>;
}

/** Most tokens are ASCII, which is UTF-8 already. @param binary one character a byte */
function utf8Of(binary: string): string {
  // A byte beyond ASCII would take two: counting them is several times faster than a regular expression.
  if (ENCODER.encodeInto(binary, ROOM).written === binary.length) return binary;
  return new TextDecoder('utf-8', { fatal: true }).decode(Uint8Array.from(binary, (byte) => byte.charCodeAt(0)));
}

const ENCODER = new TextEncoder();
/** Written to and never read. As large as the largest token. */
const ROOM = new Uint8Array(MAXIMUM_TOKEN_CHARACTERS);

function notCompact(): Refusal {
  return malformed(`it is not a compact JWS of at most ${MAXIMUM_TOKEN_CHARACTERS} characters`);
}

function malformed(what: string, cause?: unknown): Refusal {
  return new Refusal('RESULT_MALFORMED', `The attestation result is not a JWT that can be read: ${what}.`, { cause });
}
