import { Kind, parse, validate, type DocumentNode, type FieldNode, type OperationDefinitionNode } from 'graphql';
import type { AppraisalPolicy } from '../../../enclave/appraisal/policy.js';
import { analyse, type Analysis } from '../../../gateway/enforcement/analyse.js';
import { decide, type Decision, type Facts, type PartyVerdict } from '../../../gateway/enforcement/decide.js';
import { readRequirements, type Requirements } from '../../../gateway/enforcement/requirements.js';
import type { Caller } from '../../../runtime/caller.js';
import { composeSupergraph } from '../../../schema/compose.js';

/** A small graph with everything that enforcement must understand: two subgraphs, `records` and `lab`. */
export const recordsSdl = `
  extend schema
    @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@shareable", "@authenticated", "@requiresScopes", "@composeDirective"])
    @link(url: "https://cloister.example/attested/v0.1", import: ["@attested"])
    @composeDirective(name: "@attested")
  directive @attested(policy: String!) on FIELD_DEFINITION | OBJECT | INTERFACE | ARGUMENT_DEFINITION | INPUT_FIELD_DEFINITION | SCALAR | ENUM

  "Health data." scalar Genome @attested(policy: "record")
  type Query {
    "Public." about: String
    "One." person(id: ID!): Person @authenticated
    "All." people: [Person!] @authenticated
    "By name." find(name: String @attested(policy: "record"), by: Criteria, first: Int): [Person!]
    "Nodes." nodes: [Node!]
    "Anything." anything: [Thing]
    "Scoped." scoped: String @requiresScopes(scopes: [["a", "b"], ["c"]])
    "Nobody may." lost: String @attested(policy: "no-one")
  }
  type Mutation {
    "Writes." write(input: Write!): Person @authenticated
    "Removes." remove(id: ID!): Boolean @requiresScopes(scopes: [["remove"]])
  }
  "Criteria." input Criteria { "A word." word: String "A name." name: String @attested(policy: "record") "And." and: [Criteria!] }
  "What to write." input Write { "Note." note: String "Person." person: PersonInput! }
  "A person." input PersonInput { "Name." name: String! @attested(policy: "record") }

  "A node." interface Node { "Its id." id: ID! "Its label." label: String }
  "A person." type Person implements Node @key(fields: "id") {
    "Id." id: ID!
    "Label." label: String @attested(policy: "record")
    "Name." name: String @attested(policy: "record")
    "Genome." genome: Genome
    "Home." home: Home @attested(policy: "record")
    "Card, which must be there." card: Card
    "Friends." friends: [Person!]
    "Sample." sample: String @attested(policy: "sample")
    "Status." status: String
  }
  "A card." type Card { "Number." number: Number! "Valid." valid: Boolean }
  "A number." type Number { "Digits." digits: String @requiresScopes(scopes: [["card"]]) "Length." length: Int }
  "A home." type Home @attested(policy: "record") { "Street." street: String "Doors." doors: [Door!] }
  "A door." type Door { "Colour." colour: String }
  "A bed." type Bed implements Node @key(fields: "id") { "Id." id: ID! "Label." label: String "Free." free: Boolean }
  "A thing." union Thing = Person | Bed
`;

export const labSdl = `
  extend schema
    @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@external", "@requires", "@shareable", "@authenticated", "@requiresScopes", "@composeDirective"])
    @link(url: "https://cloister.example/attested/v0.1", import: ["@attested"])
    @composeDirective(name: "@attested")
  directive @attested(policy: String!) on FIELD_DEFINITION | OBJECT | INTERFACE | ARGUMENT_DEFINITION | INPUT_FIELD_DEFINITION | SCALAR | ENUM

  type Query { "Kits." kits: [String!] }
  "A person." type Person @key(fields: "id") {
    "Id." id: ID!
    "Sample." sample: String @external
    "Result: public, but it takes the sample." result: String @requires(fields: "sample")
    "Summary, which takes the result." report(note: String @attested(policy: "sample")): String
    "Kit." kit: String
  }
`;

export const clinicPolicies = new Set(['record', 'sample', 'no-one']);

/** The lint forbids a refusable field that may not be null; enforcement must survive one, so one is made here. */
export function clinicSupergraph(
  urls: { records: string; lab: string } = { records: 'https://r', lab: 'https://l' },
): string {
  const subgraphs = { records: { sdl: recordsSdl, url: urls.records }, lab: { sdl: labSdl, url: urls.lab } };
  return composeSupergraph(subgraphs, clinicPolicies).replaceAll('digits: String @', 'digits: String! @');
}

let requirements: Requirements | undefined;

export function clinic(): Requirements {
  return (requirements ??= readRequirements(clinicSupergraph()));
}

export function policy(name: string, overrides: Partial<AppraisalPolicy> = {}): AppraisalPolicy {
  return {
    name,
    description: name,
    enclaves: [],
    teeTypes: ['sgx'],
    tcbStatuses: [],
    acceptsDebug: false,
    acceptsSimulated: false,
    maximumAgeSeconds: 3600,
    recipientChannels: ['sealed'],
    notice: null,
    ...overrides,
  };
}

export const person: Caller = { kind: 'person', id: 'p', roles: [], scopes: [], channel: 'sealed' };
export const enclaveCaller: Caller = { kind: 'enclave', id: 'patient', roles: [], scopes: [], channel: 'attested' };
export const anonymous: Caller = { kind: 'anonymous', id: '', roles: [], scopes: [], channel: 'local' };

export const accepted: PartyVerdict = { accepted: true, simulated: false };
export const wrongMeasurement: PartyVerdict = {
  accepted: false,
  code: 'POLICY_NOT_SATISFIED',
  message: 'measurement',
  failures: [{ claim: 'measurement', expected: 'aa', actual: 'bb' }],
};
export const unreachable: PartyVerdict = {
  accepted: false,
  code: 'PEER_UNREACHABLE',
  message: 'no answer',
  failures: [],
};

/** Facts under which everything is allowed to a signed-in person, with the given changes. */
export function facts(
  changes: Partial<Omit<Facts, 'verdictOf'>> & { verdicts?: Record<string, PartyVerdict> } = {},
): Facts {
  const { verdicts = {}, ...rest } = changes;
  return {
    caller: person,
    policies: new Map(['record', 'sample'].map((name) => [name, policy(name)])),
    verdictOf: (party, { name }) => verdicts[`${party}/${name}`] ?? verdicts[party] ?? accepted,
    ...rest,
  };
}

export function operationOf(document: DocumentNode, name?: string): OperationDefinitionNode {
  const operations = document.definitions.filter((definition) => definition.kind === Kind.OPERATION_DEFINITION);
  const operation = name === undefined ? operations[0] : operations.find((candidate) => candidate.name?.value === name);
  if (operation === undefined) throw new Error('no operation');
  return operation;
}

export function analyseClinic(source: string, name?: string): Analysis {
  const document = parse(source);
  const problems = validate(clinic().schema, document);
  if (problems.length > 0) throw new Error(problems.map(String).join('\n'));
  return analyse(document, operationOf(document, name), clinic());
}

/** `coordinate code` of every refused field, in document order; the response key where it is an alias. */
export function refusalsOf(analysis: Analysis, { refused }: Decision): string[] {
  return analysis.guarded
    .filter(({ node }) => refused.has(node))
    .map(({ node, coordinate }) => `${aliasOf(node)}${coordinate} ${refused.get(node)?.code ?? ''}`);
}

function aliasOf(node: FieldNode): string {
  return node.alias === undefined ? '' : `${node.alias.value}: `;
}

export function decideClinic(source: string, changes: Parameters<typeof facts>[0] = {}): string[] {
  const analysis = analyseClinic(source);
  return refusalsOf(analysis, decide(analysis, facts(changes)));
}
