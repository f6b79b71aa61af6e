import type { Mutate } from './mutate.js';
import { mutateText } from './mutateText.js';
import type { Random } from './random.js';

type Holder = Record<string, unknown> | unknown[];

/** Changes one value, anywhere inside; also one in a JSON text that stands in a string. */
export const mutateJson: Mutate = (input, random, other) => {
  const text = Buffer.from(input).toString('utf8');
  const value = parse(text);
  if (value === undefined) return mutateText(input, random, other);
  const holders = holdersIn(value);
  const holder = holders[random.below(holders.length)];
  if (holder) change(holder, random, other);
  return Buffer.from(random.below(30) === 0 ? nested(text, random) : (write(value) ?? nested(text, random)));
};

const STRANGE: readonly [unknown, ...unknown[]] = [
  null,
  true,
  false,
  0,
  -1,
  1.5,
  255,
  65_536,
  2 ** 53,
  1e308,
  -1e-300,
  '',
  '0',
  'ÿ\u0000\ud800',
  'UpToDate',
  'Revoked',
  '__proto__',
  '2026-06-15T00:00:00Z',
  '+275760-09-13T00:00:00.001Z',
  'x'.repeat(10_000),
  [],
  {},
  [[[[[]]]]],
  { __proto__: null, constructor: { prototype: 1 } },
];

const NAMES = ['__proto__', 'constructor', 'toJSON', 'id', '', 'kid', 'length'] as const;
const PLAIN = { enumerable: true, configurable: true, writable: true };

function change(holder: Holder, random: Random, other: Uint8Array): void {
  const keys = Object.keys(holder);
  const key = keys[random.below(keys.length)];
  const record = holder as Record<string, unknown>;
  if (key === undefined) return;
  switch (random.below(6)) {
    case 0:
      Reflect.deleteProperty(holder, key);
      break;
    case 1:
      record[key] = record[keys[random.below(keys.length)] ?? key];
      break;
    case 2:
      // As an assignment does not: also __proto__ becomes a name like any other.
      if (!Array.isArray(holder)) Object.defineProperty(holder, random.pick(NAMES), { value: record[key], ...PLAIN });
      break;
    case 3: {
      const value = record[key];
      if (typeof value === 'string') record[key] = inside(value, random, other);
      break;
    }
    case 4:
      if (Array.isArray(holder)) holder.push(...holder.slice(0, random.below(10) === 0 ? 1000 : 20));
      break;
    default:
      record[key] = random.pick(STRANGE);
  }
}

function inside(value: string, random: Random, other: Uint8Array): string {
  const changed = value.startsWith('{')
    ? mutateJson(Buffer.from(value), random, other)
    : mutateText(Buffer.from(value), random, other);
  return Buffer.from(changed).toString('utf8');
}

/** Thousands of levels around a text: whoever reads by recursion falls. */
function nested(text: string, random: Random): string {
  const depth = 1 + random.below(5000);
  return `${'['.repeat(depth)}${text}${']'.repeat(depth)}`;
}

function holdersIn(value: unknown): Holder[] {
  const found: Holder[] = [];
  const waiting = [value];
  while (waiting.length > 0 && found.length < 1000) {
    const next = waiting.pop();
    if (typeof next !== 'object' || next === null) continue;
    found.push(next as Holder);
    waiting.push(...(Object.values(next) as unknown[]).slice(0, 1000));
  }
  return found;
}

/** Undefined where it is nested deeper than the engine can write. */
function write(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    return undefined;
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
