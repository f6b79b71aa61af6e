import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { EvidenceRefusal } from '../../../../enclave/verification/evidenceRefusal.js';
import { rememberSignatures } from '../../../../enclave/verification/nodePrimitives.js';
import type { VerifyReportOptions } from '../../../../enclave/verification/sevSnp/verifyReport.js';
import { verifyReport } from '../../../../enclave/verification/sevSnp/verifyReport.js';
import type { SnpEvidence } from '../../../support/snpEvidence.js';
import { makeSnpEvidence, snpVerifyOptions } from '../../../support/snpEvidence.js';
import { runs, stride } from '../../../support/runs.js';

const good = makeSnpEvidence();

/** Empty where the evidence is accepted; anything but a coded refusal fails the test. */
function reasonsOf(evidence: SnpEvidence, options?: Partial<VerifyReportOptions>): readonly string[] {
  try {
    verifyReport(evidence.report, snpVerifyOptions(evidence, options));
    return [];
  } catch (thrown) {
    if (thrown instanceof EvidenceRefusal) return thrown.reasons;
    throw thrown;
  }
}

describe('one flipped bit', () => {
  const primitives = rememberSignatures(256);

  /** Flips one bit of every `step`th byte; answers where that made no difference. */
  function harmless(bytes: Uint8Array, refused: (changed: Uint8Array) => boolean, step = 1): number[] {
    const changed = Uint8Array.from(bytes);
    const found: number[] = [];
    for (let at = 0; at < bytes.length; at += step) {
      const flip = 1 << (at % 8);
      changed[at] = (changed[at] ?? 0) ^ flip;
      if (!refused(changed)) found.push(at);
      changed[at] = bytes[at] ?? 0;
    }
    return found;
  }

  test('of a report or its signature is refused', () => {
    const refused = (report: Uint8Array) => reasonsOf({ ...good, report }, { primitives }).length > 0;
    expect(harmless(good.report, refused, stride(1))).toEqual([]);
  });

  test.each([
    ['leaf', 0],
    ['ASK', 1],
    ['ARK', 2],
  ] as const)('of the %s is refused', (_, position) => {
    const refused = (changed: Uint8Array) => {
      const certificates = good.certificates.with(position, changed);
      return reasonsOf(good, { primitives, certificates }).length > 0;
    };
    expect(harmless(good.certificates[position], refused, stride(3))).toEqual([]);
  });

  test('of the revocation list is refused', () => {
    const refused = (revocationList: Uint8Array) => reasonsOf(good, { primitives, revocationList }).length > 0;
    expect(harmless(good.revocationList, refused, stride(1))).toEqual([]);
  });
});

describe('any bytes', () => {
  const primitives = rememberSignatures(64);
  const bytes = fc.uint8Array({ maxLength: 2000 });

  test('in place of a report are refused with a code', () => {
    const sized = fc.oneof(bytes, fc.uint8Array({ minLength: 1184, maxLength: 1184 }));
    fc.assert(fc.property(sized, (report) => reasonsOf({ ...good, report }, { primitives }).length > 0));
  });

  test('behind a known version are refused with a code', () => {
    const report = fc
      .tuple(fc.integer({ min: 2, max: 5 }), fc.uint8Array({ minLength: 1180, maxLength: 1180 }))
      .map(([version, rest]) => Uint8Array.of(version, 0, 0, 0, ...rest));
    fc.assert(fc.property(report, (noise) => reasonsOf({ ...good, report: noise }, { primitives }).length > 0));
  });

  test('in place of certificates are refused with a code', () => {
    const chain = fc.oneof(fc.array(bytes, { maxLength: 5 }), fc.string({ unit: 'binary' }));
    fc.assert(fc.property(chain, (certificates) => reasonsOf(good, { primitives, certificates }).length > 0));
  });

  test('in the middle of a certificate are refused with a code, or leave it as it was', () => {
    const patch = fc.tuple(fc.nat(2), fc.nat(2000), fc.uint8Array({ minLength: 1, maxLength: 16 }));
    fc.assert(
      fc.property(patch, ([position, offset, part]) => {
        const original = good.certificates[position as 0 | 1 | 2];
        const changed = Uint8Array.from(original);
        changed.set(part, offset % (changed.length - part.length));
        const certificates = good.certificates.with(position, changed);
        const same = Buffer.compare(changed, original) === 0;
        return same === (reasonsOf(good, { primitives, certificates }).length === 0);
      }),
      { numRuns: runs(500) },
    );
  });

  test('in place of a revocation list are refused with a code', () => {
    fc.assert(fc.property(bytes, (revocationList) => reasonsOf(good, { primitives, revocationList }).length > 0));
  });
});
