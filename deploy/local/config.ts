import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { Refusal } from '../../enclave/refusals.js';
import { choice, number, parseConfig, path, type ConfigSpec, type Setting } from '../../runtime/config.js';
import { tuningOf, type Tuning } from './tuning.js';
import { LISTENERS, flagOf, listenerNames, type Listener, type Ports } from './listeners.js';

/** How the local system runs: the value of all flags and environment variables. */
export interface LocalConfig {
  /** Absolute path of the data folder. */
  readonly data: string;
  /** False: no demonstration patients. */
  readonly demoData: boolean;
  readonly logLevel: string;
  readonly ports: Ports;
  /** Settings of single processes. */
  readonly tuning: Tuning;
}

const BASE_PORT = 4000;

const general = {
  data: path({ env: 'CLOISTER_DATA', default: '.cloister', help: 'Folder for keys, records and logs.' }),
  noDemoData: choice({
    env: 'CLOISTER_NO_DEMO_DATA',
    default: 'no',
    of: ['no', 'yes'],
    help: 'Start without demonstration patients.',
  }),
  logLevel: choice({
    env: 'CLOISTER_LOG_LEVEL',
    default: 'info',
    of: ['debug', 'info', 'warn', 'error'],
    help: 'The least that is logged.',
  }),
};

/** A flag and its variable have one name: --no-demo-data is CLOISTER_NO_DEMO_DATA. A flag that is yes or no takes no value. */
function flagOfVariable(env: string): string {
  return env.replace('CLOISTER_', '').toLowerCase().replaceAll('_', '-');
}

function portSetting(listener: Listener, base: number): Setting<number> {
  const { offset, part } = LISTENERS[listener];
  return number({
    env: `CLOISTER_${flagOf(listener).toUpperCase().replaceAll('-', '_')}`,
    default: base + offset,
    min: 1,
    max: 65535,
    help: `Port of ${part}${offset === 0 ? '; the other ports follow it' : ''}.`,
  });
}

function portSettings(base: number): Record<Listener, Setting<number>> {
  return Object.fromEntries(listenerNames.map((listener) => [listener, portSetting(listener, base)])) as Record<
    Listener,
    Setting<number>
  >;
}

const switches = new Set([flagOfVariable(general.noDemoData.env)]);

/**
 * Reads flags, then the environment, then defaults.
 * @throws Refusal CONFIGURATION_INVALID that names every setting that is wrong.
 */
export function parseLocalConfig(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): LocalConfig {
  const given = { ...env, ...readFlags(args) };
  const { base } = parseConfig({ base: portSetting('gateway', BASE_PORT) }, given);
  const ports = portSettings(base);
  const values = parseConfig({ ...general, ...ports }, given);
  const used = Object.fromEntries(listenerNames.map((listener) => [listener, values[listener]])) as Record<
    Listener,
    number
  >;
  requireDifferent(used);
  return Object.freeze({
    data: resolve(values.data),
    demoData: values.noDemoData === 'no',
    logLevel: values.logLevel,
    ports: Object.freeze(used),
    tuning: tuningOf(env),
  });
}

export function wantsHelp(args: readonly string[]): boolean {
  return args.includes('--help') || args.includes('-h');
}

/** The text of `--help`. */
export function helpText(): string {
  const spec: ConfigSpec = { ...general, ...portSettings(BASE_PORT) };
  const rows = Object.values(spec).map(({ env, form, default: value = '', help }) => {
    const flag = flagOfVariable(env);
    return [
      switches.has(flag)
        ? `--${flag}`
        : `--${flag} ${form === 'path' ? 'FOLDER' : form.includes(' or ') ? 'LEVEL' : 'N'}`,
      env,
      value,
      help,
    ];
  });
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map((row) => `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`);
  return [
    'Starts the whole system on this machine, with simulated enclaves: npm start -- [flags], or npx cloister start [flags]',
    '',
    'A setting is a flag or an environment variable; the flag wins. The third column is what holds without either.',
    ...lines,
    '',
    'CLOISTER_PROCESS__SETTING reaches one process alone: CLOISTER_INFERENCE__WORKERS=4, CLOISTER_GATEWAY__LOG_LEVEL=debug.',
    '',
    'Ctrl-C stops everything. Logs are in the folder logs of the data folder.',
    'To begin anew, stop the system and delete the data folder.',
  ].join('\n');
}

/** Flags as the environment variables that they stand for. */
function readFlags(args: readonly string[]): Record<string, string> {
  const variables = [...Object.values(general), ...Object.values(portSettings(BASE_PORT))].map(({ env }) => env);
  const options = Object.fromEntries(
    variables.map((env) => [
      flagOfVariable(env),
      { type: switches.has(flagOfVariable(env)) ? ('boolean' as const) : ('string' as const) },
    ]),
  );
  let values: Record<string, string | boolean | undefined>;
  try {
    ({ values } = parseArgs({ args: [...args], options, allowPositionals: false }));
  } catch (error) {
    const [reason = ''] = (error as Error).message.split('. ');
    throw new Refusal('CONFIGURATION_INVALID', `${reason}. --help lists the flags.`);
  }
  const found: Record<string, string> = {};
  for (const env of variables) {
    const value = values[flagOfVariable(env)];
    if (value !== undefined) found[env] = value === true ? 'yes' : String(value);
  }
  return found;
}

function requireDifferent(ports: Ports): void {
  const owners = new Map<number, Listener>();
  for (const listener of listenerNames) {
    const other = owners.get(ports[listener]);
    if (other !== undefined)
      throw new Refusal(
        'CONFIGURATION_INVALID',
        `--${flagOf(other)} and --${flagOf(listener)} are both ${ports[listener]}; each part needs a port of its own.`,
      );
    owners.set(ports[listener], listener);
  }
}
