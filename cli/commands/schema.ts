import { readFileSync } from 'node:fs';
import { GraphQLError, parse, validateSchema, type DocumentNode } from 'graphql';
import { Refusal } from '../../enclave/refusals.js';
import type { SchemaChange, Severity } from '../../schema/changes/change.js';
import { findChanges } from '../../schema/changes/findChanges.js';
import { publishedSchema } from '../../schema/publishedSchema.js';
import { AUDIENCE } from '../../deploy/local/addresses.js';
import { DEMONSTRATION_PASSWORD } from '../../deploy/local/identity/people.js';
import { EXIT, UsageError, text, type Command, type ExitCode, type Invocation } from '../command.js';
import { checkGateway, requireLocalChannel } from '../gatewayChecks.js';
import { signInWithPassword } from '../signIn.js';
import { identityOption, findTarget, targetOptions } from '../target.js';

const MAXIMUM_FILE_BYTES = 16_777_216;
const TIMEOUT_MS = 30_000;

export const schema: Command = {
  name: 'schema',
  synopsis: 'check OLD NEW [--json] | download [--contract NAME]',
  summary: 'Names what breaks between two versions of a schema, or prints the schema that the gateway serves.',
  details:
    'OLD and NEW are files: supergraphs, schemas as they are downloaded, or any other SDL; - is standard input. Beside what GraphQL\n' +
    'itself breaks, conditions count: a field that becomes @attested is breaking for callers over plain channels, and so are scopes\n' +
    'that are added. Exit code 0: nothing breaks. 1: something does.\n' +
    'download verifies the gateway first. It prints the schema that everybody may see, or with --user the one of that account\n' +
    '(the password is in CLOISTER_PASSWORD, or that of the demonstration).',
  options: {
    json: { type: 'boolean', help: 'check: print one JSON object.' },
    contract: { type: 'string', value: 'NAME', help: 'download: a narrower contract than the caller’s own.' },
    policy: {
      type: 'string',
      value: 'NAME',
      help: 'download: the policy that the gateway must satisfy (default component).',
    },
    ...targetOptions,
    ...identityOption,
  },
  words: [1, 3],
  run(invocation) {
    const [verb, before, after] = invocation.words;
    if (verb === 'download' && before === undefined) return download(invocation);
    if (verb === 'check' && before !== undefined && after !== undefined)
      return Promise.resolve(check(before, after, invocation));
    throw new UsageError('Usage: cloister schema check OLD NEW, or cloister schema download');
  },
};

function check(before: string, after: string, { flags, terminal }: Invocation): ExitCode {
  if (before === '-' && after === '-') throw new UsageError('Only one of OLD and NEW can be standard input.');
  const changes = findChanges(readSchema(before), readSchema(after));
  const of = (severity: Severity) => changes.filter((change) => change.severity === severity);
  if (flags.json === true) {
    const entriesOf = (severity: Severity) => of(severity).map(({ type, description }) => ({ type, description }));
    const found = { breaking: entriesOf('breaking'), dangerous: entriesOf('dangerous'), safe: entriesOf('safe') };
    terminal.out(JSON.stringify(found));
  } else {
    for (const line of changes.map(lineOf)) terminal.out(line);
    const count = (severity: Severity) => `${of(severity).length} ${severity}`;
    terminal.out(
      changes.length === 0 ? 'No change.' : `${count('breaking')}, ${count('dangerous')}, ${count('safe')}.`,
    );
  }
  return of('breaking').length > 0 ? EXIT.refused : EXIT.ok;
}

const LABELS: Readonly<Record<Severity, string>> = { breaking: 'BREAKING ', dangerous: 'dangerous', safe: 'safe     ' };

function lineOf({ severity, description }: SchemaChange): string {
  return `${LABELS[severity]}  ${description.replaceAll(/[\s\p{Cc}]+/gu, ' ')}`;
}

/** @throws Refusal NOT_FOUND, TOO_LARGE, or BAD_INPUT with the first thing that is wrong */
function readSchema(path: string): DocumentNode {
  const source = readText(path);
  try {
    const document = parse(source);
    const [problem] = validateSchema(publishedSchema(document));
    if (problem !== undefined) throw problem;
    return document;
  } catch (cause) {
    const [place] = cause instanceof GraphQLError ? (cause.locations ?? []) : [];
    const at = place === undefined ? path : `${path}:${place.line}:${place.column}`;
    throw new Refusal('BAD_INPUT', `${at}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
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

async function download(invocation: Invocation): Promise<ExitCode> {
  const { env, terminal } = invocation;
  const target = await findTarget(invocation);
  const policy = target.trust.policy('patient-record');
  const { refusal } = await checkGateway(target, policy);
  if (refusal !== undefined) throw refusal;
  const url = new URL('/schema.graphql', target.gateway);
  const contract = text(invocation, 'contract');
  if (contract !== undefined) url.searchParams.set('contract', contract);
  const account = text(invocation, 'user');
  const headers: Record<string, string> = {};
  if (account !== undefined) {
    requireLocalChannel(policy);
    const password = env.CLOISTER_PASSWORD ?? DEMONSTRATION_PASSWORD;
    const token = await signInWithPassword({ issuer: target.identity, account, password, audience: AUDIENCE });
    headers.authorization = `Bearer ${token}`;
  }
  const sdl = await fetchText(url, headers);
  terminal.out(sdl.trimEnd());
  return EXIT.ok;
}

async function fetchText(url: URL, headers: Record<string, string>): Promise<string> {
  let answer: Response;
  let body: string;
  try {
    answer = await fetch(url, { headers, redirect: 'error', signal: AbortSignal.timeout(TIMEOUT_MS) });
    body = await answer.text();
  } catch (cause) {
    throw new Refusal('PEER_UNREACHABLE', `${url.origin} does not answer.`, { cause });
  }
  if (answer.status === 404) throw new Refusal('NOT_FOUND', `${url.origin} has no such schema for this caller.`);
  if (!answer.ok) throw new Refusal('UPSTREAM_FAILED', `${url.origin} answered status ${answer.status}.`);
  if (body.length > MAXIMUM_FILE_BYTES)
    throw new Refusal('TOO_LARGE', `${url.origin} answered with more than ${MAXIMUM_FILE_BYTES} characters.`);
  return body;
}
