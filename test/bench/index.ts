import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { GATEWAY_OPTIONS } from './gateway/settings.js';
import { describeMachine } from './machine.js';
import { printReport, type Bench } from './report.js';

const benches: Readonly<Record<string, () => Promise<Bench>>> = {
  startup: async () => (await import('./startup.js')).startup,
  memory: async () => (await import('./memory.js')).memory,
  attestation: async () => (await import('./attestation.js')).attestation,
  diagnosis: async () => (await import('./diagnosis.js')).diagnosis,
  gateway: async () => (await import('./gateway/gateway.js')).gateway,
};

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'boolean' }, rounds: { type: 'string' }, ...GATEWAY_OPTIONS },
});
const [name = ''] = positionals;
const bench = Object.hasOwn(benches, name) ? benches[name] : undefined;
const rounds = Number(values.rounds ?? '3');

if (bench === undefined || !Number.isSafeInteger(rounds) || rounds < 1) {
  console.error(`Usage: npm run bench -- ${Object.keys(benches).join('|')} [--rounds N] [--json]`);
  process.exitCode = 2;
} else {
  // dist/test/bench/index.js
  const root = resolve(dirname(fileURLToPath(import.meta.url)), '../../..');
  const tell = (line: string): void => console.error(line);
  const figures = await (await bench())({ root, rounds, tell });
  printReport({ bench: name, machine: describeMachine(), rounds, figures }, values.json === true);
}
