import { parseArgs, type ParseArgsConfig } from 'node:util';
import { Refusal } from '../../enclave/refusals.js';
import { parseConfig } from '../../runtime/config.js';
import { settings, type FlaggedSetting, type StandaloneConfig } from './settings.js';

const flags: readonly FlaggedSetting<unknown>[] = Object.values(settings);

/**
 * A flag wins over its variable, a variable over the default.
 *
 * @param words what follows the command's name
 * @throws Refusal CONFIGURATION_INVALID that names every flag and variable that is wrong
 */
export function readCommandLine(
  words: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): StandaloneConfig {
  const given = parseFlags(words);
  const merged = { ...env };
  for (const { env: variable, flag, isSwitch } of flags) {
    const value = given[flag];
    if (typeof value === 'string') merged[variable] = value;
    if (isSwitch === true && value === true) merged[variable] = 'on';
  }
  try {
    return parseConfig(settings, merged);
  } catch (thrown) {
    throw thrown instanceof Refusal ? new Refusal(thrown.code, namingFlags(thrown.message), { cause: thrown }) : thrown;
  }
}

function parseFlags(words: readonly string[]): Readonly<Record<string, string | boolean | undefined>> {
  const options: NonNullable<ParseArgsConfig['options']> = {};
  for (const { flag, isSwitch } of flags) options[flag] = { type: isSwitch === true ? 'boolean' : 'string' };
  try {
    return parseArgs({ args: [...words], options, allowPositionals: false }).values as Record<string, string | boolean>;
  } catch (cause) {
    const [reason = ''] = (cause as Error).message.split('. ');
    throw new Refusal('CONFIGURATION_INVALID', `${reason}. cloister gateway --help lists the flags.`, { cause });
  }
}

export function wantsHelp(words: readonly string[]): boolean {
  return words.includes('--help') || words.includes('-h');
}

/** One line a flag, with its variable, form and default. */
export function helpText(): string {
  const rows = flags.map(({ default: standard, env, flag, form, help, isSwitch }) => [
    `--${flag}${isSwitch === true ? '' : ' …'}`,
    `${help} (${env}: ${form}; default ${standard === undefined || standard === '' ? 'none' : standard})`,
  ]);
  const width = Math.max(...rows.map(([name = '']) => name.length));
  return [
    'Usage: cloister gateway --supergraph FILE [flags]',
    '',
    'Serves any Federation 2 supergraph: GraphQL at /graphql (POST, and GET for queries), /healthz, /readyz and /metrics.',
    'Subgraphs are reached over plain HTTP or HTTPS at the URLs that the file gives; no enclave is verified. A supergraph that',
    'demands @authenticated, @requiresScopes, @policy or @attested is refused, because this gateway knows nobody who asks.',
    'A flag wins over its variable, a variable over the default.',
    '',
    ...rows.map(([name = '', text = '']) => `  ${name.padEnd(width)}  ${text}`),
  ].join('\n');
}

function namingFlags(message: string): string {
  return flags.reduce((text, { env, flag }) => text.replace(new RegExp(`\\b${env}\\b`), `--${flag} (${env})`), message);
}
