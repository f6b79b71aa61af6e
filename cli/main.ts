import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Refusal, toRefusal } from '../enclave/refusals.js';
import { EXIT, UsageError, exitCodeOf, parseOptions, type Command, type ExitCode, type Invocation } from './command.js';
import { diagnose } from './commands/diagnose.js';
import { explain } from './commands/explain.js';
import { gateway } from './commands/gateway.js';
import { insecure } from './commands/insecure.js';
import { measure } from './commands/measure.js';
import { plan } from './commands/plan.js';
import { policy } from './commands/policy.js';
import { schema } from './commands/schema.js';
import { start } from './commands/start.js';
import { status } from './commands/status.js';
import { vectors } from './commands/vectors.js';
import { verify } from './commands/verify.js';
import { verifyReceipt } from './commands/verifyReceipt.js';
import { columns, type Terminal } from './terminal.js';

const commands: readonly Command[] = [
  start,
  gateway,
  status,
  diagnose,
  verify,
  verifyReceipt,
  vectors,
  policy,
  plan,
  schema,
  measure,
  insecure,
  explain,
];

export interface CommandLine {
  readonly args: readonly string[];
  readonly env: Invocation['env'];
  readonly terminal: Terminal;
  readonly root: string;
}

/** Runs one command line; never throws. */
export async function main({ args, env, root, terminal }: CommandLine): Promise<ExitCode> {
  const [name, ...rest] = args;
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    const topic = commands.find((command) => command.name === rest[0]);
    terminal.out(topic === undefined || name !== 'help' ? overview() : helpOf(topic));
    return name === undefined ? EXIT.usage : EXIT.ok;
  }
  if (name === '--version' || name === '-V') {
    terminal.out(versionOf(root));
    return EXIT.ok;
  }
  const command = commands.find((candidate) => candidate.name === name);
  if (command === undefined) {
    terminal.err(`There is no command ${JSON.stringify(name)}; cloister --help lists what there is.`);
    return EXIT.usage;
  }
  try {
    // These two are programs with flags and a help of their own.
    if (command === start || command === gateway) {
      return await command.run({ words: rest, flags: {}, env, terminal, root });
    }
    if (rest.includes('--help') || rest.includes('-h')) {
      terminal.out(helpOf(command));
      return EXIT.ok;
    }
    return await command.run({ ...parse(command, rest), env, terminal, root });
  } catch (error) {
    return report(error, terminal);
  }
}

function parse(command: Command, args: readonly string[]): Pick<Invocation, 'words' | 'flags'> {
  let parsed;
  try {
    parsed = parseArgs({ args: [...args], options: parseOptions(command.options), allowPositionals: true });
  } catch (error) {
    const [reason = ''] = (error as Error).message.split('. ');
    throw new UsageError(`${reason}. ${usageOf(command)}`);
  }
  const [least, most] = command.words;
  const count = parsed.positionals.length;
  if (count < least || count > most) throw new UsageError(usageOf(command));
  return { words: parsed.positionals, flags: parsed.values as Invocation['flags'] };
}

/** Code, meaning and action of a refusal. */
function report(error: unknown, terminal: Terminal): ExitCode {
  terminal.settle();
  if (error instanceof UsageError) {
    terminal.err(error.message);
    return EXIT.usage;
  }
  const refusal = toRefusal(error);
  const { code, definition, failures, message, cause } = refusal;
  terminal.err(`${code}: ${message}`);
  for (const { claim, expected, actual } of failures) terminal.err(`  ${claim}: expected ${expected}, got ${actual}`);
  terminal.err(`  Meaning: ${definition.meaning}`);
  terminal.err(`  Action:  ${definition.action}`);
  if (!(error instanceof Refusal) && cause instanceof Error) terminal.err(cause.stack ?? cause.message);
  return exitCodeOf(refusal);
}

function overview(): string {
  return [
    'cloister: patient data that no operator can read',
    '',
    'Usage: cloister COMMAND [flags]',
    '',
    ...commands.flatMap(({ name, synopsis, summary }) => [`  ${name} ${synopsis}`, `      ${summary}`]),
    '',
    'cloister COMMAND --help says more about one of them; cloister --version prints the version.',
    'Commands find the system that npm start runs here by its data folder; --data names another folder.',
    'Exit codes: 0 done or accepted, 1 not genuine or failed, 2 wrong usage, 3 could not tell, 4 genuine but not acceptable.',
  ].join('\n');
}

function helpOf({ details, name, options, summary, synopsis }: Command): string {
  const rows = Object.entries(options).map(([flag, { help, value }]): [string, string] => [
    `--${flag}${value === undefined ? '' : ` ${value}`}`,
    help,
  ]);
  return [
    `Usage: cloister ${name} ${synopsis}`,
    '',
    summary,
    ...(details === undefined ? [] : ['', details]),
    ...(rows.length === 0 ? [] : ['', ...columns(rows, '  ')]),
  ].join('\n');
}

function usageOf({ name, synopsis }: Command): string {
  return `Usage: cloister ${name} ${synopsis} (cloister ${name} --help says more)`;
}

function versionOf(root: string): string {
  return (JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }).version;
}
