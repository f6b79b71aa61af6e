import type { AdministrativeGender, RegisterPatientInput } from '../api/types.js';

/** One entry of the intake form. `name` is the place in RegisterPatientInput (schema/patient.graphql). */
export interface IntakeField {
  readonly name: string;
  readonly label: string;
  readonly kind: 'text' | 'date' | 'email' | 'tel' | 'gender' | 'lines';
  readonly required?: true;
  readonly hint?: string;
}

/** The groups of the form, in the order in which people are asked. */
export const INTAKE: readonly { readonly title: string; readonly fields: readonly IntakeField[] }[] = [
  {
    title: 'Person',
    fields: [
      {
        name: 'given',
        label: 'Given names',
        kind: 'text',
        required: true,
        hint: 'In order, with spaces between them.',
      },
      { name: 'family', label: 'Family name', kind: 'text', required: true },
      { name: 'birthDate', label: 'Birth date', kind: 'date', required: true },
      { name: 'gender', label: 'Administrative gender', kind: 'gender' },
      {
        name: 'nationalIdentifier',
        label: 'National identifier',
        kind: 'text',
        hint: 'For instance a social security number. No two patients have the same.',
      },
    ],
  },
  {
    title: 'Contact',
    fields: [
      { name: 'phone', label: 'Telephone', kind: 'tel' },
      { name: 'email', label: 'Email', kind: 'email' },
      { name: 'address.line', label: 'Street and number', kind: 'text' },
      { name: 'address.postalCode', label: 'Postal code', kind: 'text' },
      { name: 'address.city', label: 'City', kind: 'text' },
      { name: 'address.state', label: 'State or region', kind: 'text' },
      { name: 'address.country', label: 'Country', kind: 'text', hint: 'Two letters, ISO 3166, for instance PT.' },
    ],
  },
  {
    title: 'Health',
    fields: [
      { name: 'allergies', label: 'Drug allergies', kind: 'lines', hint: 'One on each line.' },
      { name: 'conditions', label: 'Pre-existing conditions', kind: 'lines', hint: 'One on each line.' },
      { name: 'admittedOn', label: 'Day of admission', kind: 'date' },
    ],
  },
  {
    title: 'Coverage',
    fields: [
      { name: 'coverage.payor', label: 'Insurer', kind: 'text' },
      { name: 'coverage.subscriberId', label: 'Member number', kind: 'text' },
    ],
  },
];

export const GENDERS: readonly { readonly value: AdministrativeGender; readonly label: string }[] = [
  { value: 'FEMALE', label: 'Female' },
  { value: 'MALE', label: 'Male' },
  { value: 'OTHER', label: 'Other' },
  { value: 'UNKNOWN', label: 'Unknown' },
];

export type IntakeValues = Readonly<Record<string, string>>;
export type IntakeErrors = Readonly<Record<string, string>>;

const TEXT_LENGTH = 200;
const LIST_LENGTH = 50;
const FIELDS = INTAKE.flatMap((group) => group.fields);

export function fieldNamed(name: string): IntakeField | undefined {
  return FIELDS.find((field) => field.name === name);
}

/** What is wrong with what was entered, by field. The server says the last word; this only spares a round trip. */
export function intakeErrors(values: IntakeValues, today: string): IntakeErrors {
  const errors: Record<string, string> = {};
  for (const field of FIELDS) {
    const problem = problemOf(field, (values[field.name] ?? '').trim(), today);
    if (problem !== undefined) errors[field.name] = problem;
  }
  return errors;
}

function problemOf({ name, kind, label, required }: IntakeField, value: string, today: string): string | undefined {
  if (value === '') return required === true ? `Enter the ${lowerFirst(label)}.` : undefined;
  if (kind === 'lines') {
    const entries = entriesOf(value);
    if (entries.length > LIST_LENGTH) return `Enter at most ${LIST_LENGTH} lines; there are ${entries.length}.`;
    return entries.some((entry) => entry.length > TEXT_LENGTH)
      ? `Each line has at most ${TEXT_LENGTH} characters.`
      : undefined;
  }
  if (value.length > TEXT_LENGTH) return `Enter at most ${TEXT_LENGTH} characters; there are ${value.length}.`;
  if (kind === 'date' && !isDay(value)) return 'Enter a day that exists, as year, month and day.';
  if (name === 'birthDate' && value > today) return 'The birth date is in the future.';
  if (kind === 'email' && !/^\S+@\S+$/.test(value)) return 'Enter an email address with an @ in it.';
  if (name === 'address.country' && !/^[A-Za-z]{2}$/.test(value)) return 'Enter the two letters of the country.';
  return undefined;
}

/** The input of the mutation; what was left empty is left out. */
export function registerPatientInput(values: IntakeValues): RegisterPatientInput {
  const text = (name: string) => {
    const value = (values[name] ?? '').trim();
    return value === '' ? undefined : value;
  };
  const list = (name: string) => {
    const entries = entriesOf(values[name] ?? '');
    return entries.length === 0 ? undefined : entries;
  };
  const address = present({
    line: text('address.line'),
    city: text('address.city'),
    state: text('address.state'),
    postalCode: text('address.postalCode'),
    country: text('address.country')?.toUpperCase(),
  });
  const coverage = present({ payor: text('coverage.payor'), subscriberId: text('coverage.subscriberId') });
  return {
    given: (values.given ?? '').trim().split(/\s+/),
    family: text('family') ?? '',
    birthDate: text('birthDate') ?? '',
    ...present({
      gender: text('gender') as AdministrativeGender | undefined,
      nationalIdentifier: text('nationalIdentifier'),
      phone: text('phone'),
      email: text('email'),
      allergies: list('allergies'),
      conditions: list('conditions'),
      admittedOn: text('admittedOn'),
      address: Object.keys(address).length === 0 ? undefined : address,
      coverage: Object.keys(coverage).length === 0 ? undefined : coverage,
    }),
  };
}

/** What the server's message says of which field: "family: must not be blank; given[0]: has 300 characters". */
export function fieldErrors(message: string): IntakeErrors {
  const errors: Record<string, string> = {};
  for (const part of message.split(/; (?=[\w.]+(?:\[\d+\])?: )/)) {
    const [, name, problem] = /^(?:input\.)?([\w.]+)(?:\[\d+\])?: (.+)$/.exec(part) ?? [];
    if (name !== undefined && problem !== undefined && fieldNamed(name) !== undefined)
      errors[name] = `${upperFirst(problem)}.`;
  }
  return errors;
}

type Present<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

function present<T extends Record<string, unknown>>(values: T): Present<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Present<T>;
}

function entriesOf(lines: string): string[] {
  return lines
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

function isDay(value: string): boolean {
  const date = new Date(`${value}T00:00:00Z`);
  return /^\d{4}-\d{2}-\d{2}$/.test(value) && !Number.isNaN(date.getTime()) && date.toISOString().startsWith(value);
}

function upperFirst(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
