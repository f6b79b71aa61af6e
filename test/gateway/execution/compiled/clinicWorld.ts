import { numberOf, pick, resolversOf, take, type FieldFunctions, type Row, type World } from './world.js';

/** Interfaces, an interface object, composite keys, @requires with and without arguments, lists in lists, failures. */
export function clinicWorld(): World {
  const patients: Row[] = ['1', '2', '3', '4'].map((number) => ({
    __typename: 'Patient',
    id: `p${number}`,
    name: `Patient ${number}`,
    meters: 1.5 + Number(number) / 10,
    secret: `s${number}`,
  }));
  const doctors: Row[] = ['1', '2', '3'].map((number) => ({
    __typename: 'Doctor',
    id: `d${number}`,
    name: `Doctor ${number}`,
    rank: Number(number),
  }));
  const wards: Row[] = ['1', '2'].map((number) => ({
    __typename: 'Ward',
    id: `w${number}`,
    code: `W-${number}`,
    title: number === '2' ? null : `Ward ${number}`,
  }));
  const devices: Row[] = ['1', '2'].map((number) => ({
    __typename: 'Device',
    id: `v${number}`,
    serial: `S${number}`,
    maker: { id: `m${number}`, name: `Maker ${number}` },
    watts: 100 * Number(number),
  }));
  const all = [...patients, ...doctors, ...wards, ...devices];
  const byId = (id: unknown): Row | null => all.find((row) => row.id === id) ?? null;

  const node = {
    label: (row: Row) => (numberOf(row) === 3 ? null : `label of ${String(row.id)}`),
    tags: (row: Row) => [`t${String(row.id)}`, 'all'],
    note: (row: Row, { long }: Row) => (long === true ? `long note of ${String(row.id)}` : `note ${String(row.id)}`),
    related: (row: Row) => [pick(all, numberOf(row)), pick(all, numberOf(row) + 4)],
  };
  const results = (row: Row): Row[] => [
    {
      __typename: 'Blood',
      at: `${String(row.id)}-a`,
      value: numberOf(row) / 4,
      about: row,
      by: pick(doctors, numberOf(row)),
    },
    {
      __typename: 'Image',
      at: `${String(row.id)}-b`,
      size: 10 * numberOf(row),
      about: row,
      by: null,
      device: pick(devices, numberOf(row)),
    },
  ];
  const heightOf = (row: Row, given: Row) => (isUs(given) ? Number(row.meters) * 3 : Number(row.meters));
  const fields: FieldFunctions = {
    Query: {
      patient: (_row, { id }) => patients.find((row) => row.id === id) ?? null,
      patients: (_row, { first }) => take(patients, first),
      node: (_row, { id }) => byId(id),
      nodes: () => all,
      things: () => [patients[0], devices[1], null, doctors[0], wards[0]],
      grid: () => [[patients[0], null], null, [patients[1], patients[2]]],
      wards: () => wards,
      device: (_row, { serial }) => devices.find((row) => row.serial === serial) ?? null,
      doctors: (_row, { rank }) => doctors.filter((row) => rank === undefined || row.rank === rank),
      labelled: () => [patients[1], devices[0], doctors[2]],
      persons: () => [doctors[1], patients[3]],
    },
    Patient: {
      ...node,
      ward: (row) => (numberOf(row) === 4 ? null : pick(wards, numberOf(row))),
      friends: (row, { first }) => take([pick(patients, numberOf(row)), pick(patients, numberOf(row) + 1)], first),
      height: heightOf,
      contacts: (row) => [
        { kind: 'mail', value: `${String(row.id)}@x`, person: pick(doctors, numberOf(row)) },
        { kind: 'phone', value: null, person: pick(patients, numberOf(row)) },
      ],
      vitals: (row, given) => ({
        pulse: 60 + numberOf(row),
        temp: isUs(given) ? 98.5 : 36.5,
        source: { name: 'belt', of: row },
      }),
      metric: (row) => `${heightOf(row, { unit: 'SI' })} m`,
      imperial: (row) => `${heightOf(row, { unit: 'US' })} ft`,
      tall: (row, { limit }) => heightOf(row, {}) > (typeof limit === 'number' ? limit : 1.7),
      badge: (row) => `${String(row.name)} of ${titleOf(numberOf(row) === 4 ? null : pick(wards, numberOf(row)))}`,
      results: (row, { last }) => take(results(row), last),
      status: (row) => ['ADMITTED', 'DISCHARGED', null][numberOf(row) % 3] ?? null,
      fragile: (row) => {
        if (numberOf(row) === 2) throw new Error('it broke');
        return `whole ${String(row.id)}`;
      },
      doctor: (row) => pick(doctors, numberOf(row) + 1),
    },
    Doctor: {
      ...node,
      patients: (row) => patients.filter((patient) => numberOf(patient) % 2 === numberOf(row) % 2),
      mentor: (row) => (numberOf(row) === 3 ? null : pick(doctors, numberOf(row))),
      must: (row) => {
        if (numberOf(row) === 3) throw new Error('it is missing');
        return `must ${String(row.id)}`;
      },
    },
    Ward: {
      ...node,
      beds: (row) => [
        { number: numberOf(row), occupant: pick(patients, numberOf(row)) },
        { number: 10 + numberOf(row), occupant: null },
      ],
      head: (row) => pick(doctors, numberOf(row)),
      devices: () => devices,
    },
    Device: {
      ...node,
      usedBy: (row) => [pick(patients, numberOf(row)), pick(patients, numberOf(row) + 2)],
      home: (row) => pick(wards, numberOf(row)),
    },
    Result: {},
    Blood: {},
    Image: {},
  };

  const reference = ({ id }: Row): Row | null => byId(id);
  /** What a representation brings counts, not what is stored. */
  const given = (ref: Row): Row | null => {
    const row = byId(ref.id);
    return row === null ? null : { __typename: row.__typename, id: row.id, ref };
  };
  const needed = (row: Row, key: string): unknown => {
    const value = (row.ref as Row | undefined)?.[key];
    if (value === undefined) throw new Error(`${key} did not come`);
    return value;
  };
  return {
    name: 'clinic',
    fields,
    subgraphs: {
      registry: {
        typeDefs: `
          enum Unit { SI US }
          enum Status { ADMITTED DISCHARGED }
          interface Node @key(fields: "id") { id: ID! label: String }
          interface Person { id: ID! name: String! }
          union Thing = Patient | Doctor | Device | Ward
          type Query {
            patient(id: ID!): Patient
            patients(first: Int = 3): [Patient!]!
            node(id: ID!): Node
            nodes: [Node!]!
            things: [Thing]
            grid: [[Patient]]
            persons: [Person!]!
          }
          type Patient implements Node & Person @key(fields: "id") {
            id: ID!
            label: String
            name: String!
            height(unit: Unit = SI): Float!
            friends(first: Int): [Patient]!
            contacts: [Contact!]
            vitals(unit: Unit = SI): Vitals!
            status: Status
          }
          type Doctor implements Node & Person @key(fields: "id") { id: ID! label: String name: String! mentor: Doctor }
          type Ward implements Node @key(fields: "id") { id: ID! label: String }
          type Device implements Node @key(fields: "id") @key(fields: "serial maker { id }") {
            id: ID! label: String serial: String! maker: Maker!
          }
          type Maker @shareable { id: ID! }
          type Contact { kind: String! value: String person: Person! }
          type Vitals { pulse: Int! temp: Float source: Source! }
          type Source { name: String! of: Patient! }
        `,
        resolvers: resolversOf(
          fields,
          {
            Query: 'patient patients node nodes things grid persons',
            Patient: 'label height friends contacts vitals status',
            Doctor: 'label mentor',
            Ward: 'label',
            Device: 'label',
          },
          {
            Node: { __resolveReference: reference, __resolveType: (row: Row) => row.__typename },
            Patient: { __resolveReference: reference },
            Doctor: { __resolveReference: reference },
            Ward: { __resolveReference: reference },
            Device: {
              __resolveReference: (ref: Row) =>
                devices.find((row) => row.id === ref.id || row.serial === ref.serial) ?? null,
            },
          },
        ),
      },
      wards: {
        typeDefs: `
          type Query { wards: [Ward!]! }
          type Ward @key(fields: "id") @key(fields: "code") {
            id: ID! code: String! title: String beds: [Bed!]! head: Doctor devices: [Device!]!
          }
          type Bed { number: Int! occupant: Patient }
          type Patient @key(fields: "id") { id: ID! ward: Ward }
          type Doctor @key(fields: "id", resolvable: false) { id: ID! }
          type Device @key(fields: "serial maker { id }") { serial: String! maker: Maker! home: Ward }
          type Maker @shareable { id: ID! name: String }
        `,
        resolvers: resolversOf(
          fields,
          { Query: 'wards', Ward: 'beds head devices', Patient: 'ward', Device: 'home' },
          {
            Ward: {
              __resolveReference: (ref: Row) => wards.find((row) => row.id === ref.id || row.code === ref.code) ?? null,
            },
            Patient: { __resolveReference: reference },
            Device: { __resolveReference: (ref: Row) => devices.find((row) => row.serial === ref.serial) ?? null },
          },
        ),
      },
      lab: {
        typeDefs: `
          enum Unit { SI US }
          type Query { device(serial: String!): Device doctors(rank: Int): [Doctor!] }
          type Patient @key(fields: "id") {
            id: ID!
            name: String! @external
            ward: Ward @external
            height(unit: Unit = SI): Float! @external
            metric: String @requires(fields: "height(unit: SI)")
            imperial: String @requires(fields: "height(unit: US)")
            tall(limit: Float): Boolean @requires(fields: "height")
            badge: String @requires(fields: "name ward { title }")
            results(last: Int): [Result!]!
            doctor: Doctor
            fragile: String
          }
          type Ward @key(fields: "id", resolvable: false) { id: ID! title: String @external }
          interface Result { at: String! about: Patient! by: Doctor }
          type Blood implements Result { at: String! about: Patient! by: Doctor value: Float }
          type Image implements Result { at: String! about: Patient! by: Doctor size: Int! device: Device }
          type Doctor @key(fields: "id") { id: ID! rank: Int! patients: [Patient!]! must: String! }
          type Device @key(fields: "id") { id: ID! watts: Int usedBy: [Patient] }
        `,
        resolvers: resolversOf(
          fields,
          {
            Query: 'device doctors',
            Patient: 'results doctor fragile',
            Doctor: 'patients must',
            Device: 'usedBy',
          },
          {
            Patient: {
              __resolveReference: given,
              metric: (row: Row) => `${Number(needed(row, 'height'))} m`,
              imperial: (row: Row) => `${Number(needed(row, 'height'))} ft`,
              tall: (row: Row, { limit }: Row) =>
                Number(needed(row, 'height')) > (typeof limit === 'number' ? limit : 1.7),
              badge: (row: Row) => `${String(needed(row, 'name'))} of ${titleOf(needed(row, 'ward') as Row | null)}`,
            },
            Doctor: { __resolveReference: reference },
            Device: { __resolveReference: reference },
            Result: { __resolveType: (row: Row) => row.__typename },
          },
        ),
      },
      tags: {
        typeDefs: `
          type Query { labelled: [Node!]! }
          type Node @key(fields: "id") @interfaceObject {
            id: ID! tags: [String!]! note(long: Boolean = false): String related: [Node]
          }
        `,
        resolvers: {
          Query: { labelled: fields.Query?.labelled },
          Node: { __resolveReference: reference, tags: node.tags, note: node.note, related: node.related },
        },
      },
    },
  };
}

function isUs({ unit }: Row): boolean {
  return unit === 'US';
}

function titleOf(ward: Row | null): string {
  return typeof ward?.title === 'string' ? ward.title : 'nowhere';
}
