import { describe, expect, test } from '@jest/globals';
import { isInputObjectType } from 'graphql';
import { INTAKE, fieldErrors, intakeErrors, registerPatientInput } from '../../../web/intake/fields.js';
import { apiSchema } from '../memory/schema.js';

const TODAY = '2026-11-23';
const COMPLETE = { given: 'Maria  José', family: 'Example', birthDate: '2022-02-03' };

describe('the intake form', () => {
  test('asks for every field of RegisterPatientInput', () => {
    const schema = apiSchema();
    const leaves = (name: string, prefix: string): string[] => {
      const type = schema.getType(name);
      if (!isInputObjectType(type)) return [];
      return Object.values(type.getFields()).flatMap((field) => {
        const inner = leaves(String(field.type).replace(/[![\]]/g, ''), `${prefix}${field.name}.`);
        return inner.length > 0 ? inner : [`${prefix}${field.name}`];
      });
    };
    const asked = INTAKE.flatMap((group) => group.fields.map((field) => field.name));
    expect(asked.sort()).toEqual(leaves('RegisterPatientInput', '').sort());
  });

  test('accepts the three required fields alone', () => {
    expect(intakeErrors(COMPLETE, TODAY)).toEqual({});
    expect(registerPatientInput(COMPLETE)).toEqual({
      given: ['Maria', 'José'],
      family: 'Example',
      birthDate: '2022-02-03',
    });
  });

  test('names what is missing', () => {
    expect(Object.keys(intakeErrors({}, TODAY))).toEqual(['given', 'family', 'birthDate']);
  });

  test.each([
    ['birthDate', '2026-11-24', /future/],
    ['birthDate', '2026-02-30', /exists/],
    ['family', 'x'.repeat(201), /201/],
    ['email', 'nobody', /@/],
    ['address.country', 'Portugal', /two letters/],
    ['allergies', Array(51).fill('a').join('\n'), /51/],
    ['conditions', 'x'.repeat(201), /200/],
  ])('refuses %s where it cannot be right', (name, value, problem) => {
    expect(intakeErrors({ ...COMPLETE, [name]: value }, TODAY)[name]).toMatch(problem);
  });

  test('sends lists, address and coverage in their form, and leaves out what is empty', () => {
    const values = {
      ...COMPLETE,
      gender: 'FEMALE',
      allergies: ' Penicillin \n\nLatex',
      'address.country': 'pt',
      'coverage.payor': 'Example Health',
      phone: '  ',
    };
    expect(registerPatientInput(values)).toEqual({
      given: ['Maria', 'José'],
      family: 'Example',
      birthDate: '2022-02-03',
      gender: 'FEMALE',
      allergies: ['Penicillin', 'Latex'],
      address: { country: 'PT' },
      coverage: { payor: 'Example Health' },
    });
  });

  test.each([
    ['nationalIdentifier: another patient has it already', { nationalIdentifier: 'Another patient has it already.' }],
    [
      'family: must not be blank; address.country: must have two letters',
      { family: 'Must not be blank.', 'address.country': 'Must have two letters.' },
    ],
    [
      'allergies[3]: has 300 characters; at most 200 are allowed',
      { allergies: 'Has 300 characters; at most 200 are allowed.' },
    ],
    ['Something else: went wrong', {}],
    ['familyName: is unknown', {}],
  ])('puts "%s" beside its fields', (message, errors) => {
    expect(fieldErrors(message)).toEqual(errors);
  });
});
