import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { orderContracts, parseContract } from '../../../gateway/contracts/definition.js';
import { readContracts } from '../../../gateway/contracts/readContracts.js';
import { checkout } from '../../support/shared.js';

const nobody = { enclaves: [], roles: [], scopes: [], clients: [] };
const partner = {
  name: 'partner',
  description: 'For partners.',
  include: ['partner'],
  exclude: ['internal'],
  removeUnreachable: true,
  precedence: 1,
  default: false,
  for: { ...nobody, roles: ['partner'] },
};
const everybody = { ...partner, name: 'all', precedence: 2, default: true, for: nobody };

const parse = (value: unknown) => parseContract('contract', value);

describe('a contract', () => {
  test('is read from its document', () => {
    expect(parse(partner)).toEqual({
      name: 'partner',
      description: 'For partners.',
      include: ['partner'],
      exclude: ['internal'],
      removeUnreachable: true,
      precedence: 1,
      isDefault: false,
      audience: { ...nobody, roles: ['partner'] },
    });
  });

  test('may have tags as the tag specification has them', () => {
    const include = ['a/b/c/1-2-3', 'A_b', 'x'.repeat(128)];
    expect(parse({ ...partner, include }).include).toEqual(include);
  });

  const rows: [why: string, change: Record<string, unknown>, problem: string][] = [
    ['without a name', { name: '' }, 'name must be a text that is not empty'],
    ['with a name that is no word', { name: 'Partner 1' }, 'name must be of a-z'],
    ['with a field that is misspelt', { exlude: ['internal'] }, 'exlude is not known here'],
    ['with tags that are no list', { include: 'partner' }, 'include must be a list of texts'],
    ['with a tag that cannot be one', { exclude: ['a b'] }, '"a b" is no name of a tag'],
    ['with a tag that is too long', { exclude: ['x'.repeat(129)] }, 'is no name of a tag'],
    ['with a tag on both sides', { exclude: ['partner'] }, 'the tag partner is both included and excluded'],
    ['with too many tags', { exclude: Array.from({ length: 65 }, (_, n) => `t${n}`) }, 'exclude has more than 64 tags'],
    ['for nobody that is not the default', { for: nobody }, 'for names nobody'],
    ['that is the default and for somebody', { default: true }, 'for must be empty in the default'],
    ['with an audience that is misspelt', { for: { ...nobody, role: ['x'] } }, 'for.role is not known here'],
    ['with a precedence that is no whole number', { precedence: 1.5 }, 'precedence must be a whole number from 0'],
    ['with a default that is a text', { default: 'no' }, 'default must be true or false'],
    [
      'with too many roles',
      { for: { ...nobody, roles: Array.from({ length: 65 }, (_, n) => `r${n}`) } },
      'roles has more than 64 entries',
    ],
  ];
  test.each(rows)('%s is refused', (_why, change, problem) => {
    expect(() => parse({ ...partner, ...change })).toThrow(
      expect.objectContaining({ code: 'CONFIGURATION_INVALID', message: expect.stringContaining(problem) }),
    );
  });

  test('is refused with all its problems at once', () => {
    expect(() => parse({ ...partner, name: 7, include: [''], removeUnreachable: 'yes' })).toThrow(
      'contract: name must be a text that is not empty; include must be a list of texts; removeUnreachable must be true or false',
    );
  });

  test.each([null, 'contract', [], 1])('that is %j is refused', (value) => {
    expect(() => parse(value)).toThrow('must be an object');
  });
});

describe('contracts together', () => {
  test('are ordered by their precedence', () => {
    expect(orderContracts([parse(everybody), parse(partner)]).map(({ name }) => name)).toEqual(['partner', 'all']);
  });

  const rows: [why: string, contracts: unknown[], problem: string][] = [
    ['without a default', [partner], 'exactly one contract must be the default, not none'],
    ['with two defaults', [everybody, { ...everybody, name: 'b', precedence: 3 }], 'not all and b'],
    ['with one name twice', [everybody, { ...partner, name: 'all' }], 'two contracts are named all'],
    ['with one precedence twice', [everybody, { ...partner, precedence: 2 }], 'two contracts have the precedence 2'],
    [
      'that are too many',
      [everybody, ...Array.from({ length: 32 }, (_, n) => ({ ...partner, name: `c${n}`, precedence: 10 + n }))],
      'at most 32 contracts, not 33',
    ],
  ];
  test.each(rows)('%s are refused', (_why, contracts, problem) => {
    expect(() => orderContracts(contracts.map(parse))).toThrow(problem);
  });
});

describe('a folder of contracts', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'cloister-contracts-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  test('of this checkout is read', async () => {
    const contracts = await readContracts(join(checkout, 'schema/contracts'));
    expect(contracts.map(({ name }) => name)).toEqual(['partner', 'staff', 'public']);
  });

  test('is refused with the problems of every file', async () => {
    await writeFile(join(folder, 'one.json'), JSON.stringify({ ...partner, name: 1 }));
    await writeFile(join(folder, 'two.json'), '{');
    await writeFile(join(folder, 'three.json'), ' '.repeat(65_537));
    await writeFile(join(folder, 'notes.md'), 'not read');
    await expect(readContracts(folder)).rejects.toThrow(
      /one\.json: name must be.*\n.*three\.json has 65537 bytes.*\n.*two\.json is not JSON/,
    );
  });

  test('that is not there is refused', async () => {
    await expect(readContracts(join(folder, 'nowhere'))).rejects.toMatchObject({ code: 'CONFIGURATION_INVALID' });
  });
});
