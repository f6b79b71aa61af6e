import { createPublicKey, randomBytes, verify } from 'node:crypto';
import { createIssuerKeys } from '../../enclave/results/issuerKeys.js';
import { createResultVerifier } from '../../enclave/results/resultVerifier.js';
import { writePem } from '../../enclave/asn1/pem.js';
import { nodeTokenSignatures } from '../../runtime/tokenSignatures.js';
import { createEnclaveKey, createTestIssuer, TEST_NOW } from '../support/issuer.js';
import { figureOf, ratioOf, type BenchOptions, type Figure } from './report.js';

/** More than a verifier remembers, so that none is known when its turn comes again. */
const TOKENS = 300;
/** In one round each thing is done in slices that take turns: what disturbs one disturbs the others. */
const SLICES = 40;
const PER_SLICE = 300;
/** Slices that are not counted: until the code is compiled. */
const WARM_UP = 20;

/**
 * The check of an attestation result as a process does it (issuer, key, signature, times, claims), for a token that comes
 * for the first time and for one that was seen before. Beside it `crypto.verify` alone with the key at hand: of the same
 * tokens as they come, which are text, and of bytes that were laid ready. The tokens have the claims and the size of Azure
 * Attestation's.
 */
export async function resultChecks({ rounds, tell }: BenchOptions): Promise<Figure[]> {
  const issuer = createTestIssuer();
  const keys = ['tls', 'receipt', 'seal'].map((kid) => createEnclaveKey(kid).jwk);
  const tokens = Array.from({ length: TOKENS }, () => issuer.issue(keys, claimsLikeAzure()));
  const certificate = Buffer.from(issuer.jwks.keys[0]?.x5c[0] ?? '', 'base64');
  const key = createPublicKey(writePem(certificate));
  const prepared = tokens.map(bytesOf);
  const getKeys = createIssuerKeys({
    fetchJwks: () => Promise.resolve(issuer.jwks),
    now: () => TEST_NOW,
    minimumRefetchSeconds: 5,
    signatures: nodeTokenSignatures,
  });
  const options = { issuers: [issuer.trusted], getKeys, now: () => TEST_NOW };
  const first = createResultVerifier(options);
  const again = createResultVerifier(options);

  const check = ({ data, signature }: SignedBytes): Promise<void> => {
    const isIts = verify('sha256', data, key, signature);
    return isIts ? Promise.resolve() : Promise.reject(new Error('the signature is wrong'));
  };
  const bytes = (index: number): Promise<void> => check(prepared[index % TOKENS] ?? bytesOf('.'));
  const raw = (index: number): Promise<void> => check(bytesOf(tokens[index % TOKENS] ?? '.'));
  const uncached = (index: number): Promise<unknown> => first(tokens[index % TOKENS] ?? '');
  // As from a connection: a text of its own each time, not the very object that is remembered.
  const known = Array.from({ length: PER_SLICE }, () => Buffer.from(tokens[0] ?? '').toString('latin1'));
  const cached = (index: number): Promise<unknown> => again(known[index % PER_SLICE] ?? '');

  const ms = { bytes: [] as number[], raw: [] as number[], uncached: [] as number[], cached: [] as number[] };
  const slices = async (count: number, runs: readonly [number[], (index: number) => Promise<unknown>][]) => {
    for (let slice = 0; slice < count; slice++) for (const [times, run] of runs) times.push(await timed(run, slice));
  };
  await slices(
    WARM_UP,
    [bytes, raw, uncached, cached].map((run) => [[], run]),
  );
  for (let round = 1; round <= rounds; round++) {
    await slices(SLICES, [
      [ms.bytes, bytes],
      [ms.raw, raw],
      [ms.uncached, uncached],
      [ms.cached, cached],
    ]);
    tell(`round ${round} of result checks, tokens of ${tokens[0]?.length ?? 0} characters`);
  }
  const bytesCheck = figureOf('raw signature check, bytes laid ready (crypto.verify, RSA 2048)', 'ms', ms.bytes);
  const rawCheck = figureOf('raw signature check of a token', 'ms', ms.raw);
  const uncachedCheck = figureOf('result check, token not seen before', 'ms', ms.uncached);
  return [
    bytesCheck,
    rawCheck,
    uncachedCheck,
    figureOf('result check, token seen before', 'ms', ms.cached),
    ratioOf('not seen before / raw check of a token', uncachedCheck, rawCheck),
    ratioOf('not seen before / raw check, bytes laid ready', uncachedCheck, bytesCheck),
  ];
}

interface SignedBytes {
  readonly data: Buffer;
  readonly signature: Buffer;
}

function bytesOf(token: string): SignedBytes {
  const end = token.lastIndexOf('.');
  return { data: Buffer.from(token.slice(0, end)), signature: Buffer.from(token.slice(end + 1), 'base64url') };
}

async function timed(run: (index: number) => Promise<unknown>, slice: number): Promise<number> {
  const began = performance.now();
  for (let index = 0; index < PER_SLICE; index++) await run(slice * PER_SLICE + index);
  return (performance.now() - began) / PER_SLICE;
}

/** What Azure says beside what decides: its collateral digests, and most claims again under older names. */
function claimsLikeAzure(): Record<string, unknown> {
  const digest = () => randomBytes(32).toString('hex');
  const collateral = Object.fromEntries(
    ['qeidcertshash', 'qeidcrlhash', 'qeidhash', 'quotehash', 'tcbinfocertshash', 'tcbinfocrlhash', 'tcbinfohash'].map(
      (name) => [name, digest()],
    ),
  );
  return {
    'is-debuggable': false,
    'maa-attestationcollateral': collateral,
    'product-id': 1,
    'sgx-mrenclave': digest(),
    'sgx-mrsigner': digest(),
    svn: 1,
    tee: 'sgx',
    'x-ms-policy-hash': randomBytes(32).toString('base64url'),
    'x-ms-sgx-collateral': collateral,
  };
}
