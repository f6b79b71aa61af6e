import type { Random } from './random.js';

/** A graph as data: what its subgraphs are made of, and what is attested. No code of the gateway knows it. */
export interface Graph {
  readonly subgraphs: readonly string[];
  readonly types: readonly ObjectModel[];
  readonly interfaces: readonly InterfaceModel[];
  readonly unions: readonly UnionModel[];
  /** Policies on the scalar Secret. */
  readonly secretMarks: readonly string[];
  /** Policies on the input fields of In. */
  readonly inputMarks: Readonly<Record<InputField, readonly string[]>>;
  readonly queries: readonly FieldModel[];
  readonly mutations: readonly FieldModel[];
}

export const INPUT_FIELDS = ['plain', 'hidden', 'deep'] as const;
export type InputField = (typeof INPUT_FIELDS)[number];

/** A policy that is written down in one subgraph only: it must hold wherever the value comes from. */
export interface Mark {
  readonly policy: string;
  readonly subgraph: string;
}

export interface ObjectModel {
  readonly name: string;
  /** Absent for a value type, which every subgraph that uses it defines whole. */
  readonly home: string | undefined;
  /** The keys of an entity, by the subgraphs that know it. */
  readonly keys: ReadonlyMap<string, readonly KeyField[]>;
  readonly interfaces: readonly string[];
  readonly fields: readonly FieldModel[];
  readonly marks: readonly Mark[];
}

export type KeyField = 'id' | 'sku';

export interface InterfaceModel {
  readonly name: string;
  readonly subgraph: string;
  readonly fields: readonly string[];
  readonly marks: readonly Mark[];
  readonly fieldMarks: Readonly<Record<string, readonly Mark[]>>;
}

export interface UnionModel {
  readonly name: string;
  readonly subgraph: string;
  readonly members: readonly string[];
}

export interface FieldModel {
  readonly name: string;
  /** String, Secret, or a type, interface or union of the graph. */
  readonly type: string;
  readonly isList: boolean;
  /** Subgraphs that resolve it. */
  readonly subgraphs: readonly string[];
  /** Names of fields of the same type, of other subgraphs. */
  readonly requires: readonly string[];
  /** Fields of the returned entity that the subgraph gives along. */
  readonly provides: readonly string[];
  readonly arguments: readonly ArgumentModel[];
  readonly marks: readonly Mark[];
}

export interface ArgumentModel {
  readonly name: string;
  readonly type: 'String' | 'In' | '[In!]';
  readonly marks: readonly Mark[];
}

export const POLICIES = ['p', 'q'] as const;

/** @param size from 0: how much there is of everything. */
export function makeGraph(random: Random, size: number): Graph {
  const subgraphs = ['a', 'b', 'c', 'd'].slice(0, 2 + random.below(Math.min(3, 1 + size)));
  const mark = (owners: readonly string[], probability: number): Mark[] =>
    random.chance(probability) ? [{ policy: random.pick(POLICIES), subgraph: random.pick(owners) }] : [];
  const argumentsOf = (owners: readonly string[]): ArgumentModel[] =>
    random.chance(0.5)
      ? [{ name: 'arg', type: random.pick(['String', 'String', 'In', '[In!]'] as const), marks: mark(owners, 0.4) }]
      : [];
  const field = (
    name: string,
    type: string,
    owners: readonly string[],
    extra: Partial<FieldModel> = {},
  ): FieldModel => ({
    name,
    type,
    isList: false,
    subgraphs: owners,
    requires: [],
    provides: [],
    arguments: [],
    marks: mark(owners, 0.3),
    ...extra,
  });

  const valueTypes = ['V0', 'V1'].slice(0, 1 + random.below(2));
  const entityNames = ['E0', 'E1', 'E2', 'E3'].slice(0, 2 + random.below(Math.min(3, 1 + size)));
  const homes = new Map(entityNames.map((name) => [name, random.pick(subgraphs)]));
  const knowers = new Map(
    entityNames.map((name) => {
      const home = homes.get(name) ?? 'a';
      return [
        name,
        [
          home,
          ...random.some(
            subgraphs.filter((subgraph) => subgraph !== home),
            0.7,
          ),
        ],
      ];
    }),
  );
  const interfaceSubgraph = random.pick(subgraphs);
  const implementing = entityNames.filter((name) => homes.get(name) === interfaceSubgraph);
  const interfaces: InterfaceModel[] =
    implementing.length === 0
      ? []
      : ['I0', 'I1'].slice(0, 1 + random.below(2)).map((name) => ({
          name,
          subgraph: interfaceSubgraph,
          fields: ['common'],
          marks: mark([interfaceSubgraph], 0.15),
          fieldMarks: { common: mark([interfaceSubgraph], 0.3) },
        }));
  const unionMembers = entityNames.filter((name) => knowers.get(name)?.includes(interfaceSubgraph));
  const unions: UnionModel[] =
    unionMembers.length < 2 ? [] : [{ name: 'U0', subgraph: interfaceSubgraph, members: unionMembers }];

  const knownIn = (subgraph: string): string[] => [
    ...entityNames.filter((name) => knowers.get(name)?.includes(subgraph)),
    ...valueTypes,
    ...interfaces.filter((model) => model.subgraph === subgraph).map(({ name }) => name),
    ...unions.filter((model) => model.subgraph === subgraph).map(({ name }) => name),
  ];
  const reference = (name: string, owner: string): FieldModel =>
    field(name, random.pick(knownIn(owner)), [owner], {
      isList: random.chance(0.3),
      marks: mark([owner], 0.25),
      arguments: argumentsOf([owner]),
    });

  const entities = entityNames.map((name): ObjectModel => {
    const home = homes.get(name) ?? 'a';
    const known = knowers.get(name) ?? [home];
    const others = known.slice(1);
    const hasSku = random.chance(0.4);
    const keys = new Map<string, readonly KeyField[]>(
      known.map((subgraph) => [
        subgraph,
        !hasSku ? ['id'] : subgraph === home ? ['id', 'sku'] : random.pick([['id'], ['sku'], ['id', 'sku']] as const),
      ]),
    );
    const base = ['x', 'y', 'z'].map((leaf) =>
      field(
        leaf,
        random.chance(0.15) ? 'Secret' : 'String',
        [home, ...(random.chance(0.2) && others.length > 0 ? [random.pick(others)] : [])],
        { arguments: leaf === 'z' ? argumentsOf([home]) : [] },
      ),
    );
    const isInterface = implementing.includes(name);
    const common = isInterface ? [field('common', 'String', [home])] : [];
    const value = field('value', random.pick(valueTypes), [home], { marks: mark([home], 0.2) });
    const own = [...base, ...common, value, ...(random.chance(0.7) ? [reference('ref', home)] : [])];
    const extensions = others.flatMap((subgraph) => {
      const foreign = own.filter(
        (candidate) => !candidate.subgraphs.includes(subgraph) && candidate.arguments.length === 0,
      );
      const requirable = foreign.filter(({ name: leaf }) => !leaf.startsWith('ref'));
      return [
        field(`plain_${subgraph}`, 'String', [subgraph], { arguments: argumentsOf([subgraph]) }),
        ...(requirable.length > 0 && random.chance(0.7)
          ? [
              field(`needs_${subgraph}`, 'String', [subgraph], {
                requires: [...new Set([random.pick(requirable), ...random.some(requirable, 0.3)])].map(
                  (required) => required.name,
                ),
                marks: mark([subgraph], 0.15),
              }),
            ]
          : []),
        ...(random.chance(0.5) ? [reference(`ref_${subgraph}`, subgraph)] : []),
      ];
    });
    // What requires what requires: a chain over several subgraphs.
    const chained = others.flatMap((subgraph) => {
      const required = extensions.find(
        (candidate) =>
          candidate.type === 'String' && !candidate.subgraphs.includes(subgraph) && candidate.arguments.length === 0,
      );
      return required !== undefined && random.chance(0.4)
        ? [field(`chain_${subgraph}`, 'String', [subgraph], { requires: [required.name], marks: [] })]
        : [];
    });
    return {
      name,
      home,
      keys,
      interfaces: isInterface ? interfaces.map((model) => model.name) : [],
      marks: mark([home], 0.08),
      fields: [
        field('id', 'ID!', known, { marks: mark([home], 0.08) }),
        ...(hasSku
          ? [
              field(
                'sku',
                'String',
                known.filter((subgraph) => keys.get(subgraph)?.includes('sku')),
                { marks: mark([home], 0.1) },
              ),
            ]
          : []),
        ...own,
        ...extensions,
        ...chained,
      ],
    };
  });

  const values = valueTypes.map((name): ObjectModel => ({
    name,
    home: undefined,
    keys: new Map(),
    interfaces: [],
    marks: mark(subgraphs, 0.15),
    fields: ['m', 'n'].map((leaf) => field(leaf, 'String', subgraphs)),
  }));

  const withProvides = entities.map((entity) => ({
    ...entity,
    fields: entity.fields.map((reading) => provide(reading, entities, random)),
  }));
  const roots = (prefix: string) =>
    subgraphs.flatMap((subgraph) =>
      random.some(knownIn(subgraph), 0.6).map((type) =>
        provide(
          field(`${prefix}${type}_${subgraph}`, type, [subgraph], {
            isList: random.chance(0.3),
            marks: mark([subgraph], 0.1),
            arguments: argumentsOf([subgraph]),
          }),
          entities,
          random,
        ),
      ),
    );
  const queries = roots('q');
  return {
    subgraphs,
    types: [...withProvides, ...values],
    interfaces,
    unions,
    secretMarks: random.chance(0.5) ? [random.pick(POLICIES)] : [],
    inputMarks: {
      plain: [],
      hidden: random.chance(0.6) ? [random.pick(POLICIES)] : [],
      deep: [],
    },
    queries: queries.length > 0 ? queries : [field('q0', 'V0', [subgraphs[0] ?? 'a'])],
    mutations: random.chance(0.4) ? roots('m').slice(0, 2) : [],
  };
}

/** A reference may give along leaves of the entity that its subgraph knows and does not resolve otherwise. */
function provide(reading: FieldModel, entities: readonly ObjectModel[], random: Random): FieldModel {
  const entity = entities.find(({ name }) => name === reading.type);
  const [owner] = reading.subgraphs;
  if (entity === undefined || owner === undefined || !random.chance(0.3)) return reading;
  const leaves = entity.fields.filter(
    ({ name, subgraphs, arguments: taken, requires }) =>
      ['x', 'y'].includes(name) && !subgraphs.includes(owner) && taken.length === 0 && requires.length === 0,
  );
  return { ...reading, provides: random.some(leaves, 0.5).map(({ name }) => name) };
}

/** The SDL of each subgraph. */
export function sdlOf(graph: Graph): Record<string, string> {
  return Object.fromEntries(graph.subgraphs.map((subgraph) => [subgraph, subgraphSdl(graph, subgraph)]));
}

const HEADER = `
  extend schema
    @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@shareable", "@external", "@requires", "@provides", "@composeDirective"])
    @link(url: "https://cloister.example/attested/v0.1", import: ["@attested"])
    @composeDirective(name: "@attested")
  directive @attested(policy: String!) on FIELD_DEFINITION | OBJECT | INTERFACE | ARGUMENT_DEFINITION | INPUT_FIELD_DEFINITION | SCALAR | ENUM
`;

function subgraphSdl(graph: Graph, subgraph: string): string {
  const isFirst = subgraph === graph.subgraphs[0];
  const inputMark = (name: InputField) => (isFirst ? graph.inputMarks[name].map(attested).join(' ') : '');
  const types = graph.types.flatMap((type) => {
    if (type.home !== undefined && !type.keys.has(subgraph)) return [];
    const external = externalIn(graph, type, subgraph);
    const fields = type.fields.flatMap((field) => {
      if (field.subgraphs.includes(subgraph))
        return [fieldSdl(field, subgraph, isShared(graph, type, field, subgraph))];
      return external.has(field.name) ? [`${field.name}: ${typeText(field)} @external`] : [];
    });
    const keys = (type.keys.get(subgraph) ?? []).map((key) => `@key(fields: "${key}")`);
    const implemented =
      type.home === subgraph && type.interfaces.length > 0 ? `implements ${type.interfaces.join(' & ')}` : '';
    return [
      `type ${type.name} ${implemented} ${keys.join(' ')} ${marksIn(type.marks, subgraph)} { ${fields.join('\n')} }`,
    ];
  });
  const interfaces = graph.interfaces
    .filter((model) => model.subgraph === subgraph)
    .map(
      (model) =>
        `interface ${model.name} ${marksIn(model.marks, subgraph)} { id: ID! ${model.fields
          .map((field) => `${field}: String ${marksIn(model.fieldMarks[field] ?? [], subgraph)}`)
          .join('\n')} }`,
    );
  const unions = graph.unions
    .filter((model) => model.subgraph === subgraph)
    .map(({ name, members }) => `union ${name} = ${members.join(' | ')}`);
  const roots = (name: string, fields: readonly FieldModel[]) => {
    const own = fields.filter((field) => field.subgraphs.includes(subgraph));
    return own.length === 0
      ? ''
      : `type ${name} { ${own.map((field) => fieldSdl(field, subgraph, false)).join('\n')} }`;
  };
  return `${HEADER}
    scalar Secret ${isFirst ? graph.secretMarks.map(attested).join(' ') : ''}
    input In { plain: String ${inputMark('plain')} hidden: String ${inputMark('hidden')} deep: [In!] ${inputMark('deep')} }
    ${types.join('\n')}
    ${interfaces.join('\n')}
    ${unions.join('\n')}
    ${roots('Query', graph.queries) || `type Query { nothing_${subgraph}: String }`}
    ${roots('Mutation', graph.mutations)}`;
}

function isShared(graph: Graph, type: ObjectModel, field: FieldModel, subgraph: string): boolean {
  if (type.home === undefined) return true;
  if (field.name === 'id' || field.name === 'sku') return type.keys.get(subgraph)?.includes(field.name) !== true;
  const isProvided = readingsOf(graph).some(
    ({ type: name, provides }) => name === type.name && provides.includes(field.name),
  );
  return field.subgraphs.length > 1 || isProvided;
}

function readingsOf(graph: Graph): FieldModel[] {
  return [...graph.types.flatMap(({ fields }) => fields), ...graph.queries, ...graph.mutations];
}

function fieldSdl(field: FieldModel, subgraph: string, isShareable: boolean): string {
  const taken = field.arguments.map((one) => `${one.name}: ${one.type} ${marksIn(one.marks, subgraph)}`);
  const provided = field.provides.length > 0 ? `@provides(fields: "${field.provides.join(' ')}")` : '';
  const needed = field.requires.length > 0 ? `@requires(fields: "${field.requires.map(withInside).join(' ')}")` : '';
  return `${field.name}${taken.length > 0 ? `(${taken.join(' ')})` : ''}: ${typeText(field)} ${
    isShareable ? '@shareable' : ''
  } ${provided} ${needed} ${marksIn(field.marks, subgraph)}`;
}

/** A required object is required with what is in it. */
function withInside(name: string): string {
  return name === 'value' ? 'value { m n }' : name;
}

function typeText({ type, isList }: FieldModel): string {
  return isList ? `[${type}]` : type;
}

/** Fields that the subgraph names without resolving them: required ones, and those that it provides. */
function externalIn(graph: Graph, type: ObjectModel, subgraph: string): Set<string> {
  const required = type.fields
    .filter((field) => field.subgraphs.includes(subgraph))
    .flatMap(({ requires }) => requires);
  const provided = readingsOf(graph)
    .filter((field) => field.subgraphs.includes(subgraph) && field.type === type.name)
    .flatMap(({ provides }) => provides);
  return new Set([...required, ...provided]);
}

function marksIn(marks: readonly Mark[], subgraph: string): string {
  return marks
    .filter((mark) => mark.subgraph === subgraph)
    .map(({ policy }) => attested(policy))
    .join(' ');
}

function attested(policy: string): string {
  return `@attested(policy: "${policy}")`;
}
