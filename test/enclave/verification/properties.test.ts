import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  bitString,
  integer,
  octetString,
  oid,
  readChildren,
  readOid,
  readTime,
  readWhole,
  sequence,
  TAG,
  time,
  writeDer,
} from '../../../enclave/asn1/der.js';
import { readPem, writePem } from '../../../enclave/asn1/pem.js';
import type { Collateral } from '../../../enclave/verification/dcap/collateral.js';
import { parseQuote } from '../../../enclave/verification/dcap/quote.js';
import { verifyQuote } from '../../../enclave/verification/dcap/verifyQuote.js';
import { EvidenceRefusal } from '../../../enclave/verification/evidenceRefusal.js';
import { rememberSignatures } from '../../../enclave/verification/nodePrimitives.js';
import { trustRoot } from '../../../enclave/verification/trustRoot.js';
import { mutate } from '../../fuzz/mutate.js';
import { createRandom } from '../../fuzz/random.js';
import type { FuzzTarget } from '../../fuzz/target.js';
import { targets } from '../../fuzz/targets.js';
import type { Form } from '../../support/dcapKit/evidence.js';
import { FORMS, makeEvidence } from '../../support/dcapKit/evidence.js';
import { createTestAuthority } from '../../support/dcapKit/testAuthority.js';
import { checkout } from '../../support/shared.js';
import { runs as runsOf } from '../../support/runs.js';

/** The same inputs every time. */
const runs = (count: number) => ({ seed: 20_261_123, numRuns: runsOf(count) });

async function isValueOrRefusal({ run, isRefusal }: FuzzTarget, input: Uint8Array): Promise<void> {
  try {
    await run(input);
  } catch (thrown) {
    if (!isRefusal(thrown)) throw thrown;
  }
}

describe('a parser answers a value or a coded refusal', () => {
  test.each(targets.map((target) => [target.name, target] as const))('%s: for any bytes', async (_, target) => {
    const anyBytes = fc.oneof(
      fc.uint8Array({ maxLength: 2048 }),
      fc.string({ unit: 'binary' }).map((text) => Buffer.from(text)),
    );
    await fc.assert(
      fc.asyncProperty(anyBytes, (input) => isValueOrRefusal(target, input)),
      runs(60),
    );
  });

  test.each(targets.map((target) => [target.name, target] as const))(
    '%s: for what was right and is no more',
    async (_, target) => {
      await fc.assert(
        fc.asyncProperty(fc.nat(), fc.nat(), fc.nat(), (seed, one, other) => {
          const of = (index: number) => target.seeds[index % target.seeds.length] ?? new Uint8Array();
          return isValueOrRefusal(target, mutate(target.form, of(one), createRandom(seed), of(other)));
        }),
        runs(60),
      );
    },
  );
});

const NOW = Date.UTC(2026, 5, 15);
const authority = createTestAuthority(NOW);
const trustRoots = [trustRoot({ name: 'test', simulated: true, pem: authority.certificate('root') })];
const primitives = rememberSignatures(256);

function isRefused(quote: Uint8Array, collateral: Collateral, roots = trustRoots): boolean {
  try {
    verifyQuote(quote, { now: NOW, trustRoots: roots, collateral, primitives });
    return false;
  } catch (thrown) {
    if (thrown instanceof EvidenceRefusal) return true;
    throw thrown;
  }
}

describe('one flipped bit of evidence is never accepted', () => {
  test.each(Object.keys(FORMS) as Form[])('%s', (form) => {
    const { quote, collateral } = makeEvidence(authority, form, NOW);
    expect(isRefused(quote, collateral)).toBe(false);
    const { certificationData, signed } = parseQuote(quote);
    // Up to the certificates; in those, white space and unused bits of base64 mean nothing.
    const end = certificationData.byteOffset - quote.byteOffset;
    const steering = [
      ...Array(16).keys(),
      ...Array.from({ length: 12 }, (_, index) => signed.length - 6 + index),
      ...Array.from({ length: 6 }, (_, index) => end - 6 + index),
    ];
    const changed = Uint8Array.from(quote);
    const flip = (at: number, bit: number) => {
      changed[at] = (quote[at] ?? 0) ^ (1 << bit);
      const refused = isRefused(changed, collateral);
      changed[at] = quote[at] ?? 0;
      return refused;
    };
    for (const at of steering)
      for (let bit = 0; bit < 8; bit++) expect([at, bit, flip(at, bit)]).toEqual([at, bit, true]);
    fc.assert(
      fc.property(fc.nat({ max: end - 1 }), fc.nat({ max: 7 }), (at, bit) => flip(at, bit)),
      runs(200),
    );
    expect(isRefused(changed, collateral)).toBe(false);
  });
});

interface Vector {
  readonly id: string;
  readonly quote: string;
  readonly collateral: Collateral;
  readonly expect: { readonly accept: boolean; readonly code?: string };
}

const folder = join(checkout, 'test/vectors/dcap');
const vectors = readdirSync(folder)
  .filter((name) => name.endsWith('.json'))
  .map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as Vector);
const vectorRoots = [
  trustRoot({ name: 'test', simulated: true, pem: readFileSync(join(folder, 'test-root.pem'), 'utf8') }),
];
const FIELDS = Object.keys(vectors[0]?.collateral ?? {}).filter(
  (name) => name !== 'pck_crl_issuer_chain',
) as (keyof Collateral)[];

/** The same collateral with some of its fields in each other's place, or replaced by anything. */
const shuffled = fc.array(
  fc.record({
    field: fc.constantFrom(...FIELDS),
    value: fc.oneof(
      fc.constantFrom(...FIELDS).map((from) => ({ from })),
      fc.string({ unit: 'binary', maxLength: 200 }).map((text) => ({ text })),
    ),
  }),
  { minLength: 1, maxLength: 8 },
);

type Shuffle = typeof shuffled extends fc.Arbitrary<infer Value> ? Value : never;

function withFields(collateral: Collateral, changes: Shuffle): Collateral {
  const values = changes.map(({ field, value }) => [field, 'from' in value ? collateral[value.from] : value.text]);
  return { ...collateral, ...(Object.fromEntries(values) as Partial<Collateral>) };
}

describe('disorder and garbage in collateral', () => {
  const bad = vectors.filter(({ expect: { code } }) => code?.startsWith('EVIDENCE_'));
  const good = vectors.filter(({ expect: { accept } }) => accept);

  test('never turn evidence that is refused into evidence that is accepted', () => {
    expect(bad.length).toBeGreaterThan(50);
    fc.assert(
      fc.property(fc.constantFrom(...bad), shuffled, ({ quote, collateral }, changes) =>
        isRefused(Buffer.from(quote, 'base64'), withFields(collateral, changes), vectorRoots),
      ),
      runs(600),
    );
  });

  test('never change a verdict on evidence that is still accepted', () => {
    const verdict = ({ quote }: Vector, collateral: Collateral) => {
      try {
        const options = { now: NOW, trustRoots: vectorRoots, collateral, primitives };
        const { tcbStatus, advisoryIds, fmspc } = verifyQuote(Buffer.from(quote, 'base64'), options);
        return { tcbStatus, advisoryIds, fmspc };
      } catch (thrown) {
        if (thrown instanceof EvidenceRefusal) return undefined;
        throw thrown;
      }
    };
    fc.assert(
      fc.property(fc.constantFrom(...good), shuffled, (vector, changes) => {
        const changed = verdict(vector, withFields(vector.collateral, changes));
        if (changed) expect(changed).toEqual(verdict(vector, vector.collateral));
      }),
      runs(300),
    );
  });
});

describe('DER and PEM', () => {
  test('are read as they were written', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 6 }), (parts) => {
        const written = sequence(...parts.map(octetString), bitString(Uint8Array.of(1)));
        expect(readPem(writePem(written))).toEqual([written]);
        const read = readChildren(readWhole(written));
        expect(read.slice(0, -1).map(({ content }) => Uint8Array.from(content))).toEqual(parts);
      }),
      runs(200),
    );
    const arc = fc.nat({ max: 2 ** 31 });
    fc.assert(
      fc.property(fc.nat({ max: 2 }), fc.nat({ max: 39 }), fc.array(arc, { maxLength: 8 }), (first, second, rest) => {
        const dotted = [first, second, ...rest].join('.');
        expect(readOid(readWhole(oid(dotted)))).toBe(dotted);
      }),
      runs(200),
    );
    fc.assert(
      fc.property(fc.nat({ max: 2 ** 48 }), (value) => {
        const { content, tag } = readWhole(integer(value));
        expect(tag).toBe(TAG.INTEGER);
        expect(content.reduce((sum, byte) => sum * 256 + byte, 0)).toBe(value);
      }),
      runs(200),
    );
    fc.assert(
      fc.property(fc.integer({ min: Date.UTC(1950, 0) / 1000, max: Date.UTC(9999, 0) / 1000 }), (seconds) => {
        expect(readTime(readWhole(time(seconds * 1000)))).toBe(seconds * 1000);
      }),
      runs(200),
    );
  });

  test('have one form: what is read and written anew is what was read', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 2, maxLength: 40 }), (bytes) => {
        let value;
        try {
          value = readWhole(bytes);
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(RangeError);
          return;
        }
        expect(writeDer(value.tag, value.content)).toEqual(bytes);
      }),
      runs(2000),
    );
  });
});
