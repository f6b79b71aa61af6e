import { ProtocolRefusal } from './azureError.js';

/** A compact JWS (RFC 7515, 7.1) taken apart. The sender holds all of it; nothing is verified. */
export interface CompactJws {
  /** Exactly as sent: what is stored, and what x-ms-policy-token-hash covers. */
  readonly text: string;
  readonly header: Readonly<Record<string, unknown>>;
  /** Undefined where it is empty, as in a reset. */
  readonly payload: Readonly<Record<string, unknown>> | undefined;
  readonly signed: Uint8Array;
  /** Empty where the algorithm is none. */
  readonly signature: Uint8Array;
}

/** Characters; a policy is encoded twice on its way. */
const MAXIMUM_CHARACTERS = 131_072;
const BASE64URL = /^[A-Za-z0-9_-]*={0,2}$/;

/** @throws ProtocolRefusal InvalidOperation, in Azure's words where it has them. */
export function parseCompactJws(text: string): CompactJws {
  if (text.length > MAXIMUM_CHARACTERS) throw malformed(`The token has more than ${MAXIMUM_CHARACTERS} characters.`);
  const [header, payload, signature, ...rest] = text.split('.');
  if (header === undefined || payload === undefined) throw malformed('Could not find first period in the token.');
  if (signature === undefined) throw malformed('Could not find second period in the token.');
  if (rest.length > 0) throw malformed('The token has more than three parts.');
  if (![header, payload, signature].every((part) => BASE64URL.test(part)))
    throw malformed('A part of the token is not base64url.');
  return {
    text,
    header: jsonObject(header, 'header'),
    payload: payload === '' ? undefined : jsonObject(payload, 'payload'),
    signed: Buffer.from(`${header}.${payload}`),
    signature: Buffer.from(signature, 'base64url'),
  };
}

/** Whether the text can be a compact JWS at all, rather than something else that is accepted in its place. */
export function looksLikeCompactJws(text: string): boolean {
  return /^eyJ[A-Za-z0-9_=-]*\.[A-Za-z0-9_=-]*\.[A-Za-z0-9_=-]*$/.test(text);
}

function jsonObject(part: string, name: string): Readonly<Record<string, unknown>> {
  try {
    const bytes = Buffer.from(part, 'base64url');
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch (cause) {
    throw malformed(`The token's ${name} is not JSON.`, cause);
  }
  throw malformed(`The token's ${name} is not a JSON object.`);
}

function malformed(message: string, cause?: unknown): ProtocolRefusal {
  return new ProtocolRefusal('InvalidOperation', 'BAD_INPUT', message, { cause });
}
