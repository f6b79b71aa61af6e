import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Page } from '../../../subgraphs/patient/pages.js';
import {
  findPatients,
  parseRegistration,
  readPatient,
  registerPatient,
  type RegisterPatientInput,
} from '../../../subgraphs/patient/patient.js';
import { CALLERS, INTAKE, somePatient, testRecord, type TestRecord } from '../../support/patient.js';

let record: TestRecord;
beforeAll(async () => {
  record = await testRecord();
}, 60_000);
afterAll(async () => await record.close());

const everything: Page = { first: 100, before: 2n ** 62n };
const now = new Date('2026-03-01T08:00:00Z');

describe('an intake form', () => {
  test('is taken with surrounding blanks and empty fields removed', () => {
    const parsed = parseRegistration(
      { ...INTAKE, family: '  Synthetic-Alder ', phone: ' ', email: null, allergies: [' dust '] },
      now,
    );
    expect(parsed).toMatchObject({
      family: 'Synthetic-Alder',
      phone: null,
      email: null,
      allergies: ['dust'],
      address: { country: 'PT' },
    });
  });

  test('needs only a family name, a birth date and the list of given names', () => {
    expect(parseRegistration({ given: [], family: 'Synthetic-Yew', birthDate: '2000-02-29' }, now)).toEqual({
      given: [],
      family: 'Synthetic-Yew',
      birthDate: '2000-02-29',
      gender: null,
      nationalIdentifier: null,
      phone: null,
      email: null,
      address: null,
      allergies: null,
      conditions: null,
      admittedOn: null,
      coverage: null,
    });
  });

  const secret = 'Synthetic-Secret';
  const wrong: [string, Partial<RegisterPatientInput>][] = [
    ['family', { family: ' ' }],
    ['family', { family: secret.repeat(20) }],
    ['family', { family: `${secret}\u0000` }],
    ['given[1]', { given: ['Ana', ''] }],
    ['given', { given: Array.from({ length: 51 }, () => secret) }],
    ['birthDate', { birthDate: '2023-02-29' }],
    ['birthDate', { birthDate: secret }],
    ['birthDate', { birthDate: ['2000-01-01'] as unknown as string }],
    ['birthDate', { birthDate: '2026-03-03' }],
    ['birthDate', { birthDate: '1849-12-31' }],
    ['admittedOn', { admittedOn: '28.02.2026' }],
    ['email', { email: secret }],
    ['phone', { phone: secret }],
    ['nationalIdentifier', { nationalIdentifier: '---' }],
    ['address.country', { address: { country: 'Synthetic-Secret' } }],
    ['address.line', { address: { line: secret.repeat(20) } }],
    ['coverage.payor', { coverage: { payor: secret.repeat(20) } }],
    ['allergies[0]', { allergies: [secret.repeat(20)] }],
  ];
  test.each(wrong)('is refused with the name of the wrong field and without its value: %s', (field, change) => {
    const refused = (() => {
      try {
        return parseRegistration({ ...INTAKE, ...change }, now);
      } catch (error) {
        return error as Error;
      }
    })();
    expect(refused).toMatchObject({ code: 'BAD_INPUT' });
    expect((refused as Error).message.startsWith(`${field}: `)).toBe(true);
    expect((refused as Error).message).not.toContain('Secret');
  });

  test('is refused with every wrong field at once', () => {
    expect(() => parseRegistration({ ...INTAKE, family: '', email: 'x', birthDate: 'x' }, now)).toThrow(
      /family: .*; .*birthDate: .*|birthDate.*family/s,
    );
  });
});

describe('a registered patient', () => {
  test('is read as it was written', async () => {
    const patient = await registerPatient(record, CALLERS.clerk, INTAKE);
    const read = await readPatient(record, CALLERS.clinician, patient.id);
    expect(read).toEqual(patient);
    expect(read).toMatchObject({
      given: ['Zélie', 'Ann-Marie'],
      nationalIdentifier: 'SYN-000-01',
      registeredAt: record.now(),
    });
  });

  test('keeps its national identifier to itself, however it is written', async () => {
    await expect(
      registerPatient(record, CALLERS.clerk, { ...INTAKE, nationalIdentifier: 'syn 00001' }),
    ).rejects.toMatchObject({
      code: 'CONFLICT',
      message: 'nationalIdentifier: another patient has it already',
    });
  });

  test.each(['00000000-0000-4000-8000-000000000000', 'nobody', "' or true --"])(
    'is not found by the identifier %j',
    async (id) => {
      await expect(readPatient(record, CALLERS.clinician, id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    },
  );
});

describe('a search', () => {
  let alder: string, birch: string, li: string;
  beforeAll(async () => {
    alder = (
      await somePatient(record, {
        given: ['Søren', 'José'],
        family: 'Findable-Elder',
        birthDate: '1950-01-02',
        nationalIdentifier: 'F-77',
      })
    ).id;
    birch = (await somePatient(record, { given: ['Josefa'], family: 'Findable-Birch', birthDate: '1950-01-02' })).id;
    li = (
      await somePatient(record, { given: ['Wei'], family: '李', birthDate: '1999-09-09', nationalIdentifier: null })
    ).id;
  });
  const found = async (search: string) =>
    (await findPatients(record, CALLERS.clerk, { search, page: everything })).nodes.map(({ id }) => id);

  test.each([
    ['the beginning of a family name', 'find', () => [birch, alder]],
    ['the beginning of a given name, without accents', 'JOSE', () => [birch, alder]],
    ['the beginnings of several names, in any order', 'eld jos', () => [alder]],
    ['a whole name', 'Søren Findable-Elder', () => [alder]],
    ['two letters', 'sø', () => [alder]],
    ['a name of one letter', '李', () => [li]],
    ['a national identifier', 'f77', () => [alder]],
    ['a birth date', '1950-01-02', () => [birch, alder]],
  ])('finds by %s', async (_, search, expected) => {
    expect(await found(search)).toEqual(expected());
  });

  test.each([
    ['words that belong to different patients', 'soren birch'],
    ['the middle of a name', 'indable'],
    ['one letter of a longer name', 's'],
    ['the beginning of a national identifier', 'F-7'],
    ['wildcards', '%'],
    ['a birth date that nobody has', '1950-01-03'],
  ])('does not find by %s', async (_, search) => {
    expect(await found(search)).toEqual([]);
  });

  test('of blanks is no search', async () => {
    expect((await found('  ')).length).toBeGreaterThan(3);
  });

  test('is at most 100 characters, and a longer one is not repeated', async () => {
    await expect(found('secret '.repeat(20))).rejects.toMatchObject({
      code: 'BAD_INPUT',
      message: 'search: has 139 characters; at most 100 are allowed',
    });
  });

  test('leaves no word in the audit trail', async () => {
    await found('Findable');
    const rows = await record.db.query("select * from audit_event where operation = 'Patient.search'");
    expect(JSON.stringify(rows).toLowerCase()).not.toContain('findable');
  });
});

describe('a list of patients', () => {
  test('is walked page by page, newest first, each once', async () => {
    const all = (await findPatients(record, CALLERS.clerk, { search: null, page: everything })).nodes.map(
      ({ id }) => id,
    );
    const walked: string[] = [];
    let before = everything.before;
    for (;;) {
      const page = await findPatients(record, CALLERS.clerk, { search: null, page: { first: 2, before } });
      walked.push(...page.nodes.map(({ id }) => id));
      if (page.endCursor === null) break;
      before = BigInt(Buffer.from(page.endCursor, 'base64url').toString().slice(1));
    }
    expect(walked).toEqual(all);
    expect(new Set(walked).size).toBe(walked.length);
  });
});
