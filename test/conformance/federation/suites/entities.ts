import { byKey, link, type FederationSuite } from '../suite.js';

const patients = [
  { id: 'p1', name: 'Ada', ward: 'w1', mentor: 'p2' },
  { id: 'p2', name: 'Bo', ward: 'w2', mentor: 'p1' },
  { id: 'p3', name: 'Cy', ward: 'w1', mentor: null },
];
const wards = [
  { id: 'w1', title: 'North', floor: 1, lead: 'p1' },
  { id: 'w2', title: 'South', floor: 2, lead: 'p3' },
];
const patientOf = (id: unknown) => patients.find((patient) => patient.id === id) ?? null;

const simpleEntityCall: FederationSuite = {
  id: 'simple-entity-call',
  about: 'A field of an entity is fetched from the subgraph that has it.',
  subgraphs: () => [
    {
      name: 'registry',
      sdl: `${link('2.3', '@key')}
        type Query { patient(id: ID!): Patient patients: [Patient!]! }
        type Patient @key(fields: "id") { id: ID! name: String! }`,
      resolvers: {
        Query: { patient: (_: unknown, { id }: { id: string }) => patientOf(id), patients: () => patients },
        Patient: { __resolveReference: byKey(patients, 'id') },
      },
    },
    {
      name: 'wards',
      sdl: `${link('2.3', '@key')}
        type Patient @key(fields: "id") { id: ID! ward: Ward }
        type Ward { title: String floor: Int }`,
      resolvers: {
        Patient: {
          __resolveReference: byKey(patients, 'id'),
          ward: ({ ward }: { ward: string }) => wards.find(({ id }) => id === ward),
        },
      },
    },
  ],
  cases: [
    {
      name: 'one entity, one call',
      query: '{ patient(id: "p1") { name ward { title } } }',
      data: { patient: { name: 'Ada', ward: { title: 'North' } } },
      fetches: 2,
    },
    {
      name: 'the key is not shown where nobody asks for it',
      query: '{ patients { ward { floor } } }',
      data: { patients: [{ ward: { floor: 1 } }, { ward: { floor: 2 } }, { ward: { floor: 1 } }] },
      fetches: 2,
    },
    {
      name: 'an absent entity is null, and nothing more is fetched',
      query: '{ patient(id: "p9") { name ward { title } } }',
      data: { patient: null },
      fetches: 1,
    },
    {
      name: 'aliases of one root field have their own arguments',
      query: '{ a: patient(id: "p1") { ward { title } } b: patient(id: "p2") { ward { floor } } }',
      data: { a: { ward: { title: 'North' } }, b: { ward: { floor: 2 } } },
    },
    {
      name: 'fields that one subgraph has need no second call',
      query: '{ patients { id name } }',
      data: {
        patients: [
          { id: 'p1', name: 'Ada' },
          { id: 'p2', name: 'Bo' },
          { id: 'p3', name: 'Cy' },
        ],
      },
      fetches: 1,
    },
    {
      name: 'the key under another name is not overwritten',
      query: '{ patient(id: "p2") { id: name name: id ward { id: title } } }',
      data: { patient: { id: 'Bo', name: 'p2', ward: { id: 'South' } } },
    },
  ],
};

const entityChain: FederationSuite = {
  id: 'entity-chain',
  about: 'Entities lead to entities, back and forth between three subgraphs.',
  subgraphs: () => [
    {
      name: 'registry',
      sdl: `${link('2.3', '@key')}
        type Query { patients: [Patient!]! }
        type Patient @key(fields: "id") { id: ID! name: String! mentor: Patient }`,
      resolvers: {
        Query: { patients: () => patients },
        Patient: {
          __resolveReference: byKey(patients, 'id'),
          mentor: ({ mentor }: { mentor: string | null }) => patientOf(mentor),
        },
      },
    },
    {
      name: 'stays',
      sdl: `${link('2.3', '@key')}
        type Patient @key(fields: "id") { id: ID! ward: Ward! }
        type Ward @key(fields: "id", resolvable: false) { id: ID! }`,
      resolvers: {
        Patient: {
          __resolveReference: byKey(patients, 'id'),
          ward: ({ ward }: { ward: string }) => ({ id: ward }),
        },
      },
    },
    {
      name: 'building',
      sdl: `${link('2.3', '@key')}
        type Ward @key(fields: "id") { id: ID! title: String! lead: Patient }
        type Patient @key(fields: "id", resolvable: false) { id: ID! }`,
      resolvers: {
        Ward: { __resolveReference: byKey(wards, 'id'), lead: ({ lead }: { lead: string }) => ({ id: lead }) },
      },
    },
  ],
  cases: [
    {
      name: 'patient, ward, title',
      query: '{ patients { name ward { title } } }',
      data: {
        patients: [
          { name: 'Ada', ward: { title: 'North' } },
          { name: 'Bo', ward: { title: 'South' } },
          { name: 'Cy', ward: { title: 'North' } },
        ],
      },
    },
    {
      name: 'patient, ward, lead, name and back again',
      query: '{ patients { ward { lead { name ward { title lead { name } } } } } }',
      data: {
        patients: [
          { ward: { lead: { name: 'Ada', ward: { title: 'North', lead: { name: 'Ada' } } } } },
          { ward: { lead: { name: 'Cy', ward: { title: 'North', lead: { name: 'Ada' } } } } },
          { ward: { lead: { name: 'Ada', ward: { title: 'North', lead: { name: 'Ada' } } } } },
        ],
      },
    },
    {
      name: 'one type at two depths is fetched with both selections',
      query: '{ patients { mentor { ward { title } mentor { ward { id } } } } }',
      data: {
        patients: [
          { mentor: { ward: { title: 'South' }, mentor: { ward: { id: 'w1' } } } },
          { mentor: { ward: { title: 'North' }, mentor: { ward: { id: 'w2' } } } },
          { mentor: null },
        ],
      },
    },
    {
      name: 'the key of a reference is known without asking the one that resolves it',
      query: '{ patients { ward { id } } }',
      data: { patients: [{ ward: { id: 'w1' } }, { ward: { id: 'w2' } }, { ward: { id: 'w1' } }] },
      fetches: 2,
      neverSent: 'building',
    },
    {
      name: 'the same entity below two fields',
      query: '{ patients { a: mentor { name } b: mentor { ward { title } } } }',
      data: {
        patients: [
          { a: { name: 'Bo' }, b: { ward: { title: 'South' } } },
          { a: { name: 'Ada' }, b: { ward: { title: 'North' } } },
          { a: null, b: null },
        ],
      },
    },
  ],
};

const studies = [
  { id: 's1', patient: 'p1', modality: 'CR', series: 2 },
  { id: 's2', patient: 'p1', modality: 'CT', series: 5 },
  { id: 's3', patient: 'p2', modality: 'MR', series: 0 },
];

const parentEntityCall: FederationSuite = {
  id: 'parent-entity-call',
  about: 'A value type that two subgraphs resolve is completed through its parent, which is an entity.',
  subgraphs: () => [
    {
      name: 'archive',
      sdl: `${link('2.3', '@key', '@shareable')}
        type Query { studies: [Study!]! study(id: ID!): Study }
        type Study @key(fields: "id") { id: ID! equipment: Equipment! @shareable }
        type Equipment @shareable { modality: String! }`,
      resolvers: {
        Query: {
          studies: () => studies,
          study: (_: unknown, { id }: { id: string }) => studies.find((study) => study.id === id),
        },
        Study: {
          __resolveReference: byKey(studies, 'id'),
          equipment: (study: (typeof studies)[number]) => ({ modality: study.modality }),
        },
      },
    },
    {
      name: 'devices',
      sdl: `${link('2.3', '@key', '@shareable')}
        type Study @key(fields: "id") { id: ID! equipment: Equipment! @shareable }
        type Equipment { modality: String! @shareable serial: String! maker: Maker! @shareable }
        type Maker @shareable { name: String! }`,
      resolvers: {
        Study: {
          __resolveReference: byKey(studies, 'id'),
          equipment: ({ id, modality }: (typeof studies)[number]) => ({
            modality,
            serial: `serial-${id}`,
            maker: { name: `maker-${modality}` },
          }),
        },
      },
    },
    {
      name: 'makers',
      sdl: `${link('2.3', '@key', '@shareable')}
        type Study @key(fields: "id") { id: ID! equipment: Equipment! @shareable }
        type Equipment @shareable { maker: Maker! }
        type Maker @shareable { name: String! country: String! }`,
      resolvers: {
        Study: {
          __resolveReference: byKey(studies, 'id'),
          equipment: ({ modality }: (typeof studies)[number]) => ({
            maker: { name: `maker-${modality}`, country: `country-${modality}` },
          }),
        },
      },
    },
  ],
  cases: [
    {
      name: 'a field of the value type that the first subgraph lacks',
      query: '{ study(id: "s1") { equipment { serial } } }',
      data: { study: { equipment: { serial: 'serial-s1' } } },
    },
    {
      name: 'fields of both subgraphs in one value',
      query: '{ studies { equipment { modality serial } } }',
      data: {
        studies: [
          { equipment: { modality: 'CR', serial: 'serial-s1' } },
          { equipment: { modality: 'CT', serial: 'serial-s2' } },
          { equipment: { modality: 'MR', serial: 'serial-s3' } },
        ],
      },
    },
    {
      name: 'values in values, from three subgraphs',
      query: '{ studies { equipment { modality serial maker { name country } } } }',
      data: {
        studies: [
          { equipment: { modality: 'CR', serial: 'serial-s1', maker: { name: 'maker-CR', country: 'country-CR' } } },
          { equipment: { modality: 'CT', serial: 'serial-s2', maker: { name: 'maker-CT', country: 'country-CT' } } },
          { equipment: { modality: 'MR', serial: 'serial-s3', maker: { name: 'maker-MR', country: 'country-MR' } } },
        ],
      },
    },
    {
      name: 'aliases inside the shared value',
      query: '{ study(id: "s2") { a: equipment { serial } b: equipment { modality } equipment { modality: serial } } }',
      data: {
        study: {
          a: { serial: 'serial-s2' },
          b: { modality: 'CT' },
          equipment: { modality: 'serial-s2' },
        },
      },
    },
  ],
};

const parentEntityCallList: FederationSuite = {
  id: 'parent-entity-call-list',
  about: 'Lists of shared values from two subgraphs are merged entry by entry.',
  subgraphs: () => [
    {
      name: 'first',
      sdl: `${link('2.3', '@key', '@shareable')}
        type Query { studies: [Study!]! }
        type Study @key(fields: "id") { id: ID! series: [Series!]! @shareable }
        type Series @shareable { number: Int! }`,
      resolvers: {
        Query: { studies: () => studies },
        Study: {
          __resolveReference: byKey(studies, 'id'),
          series: ({ series }: { series: number }) => Array.from({ length: series }, (_, number) => ({ number })),
        },
      },
    },
    {
      name: 'second',
      sdl: `${link('2.3', '@key', '@shareable')}
        type Study @key(fields: "id") { id: ID! series: [Series!]! @shareable }
        type Series { number: Int! @shareable label: String! }`,
      resolvers: {
        Study: {
          __resolveReference: byKey(studies, 'id'),
          series: ({ id, series }: { id: string; series: number }) =>
            Array.from({ length: series }, (_, number) => ({ number, label: `${id}/${number}` })),
        },
      },
    },
  ],
  cases: [
    {
      name: 'entries keep their place, and empty lists stay empty',
      query: '{ studies { id series { number label } } }',
      data: {
        studies: [
          { id: 's1', series: [0, 1].map((number) => ({ number, label: `s1/${number}` })) },
          { id: 's2', series: [0, 1, 2, 3, 4].map((number) => ({ number, label: `s2/${number}` })) },
          { id: 's3', series: [] },
        ],
      },
    },
  ],
};

const cells = [
  { id: 'c1', label: 'one' },
  { id: 'c2', label: 'two' },
  { id: 'c3', label: 'three' },
];

const deepLists: FederationSuite = {
  id: 'deep-lists',
  about: 'Entities in lists of lists, with holes, find their place.',
  subgraphs: () => [
    {
      name: 'grid',
      sdl: `${link('2.3', '@key')}
        type Query { grid: [[Cell]] cube: [[[Cell!]]!]! boxes: [Box] nothing: [Cell!] }
        type Box { rows: [[Cell]!] inner: Box }
        type Cell @key(fields: "id") { id: ID! }`,
      resolvers: {
        Query: {
          grid: () => [[{ id: 'c1' }, null, { id: 'c2' }], null, [], [{ id: 'c3' }]],
          cube: () => [[[{ id: 'c1' }], null], [], [[], [{ id: 'c2' }, { id: 'c1' }]]],
          boxes: () => [
            null,
            { rows: null, inner: null },
            { rows: [[{ id: 'c1' }, null]], inner: { rows: [[{ id: 'c2' }], []], inner: null } },
          ],
          nothing: () => null,
        },
        Cell: { __resolveReference: byKey(cells, 'id') },
      },
    },
    {
      name: 'labels',
      sdl: `${link('2.3', '@key')}
        type Cell @key(fields: "id") { id: ID! label: String! }`,
      resolvers: { Cell: { __resolveReference: byKey(cells, 'id') } },
    },
  ],
  cases: [
    {
      name: 'a list of lists with null rows and null cells',
      query: '{ grid { label } }',
      data: { grid: [[{ label: 'one' }, null, { label: 'two' }], null, [], [{ label: 'three' }]] },
      fetches: 2,
    },
    {
      name: 'three levels of lists',
      query: '{ cube { id label } }',
      data: {
        cube: [
          [[{ id: 'c1', label: 'one' }], null],
          [],
          [
            [],
            [
              { id: 'c2', label: 'two' },
              { id: 'c1', label: 'one' },
            ],
          ],
        ],
      },
      fetches: 2,
    },
    {
      name: 'lists inside objects inside lists',
      query: '{ boxes { rows { label } inner { rows { label } } } }',
      data: {
        boxes: [
          null,
          { rows: null, inner: null },
          { rows: [[{ label: 'one' }, null]], inner: { rows: [[{ label: 'two' }], []] } },
        ],
      },
    },
    { name: 'a list that is null', query: '{ nothing { label } }', data: { nothing: null }, fetches: 1 },
    {
      name: 'no list has an entity: the second subgraph is left alone',
      query: '{ boxes { inner { inner { rows { label } } } } }',
      data: { boxes: [null, { inner: null }, { inner: { inner: null } }] },
      fetches: 1,
    },
  ],
};

export const entities: readonly FederationSuite[] = [
  simpleEntityCall,
  entityChain,
  parentEntityCall,
  parentEntityCallList,
  deepLists,
];
