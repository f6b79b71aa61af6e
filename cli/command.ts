import type { ParseArgsConfig } from 'node:util';
import type { Refusal } from '../enclave/refusals.js';
import type { Terminal } from './terminal.js';

/** What a command ends with; scripts depend on it. */
export const EXIT = {
  ok: 0,
  /** It is not genuine, was refused, or did not work. */
  refused: 1,
  /** It was asked for wrongly. */
  usage: 2,
  /** Something that is needed for an answer could not be had. */
  couldNotTell: 3,
  /** Genuine, but not what the policy accepts. */
  notAcceptable: 4,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Not genuine, not acceptable and could not tell are three answers, for scripts too. */
export function exitCodeOf({ definition }: Refusal): ExitCode {
  if (definition.kind === 'could-not-tell') return EXIT.couldNotTell;
  return definition.kind === 'not-acceptable' ? EXIT.notAcceptable : EXIT.refused;
}

export interface CommandOption {
  readonly type: 'string' | 'boolean';
  /** What stands for the value in the help, for instance FILE. */
  readonly value?: string;
  readonly help: string;
}

export interface Command {
  readonly name: string;
  /** What follows the name, for instance `FILE [flags]`. */
  readonly synopsis: string;
  /** One sentence. */
  readonly summary: string;
  /** More, for the command's own help. */
  readonly details?: string;
  readonly options: Readonly<Record<string, CommandOption>>;
  /** How many words may follow: at least, at most. */
  readonly words: readonly [number, number];
  run(invocation: Invocation): Promise<ExitCode>;
}

export interface Invocation {
  readonly words: readonly string[];
  readonly flags: Readonly<Record<string, string | boolean | undefined>>;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly terminal: Terminal;
  /** The root of the checkout that this command line belongs to. */
  readonly root: string;
}

/** The value of a flag that takes one. */
export function text(invocation: Invocation, flag: string): string | undefined {
  const value = invocation.flags[flag];
  return typeof value === 'string' ? value : undefined;
}

export function parseOptions(options: Command['options']): NonNullable<ParseArgsConfig['options']> {
  return Object.fromEntries(Object.entries(options).map(([name, { type }]) => [name, { type }]));
}

/** Wrong words or flags: the message says what is right. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
