import { resolve } from 'node:path';
import { Refusal } from '../../enclave/refusals.js';
import type { ProcessSpec } from './processSpec.js';

/** Settings of single processes, by process name: what they get instead of what the launcher works out. */
export type Tuning = ReadonlyMap<string, Readonly<Record<string, string>>>;

const processNames = [
  'attestation-service',
  'identity',
  'portal',
  'gateway',
  'patient',
  'attestation',
  'diagnosis',
  'inference',
] as const;

/** `root` is no setting of the process but where its code is taken from: another checkout, built. */
const ROOT = 'CLOISTER_ROOT';

/**
 * CLOISTER_INFERENCE__WORKERS=4 reaches the process `inference` alone, as CLOISTER_WORKERS.
 * CLOISTER_INFERENCE__ROOT=FOLDER runs that process from another checkout; its measurement is then another one.
 * @throws Refusal CONFIGURATION_INVALID where there is no process of that name.
 */
export function tuningOf(env: Readonly<Record<string, string | undefined>>): Tuning {
  const tuning = new Map<string, Record<string, string>>();
  for (const [variable, value] of Object.entries(env)) {
    const [, name, setting] = /^CLOISTER_([A-Z_]+?)__([A-Z0-9_]+)$/.exec(variable) ?? [];
    if (name === undefined || setting === undefined || value === undefined) continue;
    const process = processNames.find((known) => known === name.toLowerCase().replaceAll('_', '-'));
    if (process === undefined)
      throw new Refusal('CONFIGURATION_INVALID', `${variable} names no process; there are ${processNames.join(', ')}.`);
    tuning.set(process, { ...tuning.get(process), [`CLOISTER_${setting}`]: value });
  }
  return tuning;
}

/** The process as tuned. */
export function tuned(spec: ProcessSpec, tuning: Tuning): ProcessSpec {
  const { [ROOT]: root, ...settings } = tuning.get(spec.name) ?? {};
  return {
    ...spec,
    entry: root === undefined ? spec.entry : resolve(root, spec.entry),
    environment: { ...spec.environment, ...settings },
  };
}
