import { Refusal } from '../enclave/refusals.js';

/**
 * Configuration: a pure function from the environment to one typed, frozen value, which reports every problem at once.
 * Only the `index.ts` of a process calls it; nobody reads the environment later.
 */

/** One setting. `env` is the whole name of the variable; `default` is written as the variable would be. */
export interface Setting<T> {
  readonly env: string;
  readonly help: string;
  /** What the value must be, in words, for the reference table and for messages. */
  readonly form: string;
  readonly default: string | undefined;
  /** @throws Error whose message ends the sentence "CLOISTER_X …". */
  readonly parse: (text: string) => T;
}

export type ConfigSpec = Readonly<Record<string, Setting<unknown>>>;

export type ConfigOf<Spec extends ConfigSpec> = {
  readonly [Name in keyof Spec]: Spec[Name] extends Setting<infer T> ? T : never;
};

/** Keeps the literal names of a specification for {@link ConfigOf}. */
export function defineConfig<const Spec extends ConfigSpec>(spec: Spec): Spec {
  return spec;
}

/**
 * @param env for instance `process.env`; an empty variable counts as absent.
 * @throws Refusal CONFIGURATION_INVALID that names every missing or wrong setting.
 */
export function parseConfig<Spec extends ConfigSpec>(
  spec: Spec,
  env: Readonly<Record<string, string | undefined>>,
): ConfigOf<Spec> {
  const values: Record<string, unknown> = {};
  const problems: string[] = [];
  for (const [name, setting] of Object.entries(spec)) {
    const given = env[setting.env]?.trim();
    const text = given === '' ? setting.default : (given ?? setting.default);
    if (text === undefined) {
      problems.push(`${setting.env} is missing: ${setting.help}`);
      continue;
    }
    try {
      values[name] = setting.parse(text);
    } catch (cause) {
      problems.push(`${setting.env} ${cause instanceof Error ? cause.message : 'cannot be read'}`);
    }
  }
  if (problems.length > 0) throw new Refusal('CONFIGURATION_INVALID', problems.join('; '));
  return Object.freeze(values) as ConfigOf<Spec>;
}

/** The reference table of a specification, in Markdown: for `--help` and for the documentation. */
export function configReference(spec: ConfigSpec): string {
  const rows = Object.values(spec).map(
    (setting) =>
      `| ${setting.env} | ${setting.form} | ${setting.default === undefined ? 'required' : setting.default || '(empty)'} | ${setting.help} |`,
  );
  return ['| variable | form | default | meaning |', '|---|---|---|---|', ...rows].join('\n');
}

/** What every kind of setting is declared with. Without `default` the setting is required. */
export interface Declaration {
  readonly env: string;
  readonly help: string;
  readonly default?: string | number;
}

export function text(declaration: Declaration & { readonly pattern?: RegExp }): Setting<string> {
  return setting(declaration, 'text', (value) => {
    if (declaration.pattern && !declaration.pattern.test(value))
      throw new Error(`must match ${declaration.pattern.source}`);
    return value;
  });
}

/** A file or folder, as given: relative to where the process runs. Whether it exists is found out by who opens it. */
export function path(declaration: Declaration): Setting<string> {
  return setting(declaration, 'path', (value) => {
    if (value.includes('\0')) throw new Error('must not contain a NUL character');
    return value;
  });
}

/** A whole number within both bounds. `unit` goes into the reference, for instance `ms`. */
export function number(
  declaration: Declaration & { readonly min: number; readonly max: number; readonly unit?: string },
): Setting<number> {
  const { min, max, unit } = declaration;
  return setting(declaration, `${min} to ${max}${unit === undefined ? '' : ` ${unit}`}`, (value) => {
    const parsed = /^-?\d{1,15}$/.test(value) ? Number(value) : NaN;
    if (!(parsed >= min && parsed <= max))
      throw new Error(`must be a whole number from ${min} to ${max}, not "${shown(value)}"`);
    return parsed;
  });
}

/** A TCP port; 0 lets the system choose. */
export function port(declaration: Declaration): Setting<number> {
  return number({ ...declaration, min: 0, max: 65535 });
}

/** An absolute http or https URL without credentials, query and fragment; a lone trailing slash is dropped. */
export function url(declaration: Declaration & { readonly protocols?: readonly string[] }): Setting<string> {
  const protocols = declaration.protocols ?? ['http:', 'https:'];
  return setting(declaration, 'URL', (value) => parseUrl(value, protocols));
}

export function choice<const T extends string>(declaration: Declaration & { readonly of: readonly T[] }): Setting<T> {
  return setting(declaration, declaration.of.join(' or '), (value) => {
    const chosen = declaration.of.find((candidate) => candidate === value);
    if (chosen === undefined) throw new Error(`must be ${declaration.of.join(' or ')}, not "${shown(value)}"`);
    return chosen;
  });
}

/** Parts separated by commas, at most 32. An empty default gives an empty list. */
export function list(declaration: Declaration): Setting<readonly string[]> {
  return setting(declaration, 'list, separated by commas', parts);
}

/** `name=URL,name=URL`: which party is where. */
export function urlsByName(declaration: Declaration): Setting<ReadonlyMap<string, string>> {
  return setting(declaration, 'name=URL, separated by commas', (value) => {
    const urls = new Map<string, string>();
    for (const part of parts(value)) {
      const [, name, address] = /^([a-z][a-z0-9-]{0,63})=(.+)$/.exec(part) ?? [];
      if (name === undefined || address === undefined) throw new Error(`must be name=URL, not "${shown(part)}"`);
      if (urls.has(name)) throw new Error(`names ${name} twice`);
      urls.set(name, parseUrl(address, ['http:', 'https:']));
    }
    return urls;
  });
}

function setting<T>(declaration: Declaration, form: string, parse: (text: string) => T): Setting<T> {
  const { env, help } = declaration;
  return { env, help, form, default: declaration.default?.toString(), parse };
}

function parts(value: string): readonly string[] {
  const found = value
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
  if (found.length > 32) throw new Error(`must have at most 32 parts, not ${found.length}`);
  return Object.freeze(found);
}

function parseUrl(value: string, protocols: readonly string[]): string {
  const parsed = URL.canParse(value) ? new URL(value) : undefined;
  if (!parsed || !protocols.includes(parsed.protocol)) {
    throw new Error(`must be a URL that begins with ${protocols.map((protocol) => `${protocol}//`).join(' or ')}`);
  }
  if (parsed.username !== '' || parsed.password !== '' || parsed.search !== '' || parsed.hash !== '') {
    throw new Error('must be a URL without credentials, query and fragment');
  }
  return parsed.href.replace(/\/$/, '');
}

/** A wrong value in a message: short, since it may be a secret that was put into the wrong variable. */
function shown(value: string): string {
  return value.length > 24 ? `${value.slice(0, 8)}… (${value.length} characters)` : value;
}
