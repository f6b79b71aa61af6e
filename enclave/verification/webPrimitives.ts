import { concatBytes, hexOf } from '../bytes.js';
import type { Primitives, SignatureAlgorithm, SignatureCheck } from './primitives.js';

type Subtle = typeof globalThis.crypto.subtle;

/**
 * Runs a verifier with WebCrypto, which answers only later: the verifier is run with what is known, its questions are
 * answered, and it is run again, until it asks nothing new. Its verdict then rests on true answers alone, since a question
 * that was not answered yet makes the run count for nothing.
 *
 * @param run a pure function: the same answers must lead to the same questions.
 * @throws what the last run throws.
 */
export async function withWebPrimitives<T>(run: (primitives: Primitives) => T, subtle: Subtle): Promise<T> {
  const verified = new Map<string, boolean>();
  const digests = new Map<string, Uint8Array>();
  for (let round = 0; round < MAXIMUM_ROUNDS; round++) {
    const questions = new Map<string, Promise<unknown>>();
    const ask = <A>(known: Map<string, A>, key: string, find: () => Promise<A>, meanwhile: A): A => {
      const answer = known.get(key);
      if (answer !== undefined) return answer;
      if (!questions.has(key))
        questions.set(
          key,
          find().then((found) => known.set(key, found)),
        );
      return meanwhile;
    };
    const outcome = attempt(() =>
      run({
        verify: (check) => ask(verified, keyOf(check), () => verify(check, subtle), true),
        sha256: (...parts) => {
          const data = concatBytes(...parts);
          return ask(digests, `sha256 ${hexOf(data)}`, () => sha256(data, subtle), new Uint8Array(32));
        },
      }),
    );
    if (questions.size === 0) return outcome();
    await Promise.all(questions.values());
  }
  throw new RangeError(`a verifier that asks anew after ${MAXIMUM_ROUNDS} rounds`);
}

/** Ours need two or three: what is asked depends on few answers. */
const MAXIMUM_ROUNDS = 8;

/** The outcome of a run, to be looked at later or never. */
function attempt<T>(run: () => T): () => T {
  try {
    const value = run();
    return () => value;
  } catch (thrown) {
    return () => {
      throw thrown;
    };
  }
}

const IMPORT = {
  ES256: { name: 'ECDSA', namedCurve: 'P-256' },
  ES384: { name: 'ECDSA', namedCurve: 'P-384' },
  PS384: { name: 'RSA-PSS', hash: 'SHA-384' },
} as const;
const VERIFY = {
  ES256: { name: 'ECDSA', hash: 'SHA-256' },
  ES384: { name: 'ECDSA', hash: 'SHA-384' },
  PS384: { name: 'RSA-PSS', saltLength: 48 },
} as const satisfies Record<SignatureAlgorithm, unknown>;

async function verify({ algorithm, publicKey, data, signature }: SignatureCheck, subtle: Subtle): Promise<boolean> {
  try {
    const key = await subtle.importKey('spki', own(publicKey), IMPORT[algorithm], false, ['verify']);
    return await subtle.verify(VERIFY[algorithm], key, own(signature), own(data));
  } catch {
    return false;
  }
}

async function sha256(data: Uint8Array, subtle: Subtle): Promise<Uint8Array> {
  return new Uint8Array(await subtle.digest('SHA-256', own(data)));
}

/** WebCrypto takes no views of shared memory. */
function own(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(bytes);
}

function keyOf({ algorithm, publicKey, data, signature }: SignatureCheck): string {
  return [algorithm, hexOf(publicKey), hexOf(signature), hexOf(data)].join(' ');
}
