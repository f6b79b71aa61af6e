import { describe, expect, test } from '@jest/globals';
import { Refusal } from '../../enclave/refusals.js';
import type { FuzzReport } from './fuzzTarget.js';
import { fuzzTarget } from './fuzzTarget.js';
import type { Form } from './mutate.js';
import { mutate } from './mutate.js';
import { createRandom } from './random.js';
import type { FuzzTarget } from './target.js';
import { bytesOf, isCoded, isUnreadable, textOf } from './target.js';

/** A clock that moves with every look at it, so that a run has the same number of inputs on every machine. */
const counting = () => {
  let looks = 0;
  return () => looks++;
};

const fuzz = (target: Partial<FuzzTarget>, seed = 1): Promise<FuzzReport> =>
  fuzzTarget(
    {
      name: 'planted',
      form: 'json',
      seeds: [bytesOf('{"a":[1,2,3]}')],
      run: () => undefined,
      isRefusal: isCoded,
      ...target,
    },
    { random: createRandom(seed), milliseconds: 4000, clock: counting() },
  );

describe('a parser with a planted fault is found out', () => {
  test('when it throws anything but a refusal', async () => {
    const run = (input: Uint8Array) => {
      if (textOf(input).includes('"a":null')) throw new TypeError('a is null');
    };
    const { findings } = await fuzz({ run });
    expect(findings[0]?.what).toMatch(/^crash: TypeError: a is null/);
    expect(textOf(findings[0]?.input ?? new Uint8Array())).toContain('"a":null');
  });

  test('when its promise is rejected with anything but a refusal', async () => {
    const { findings } = await fuzz({ run: () => Promise.reject(new Error('late')) });
    expect(findings[0]?.what).toMatch(/^crash: Error: late/);
  });

  test('when its refusal is our own mistake', async () => {
    const run = () => {
      throw new Refusal('INTERNAL', 'ours');
    };
    expect((await fuzz({ run })).findings).not.toEqual([]);
  });

  test('when it falls over what is nested deeply', async () => {
    const depth = (value: unknown): number =>
      typeof value === 'object' && value !== null ? Math.max(0, ...Object.values(value).map(depth)) + 1 : 0;
    const run = (input: Uint8Array) => {
      let value: unknown;
      try {
        value = JSON.parse(textOf(input));
      } catch {
        return;
      }
      depth(value);
    };
    const { findings } = await fuzz({ run, isRefusal: isUnreadable });
    expect(findings[0]?.what).toMatch(/call stack/);
  });
});

test('a parser that refuses everything with a code has no findings', async () => {
  const run = () => {
    throw new Refusal('EVIDENCE_MALFORMED', 'no');
  };
  const { accepted, findings, inputs, outcomes } = await fuzz({ run });
  expect({ accepted, findings, outcomes }).toEqual({ accepted: 0, findings: [], outcomes: 1 });
  expect(inputs).toBeGreaterThan(100);
});

test('the same seed sends the same inputs, another one others', async () => {
  const sent = async (seed: number) => {
    const inputs: string[] = [];
    await fuzz({ run: (input) => void inputs.push(textOf(input)) }, seed);
    return inputs;
  };
  expect(await sent(1)).toEqual(await sent(1));
  expect(await sent(1)).not.toEqual(await sent(2));
});

test.each<Form>(['bytes', 'der', 'pem', 'json', 'text', 'quote'])('mutation of %s takes any bytes', (form) => {
  const random = createRandom(7);
  for (let round = 0; round < 300; round++) {
    const [input, other] = [random.bytes(random.below(200)), random.bytes(random.below(20))];
    expect(mutate(form, input, random, other).length).toBeLessThanOrEqual(256 * 1024);
  }
});
