import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Refusal } from '../../enclave/refusals.js';
import type {
  DescribedFetch,
  DescribedNode,
  DescribedRequirement,
  PlanDescription,
} from '../../gateway/enforcement/describePlan.js';
import type { AttestedFlow } from '../../gateway/enforcement/requirement.js';
import { EXIT, text, UsageError, type Command, type Invocation } from '../command.js';
import type { Terminal } from '../terminal.js';

const MAXIMUM_FILE_BYTES = 16_777_216;
const PLANNERS = ['auto', 'hive', 'apollo'] as const;

export const plan: Command = {
  name: 'plan',
  synopsis: 'QUERY [--variables JSON] [--supergraph FILE] [--json]',
  summary: 'Says how an operation would be served: what each subgraph is sent, and what that demands of whom.',
  details:
    'QUERY is GraphQL, a file that holds it, or - for standard input. Nothing is sent to anybody. First the plan: each fetch, its\n' +
    'subgraph, what it is sent (variables of the caller, representations of entities, values of contexts), and the policies that\n' +
    'its connection has to satisfy. Then what each guarded field asks for: of the caller, and of everybody who holds an\n' +
    '@attested value on its way. Variables matter where @skip or @include depend on them.\n' +
    'Exit code 0: it can be served to a caller who may have it. 1: it cannot be planned, or is not valid.',
  options: {
    variables: { type: 'string', value: 'JSON', help: 'The variables of the operation: a JSON object.' },
    operation: { type: 'string', value: 'NAME', help: 'Which of several operations.' },
    supergraph: { type: 'string', value: 'FILE', help: 'The supergraph (default: the one of this checkout).' },
    planner: { type: 'string', value: 'NAME', help: 'auto (default), hive or apollo.' },
    json: { type: 'boolean', help: 'Print one JSON object.' },
  },
  words: [1, 1],
  async run(invocation) {
    const description = await describe(invocation);
    const { terminal } = invocation;
    if (invocation.flags.json === true) terminal.out(JSON.stringify(description));
    else print(description, terminal);
    return EXIT.ok;
  },
};

async function describe(invocation: Invocation): Promise<PlanDescription> {
  const [query = ''] = invocation.words;
  const supergraphSdl = readText(text(invocation, 'supergraph') ?? join(invocation.root, 'schema/supergraph.graphql'));
  const planner = PLANNERS.find((name) => name === (text(invocation, 'planner') ?? 'auto'));
  if (planner === undefined) throw new UsageError(`--planner is one of ${PLANNERS.join(', ')}.`);
  const variables = readVariables(text(invocation, 'variables') ?? '{}');
  // The planners take a while to load; no other command needs them.
  const { analysePlan } = await import('../../gateway/enforcement/analysePlan.js');
  const { describePlan } = await import('../../gateway/enforcement/describePlan.js');
  const { readRequirements } = await import('../../gateway/enforcement/requirements.js');
  const { createCompiledExecutor } = await import('../../gateway/execution/compiled/executor.js');
  const { RequestErrors } = await import('../../gateway/execution/compiled/requestErrors.js');
  const { getVariableValues } = await import('graphql');
  const requirements = readRequirements(supergraphSdl);
  const executor = createCompiledExecutor({ supergraphSdl, planner, transport: NOTHING_IS_SENT });
  try {
    const prepared = executor.prepare(readQuery(query), text(invocation, 'operation'));
    const { coerced, errors } = getVariableValues(
      executor.schema,
      (prepared.operation.variableDefinitions ?? []).filter(({ variable }) =>
        Object.hasOwn(variables, variable.name.value),
      ),
      variables,
    );
    if (coerced === undefined) throw new RequestErrors('variables', errors);
    const chosen = prepared.forVariables(coerced);
    return describePlan(chosen, analysePlan(chosen, requirements));
  } catch (thrown) {
    if (!(thrown instanceof RequestErrors)) throw thrown;
    throw new Refusal('BAD_INPUT', thrown.errors.map(({ message }) => message).join(' '), { cause: thrown });
  }
}

const NOTHING_IS_SENT = {
  fetch: () => Promise.reject(new Refusal('INTERNAL', 'A plan is only described, and nothing is sent.')),
};

function readVariables(json: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    throw new UsageError('--variables is a JSON object.');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new UsageError('--variables is a JSON object.');
  return value as Readonly<Record<string, unknown>>;
}

/** GraphQL begins with a brace or a keyword, and a file that has such a name is meant where it exists. */
function readQuery(query: string): string {
  if (query === '-' || (existsSync(query) && statSync(query).isFile())) return readText(query);
  if (!query.includes('{')) throw new Refusal('NOT_FOUND', `${query} is neither a file nor GraphQL.`);
  return query;
}

function readText(path: string): string {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path === '-' ? 0 : path);
  } catch (cause) {
    throw new Refusal('NOT_FOUND', `The file ${path} cannot be read.`, { cause });
  }
  if (bytes.length > MAXIMUM_FILE_BYTES)
    throw new Refusal('TOO_LARGE', `${path} has ${bytes.length} bytes, and ${MAXIMUM_FILE_BYTES} is the most.`);
  return bytes.toString('utf8');
}

function print({ plan: node, requirements, always, policies }: PlanDescription, terminal: Terminal): void {
  terminal.out('Plan');
  if (node === undefined) terminal.out('  Nothing has to be fetched.');
  else printNode(node, '  ', terminal);
  terminal.out('');
  terminal.out('Requirements');
  if (requirements.length === 0) terminal.out('  Everybody may ask for all of it.');
  for (const requirement of requirements) printRequirement(requirement, terminal);
  if (always.length > 0) {
    terminal.out('  the whole operation');
    for (const flow of always) terminal.out(`    ${flowText(flow)}`);
  }
  if (Object.keys(policies).length === 0) return;
  terminal.out('');
  terminal.out('Who must satisfy which policy');
  for (const [policy, parties] of Object.entries(policies)) terminal.out(`  ${policy}: ${parties.join(', ')}`);
}

function printNode(node: DescribedNode, indent: string, terminal: Terminal): void {
  const inside = `${indent}  `;
  switch (node.kind) {
    case 'fetch':
      printFetch(node, indent, terminal);
      return;
    case 'condition':
      terminal.out(`${indent}where $${node.variable}`);
      if (node.then !== undefined) printNode(node.then, inside, terminal);
      if (node.otherwise === undefined) return;
      terminal.out(`${indent}where not $${node.variable}`);
      printNode(node.otherwise, inside, terminal);
      return;
    default:
      terminal.out(`${indent}${node.kind === 'sequence' ? 'one after the other' : 'at the same time'}`);
      for (const child of node.nodes) printNode(child, inside, terminal);
  }
}

function printFetch(fetch: DescribedFetch, indent: string, terminal: Terminal): void {
  const paths = fetch.paths.filter((path) => path !== '');
  terminal.out(
    `${indent}${fetch.operationKind} to ${fetch.subgraph}${paths.length === 0 ? '' : ` at ${paths.join(' and ')}`}`,
  );
  for (const line of fetch.operation.split('\n')) terminal.out(`${indent}    ${line}`);
  const sent = [
    ...fetch.representations,
    ...fetch.variables.map((name) => `$${name}`),
    ...fetch.contexts.map((context) => `$${context}`),
  ];
  if (sent.length > 0) terminal.out(`${indent}  is sent  ${sent.join(', ')}`);
  if (fetch.policies.length > 0) terminal.out(`${indent}  over     a connection under ${fetch.policies.join(' and ')}`);
}

function printRequirement(
  { field, authenticated, scopes, authorizations, flows }: DescribedRequirement,
  terminal: Terminal,
): void {
  const inWords = (alternatives: readonly (readonly string[])[]) =>
    alternatives.map((set) => set.join(' with ')).join(', or ');
  terminal.out(`  ${field}`);
  if (scopes.length > 0) terminal.out(`    scopes ${inWords(scopes)}`);
  else if (authenticated) terminal.out('    a caller who is signed in');
  if (authorizations.length > 0) terminal.out(`    authorization ${inWords(authorizations)}`);
  for (const flow of flows) terminal.out(`    ${flowText(flow)}`);
}

function flowText({ policy, coordinate, producers, receivers, caller }: AttestedFlow): string {
  const from = caller === 'sends' ? ['the caller'] : producers;
  const to = [...receivers, ...(caller === 'receives' ? ['the caller'] : [])];
  return `${policy}: ${coordinate} from ${from.join(', ') || 'whoever has it'} to ${to.join(', ')}`;
}
