import { parseArgs } from 'node:util';

export interface GatewayBenchSettings {
  /** Measured time of each query in each round. */
  readonly seconds: number;
  readonly connections: number;
  /** Keys of the contenders that take part; all where it is empty. */
  readonly only: readonly string[];
  /** Where there is one, only our gateway runs, for so long. */
  readonly soakMinutes: number | undefined;
  /** A folder for processor profiles. */
  readonly profiles: string | undefined;
}

/** What the command line takes beside what all benches take. */
export const GATEWAY_OPTIONS = {
  seconds: { type: 'string' },
  connections: { type: 'string' },
  only: { type: 'string' },
  soak: { type: 'string' },
  profiles: { type: 'string' },
} as const;

/** @throws Error with what is wrong, for the person who typed it */
export function readSettings(args: readonly string[], keys: readonly string[]): GatewayBenchSettings {
  const { values } = parseArgs({
    args: [...args],
    allowPositionals: true,
    strict: false,
    options: GATEWAY_OPTIONS,
  });
  const text = (name: string): string | undefined => {
    const value = values[name];
    return typeof value === 'string' ? value : undefined;
  };
  const amount = (name: string, fallback: number): number => {
    const value = Number(text(name) ?? fallback);
    if (!(value > 0)) throw new Error(`--${name} takes a number above 0, not ${text(name)}`);
    return value;
  };
  const only = text('only')?.split(',') ?? [];
  const unknown = only.filter((key) => !keys.includes(key));
  if (unknown.length > 0) throw new Error(`--only knows ${keys.join(', ')}, not ${unknown.join(', ')}`);
  return {
    seconds: amount('seconds', 6),
    connections: amount('connections', 50),
    only,
    soakMinutes: text('soak') === undefined ? undefined : amount('soak', 0),
    profiles: text('profiles'),
  };
}
