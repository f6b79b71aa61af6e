import { randomUUID } from 'node:crypto';
import { Refusal } from '../../enclave/refusals.js';
import { violatesUnique } from '../../runtime/database/db.js';
import type { Caller } from '../../runtime/caller.js';
import { audited } from './audit.js';
import { isDay, notFound, optionalText, parseId, parseInput, type Problem, requiredText } from './input.js';
import { soughtPrefixes } from './names.js';
import type { Connection, Page } from './pages.js';
import { ADDRESS_FIELDS, type Address, type Coverage, type Patient, type PatientRecord } from './record.js';
import type { Store } from './store.js';
import { insertPatient, type SearchCriteria, searchPatients, selectPatients } from './storePatients.js';

type Nullable<T> = { readonly [Field in keyof T]?: T[Field] | null };

/** RegisterPatientInput, as GraphQL has checked it: types are right, contents are anything. */
export interface RegisterPatientInput extends Nullable<
  Omit<PatientRecord, 'given' | 'family' | 'birthDate' | 'address' | 'coverage'>
> {
  readonly given: readonly string[];
  readonly family: string;
  readonly birthDate: string;
  readonly address?: Nullable<Address> | null;
  readonly coverage?: Nullable<Coverage> | null;
}

/** Characters of any text of the intake form, and entries of any of its lists. */
const LONGEST_TEXT = 200;
const MOST_ENTRIES = 50;
const LONGEST_SEARCH = 100;
const EARLIEST_YEAR = 1850;
const DAY_MS = 86_400_000;

/** @throws Refusal BAD_INPUT naming every wrong field, CONFLICT where the national identifier is taken. */
export async function registerPatient(store: Store, caller: Caller, input: RegisterPatientInput): Promise<Patient> {
  return await audited(
    store,
    caller,
    { action: 'CREATE', operation: 'Patient.register' },
    async (transaction, event) => {
      const patient = { ...parseRegistration(input, store.now()), id: randomUUID(), registeredAt: store.now() };
      event.about(patient.id, `Patient/${patient.id}`);
      await insertPatient(transaction, store.sealer, patient).catch((error: unknown) => {
        if (!violatesUnique(error, 'patient_national_identifier')) throw error;
        throw new Refusal('CONFLICT', 'nationalIdentifier: another patient has it already');
      });
      return patient;
    },
  );
}

/** @throws Refusal NOT_FOUND */
export async function readPatient(store: Store, caller: Caller, id: string): Promise<Patient> {
  return await audited(store, caller, { action: 'READ', operation: 'Patient.read' }, async (transaction, event) => {
    const patientId = parseId('Patient', id);
    event.about(patientId, `Patient/${patientId}`);
    const [patient] = await selectPatients(transaction, store.sealer, [patientId]);
    if (!patient) throw notFound('Patient');
    return patient;
  });
}

/** Several at once, in no order; those that do not exist are left out. One entry in the audit trail. */
export async function readPatients(store: Store, caller: Caller, ids: readonly string[]): Promise<Patient[]> {
  return await audited(store, caller, { action: 'READ', operation: 'Patient.read' }, async (transaction, event) => {
    const patients = await selectPatients(transaction, store.sealer, ids);
    for (const { id } of patients) event.about(id, `Patient/${id}`);
    return patients;
  });
}

/** @throws Refusal BAD_INPUT where the search is too long. What was searched for is not in the audit trail: it is health data. */
export async function findPatients(
  store: Store,
  caller: Caller,
  { search, page }: { search: string | null | undefined; page: Page },
): Promise<Connection<Patient>> {
  return await audited(
    store,
    caller,
    { action: 'EXECUTE', operation: 'Patient.search' },
    async (transaction, event) => {
      const sought = parseInput((problem) => optionalText('search', search, { longest: LONGEST_SEARCH, problem }));
      const found = await searchPatients(
        transaction,
        store.sealer,
        page,
        sought === undefined ? undefined : criteriaOf(sought),
      );
      for (const { id } of found.nodes) event.about(id, `Patient/${id}`);
      return found;
    },
  );
}

function criteriaOf(search: string): SearchCriteria {
  return {
    prefixes: soughtPrefixes(search),
    nationalIdentifier: search,
    birthDate: isDay(search) ? search : undefined,
  };
}

/** @throws Refusal BAD_INPUT naming every wrong field. */
export function parseRegistration(input: RegisterPatientInput, now: Date): PatientRecord {
  return parseInput((problem) => {
    const text = (field: string, value: string | null | undefined) =>
      optionalText(field, value, { longest: LONGEST_TEXT, problem }) ?? null;
    const day = (field: string, value: string | null | undefined) => {
      if (value === null || value === undefined) return null;
      if (isDay(value)) return value;
      problem(field, 'must be a day of the calendar, YYYY-MM-DD');
      return null;
    };
    const record: PatientRecord = {
      given: list('given', input.given, problem) ?? [],
      family: requiredText('family', input.family, { longest: LONGEST_TEXT, problem }),
      gender: input.gender ?? null,
      birthDate: day('birthDate', input.birthDate) ?? '',
      nationalIdentifier: text('nationalIdentifier', input.nationalIdentifier),
      phone: text('phone', input.phone),
      email: text('email', input.email),
      address: input.address ? address(input.address, text) : null,
      allergies: list('allergies', input.allergies, problem),
      conditions: list('conditions', input.conditions, problem),
      admittedOn: day('admittedOn', input.admittedOn),
      coverage: input.coverage
        ? {
            payor: text('coverage.payor', input.coverage.payor),
            subscriberId: text('coverage.subscriberId', input.coverage.subscriberId),
          }
        : null,
    };
    checkForms(record, now, problem);
    return record;
  });
}

function address(
  input: Nullable<Address>,
  text: (field: string, value: string | null | undefined) => string | null,
): Address {
  const [line, city, state, postalCode, country] = ADDRESS_FIELDS.map((field) =>
    text(`address.${field}`, input[field]),
  );
  return {
    line: line ?? null,
    city: city ?? null,
    state: state ?? null,
    postalCode: postalCode ?? null,
    country: country?.toUpperCase() ?? null,
  };
}

function list(field: string, entries: readonly string[] | null | undefined, problem: Problem): string[] | null {
  if (entries === null || entries === undefined) return null;
  if (entries.length > MOST_ENTRIES) {
    problem(field, `has ${entries.length} entries; at most ${MOST_ENTRIES} are allowed`);
    return null;
  }
  return entries.map((entry, index) => requiredText(`${field}[${index}]`, entry, { longest: LONGEST_TEXT, problem }));
}

/** Forms are checked loosely: a form that refuses a real address or number harms more than one that takes an odd one. */
function checkForms(record: PatientRecord, now: Date, problem: Problem): void {
  // Somewhere on earth it is tomorrow already.
  const tomorrow = new Date(now.getTime() + DAY_MS).toISOString().slice(0, 10);
  if (
    record.birthDate !== '' &&
    (record.birthDate > tomorrow || Number(record.birthDate.slice(0, 4)) < EARLIEST_YEAR)
  ) {
    problem('birthDate', `must not be in the future, nor before ${EARLIEST_YEAR}`);
  }
  if (record.nationalIdentifier !== null && !/[\p{L}\p{N}]/u.test(record.nationalIdentifier)) {
    problem('nationalIdentifier', 'must hold a letter or a digit');
  }
  if (
    record.phone !== null &&
    !/^\+?[0-9 ()./-]*[0-9][0-9 ()./-]*(?: ?(?:x|ext\.?) ?[0-9]{1,6})?$/i.test(record.phone)
  ) {
    problem('phone', 'must be a telephone number');
  }
  if (record.email !== null && !/^[^\s@]+@[^\s@]+$/.test(record.email)) problem('email', 'must be an e-mail address');
  const country = record.address?.country;
  if (country && !/^[A-Z]{2}$/.test(country)) problem('address.country', 'must be an ISO 3166-1 alpha-2 code');
}
