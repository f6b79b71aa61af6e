import { describe, expect, test } from '@jest/globals';
import { Refusal } from '../../../enclave/refusals.js';
import type { CollateralSource } from '../../../runtime/collateral/source.js';
import { askSource, noCollateral, SourceRefusal } from '../../../runtime/collateral/source.js';
import { stackSources } from '../../../runtime/collateral/stack.js';
import { refusalOf } from '../../support/refusals.js';

const request = { kind: 'sev-snp', product: 'Milan', endorsement: 'vcek' } as const;
const signal = new AbortController().signal;
const answering = (name: string): CollateralSource => ({
  name,
  sevSnp: () => Promise.resolve({ chain: name, crl: '' }),
});
const ignorant: CollateralSource = { name: 'ignorant', sevSnp: () => Promise.resolve(undefined) };
const refusing = (name: string, refusal: Refusal): CollateralSource => ({
  name,
  sevSnp: () => Promise.reject(refusal),
});
const down = refusing('down', new Refusal('COLLATERAL_UNAVAILABLE', 'It is down.'));
const wrong = refusing('wrong', new Refusal('COLLATERAL_INVALID', 'It is wrong.'));
const other: CollateralSource = { name: 'for Intel only', dcap: () => Promise.reject(new Error('not asked')) };

describe('several sources', () => {
  test.each([
    ['the first that has it', [answering('a'), answering('b')], 'a'],
    ['not one that does not know it', [ignorant, answering('b')], 'b'],
    ['not one for another vendor', [other, answering('b')], 'b'],
    ['not one that is down or wrong', [down, wrong, answering('c')], 'c'],
  ])('answer as %s', async (_, sources, chain) => {
    expect(await askSource(stackSources(sources), request, signal)).toEqual({ chain, crl: '' });
  });

  test('know nothing where none does', async () => {
    expect(await askSource(stackSources([ignorant, other]), request, signal)).toBeUndefined();
  });

  test.each([
    ['a missing answer', [ignorant, down], 'COLLATERAL_UNAVAILABLE', /^It is down\.$/],
    ['a wrong answer before a missing one', [down, wrong], 'COLLATERAL_INVALID', /^It is down\. It is wrong\.$/],
  ])('refuse with %s', async (_, sources, code, message) => {
    const asked = askSource(stackSources(sources), request, signal);
    await expect(asked).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  });

  test('want to be asked again when the first of them does', async () => {
    const sources = [refusing('a', new SourceRefusal('a', 60_000)), refusing('b', new SourceRefusal('b', 5_000))];
    await expect(askSource(stackSources(sources), request, signal)).rejects.toMatchObject({ retryAfterMs: 5_000 });
  });

  test('are in trouble where one was passed over, until it answers again', async () => {
    let isDown = true;
    const recovering: CollateralSource = {
      name: 'recovering',
      sevSnp: (asked, until) => (isDown ? down : answering('a')).sevSnp?.(asked, until) ?? Promise.resolve(undefined),
    };
    const stack = stackSources([recovering, answering('b')]);
    await askSource(stack, request, signal);
    expect(stack.trouble?.()).toEqual({ answers: true, reason: 'It is down. Another source answered.' });
    isDown = false;
    await askSource(stack, request, signal);
    expect(stack.trouble?.()).toBeUndefined();
  });

  test('have the troubles of each, and answer while one of them does', () => {
    const troubled = (answers: boolean): CollateralSource => ({
      name: 'x',
      trouble: () => ({ reason: 'Broken.', answers }),
    });
    expect(stackSources([troubled(false), answering('a')]).trouble?.()).toEqual({ reason: 'Broken.', answers: true });
    expect(stackSources([troubled(false), troubled(false)]).trouble?.()).toEqual({
      reason: 'Broken. Broken.',
      answers: false,
    });
  });

  test('have a version where one of them has', () => {
    let version = '1';
    const stack = stackSources([answering('a'), { name: 'file', version: () => version }]);
    const before = stack.version?.();
    version = '2';
    expect(stack.version?.()).not.toBe(before);
    expect(stackSources([answering('a')]).version?.()).toBeUndefined();
  });
});

test('no source at all has nothing, and says so', async () => {
  expect(await refusalOf(() => askSource(noCollateral(), request, signal))).toBe('COLLATERAL_UNAVAILABLE');
  expect(noCollateral().trouble?.()).toEqual({ answers: false, reason: 'No collateral source is configured.' });
});
