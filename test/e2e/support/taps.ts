import { LISTENERS } from '../../../deploy/local/listeners.js';
import { tap, type Tap } from './tap.js';

/** Taps on every connection between processes that carries health data, and the settings that put them there. */
export interface Taps {
  readonly all: Readonly<Record<string, Tap>>;
  readonly env: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

export async function tapProcesses(basePort: number): Promise<Taps> {
  const to = (listener: 'gateway-attested' | 'patient-attested' | 'diagnosis-attested' | 'inference-attested') =>
    tap({ host: '127.0.0.1', port: basePort + LISTENERS[listener].offset });
  const all = {
    'gateway to patient': await to('patient-attested'),
    'gateway to diagnosis': await to('diagnosis-attested'),
    'diagnosis to inference': await to('inference-attested'),
    'inference to patient': await to('patient-attested'),
    'patient to gateway': await to('gateway-attested'),
  };
  const url = (name: keyof typeof all): string => `https://127.0.0.1:${all[name].port}`;
  return {
    all,
    env: {
      CLOISTER_GATEWAY__SUBGRAPH_PATIENT: url('gateway to patient'),
      CLOISTER_GATEWAY__SUBGRAPH_DIAGNOSIS: url('gateway to diagnosis'),
      CLOISTER_DIAGNOSIS__INFERENCE: url('diagnosis to inference'),
      CLOISTER_PATIENT__ATTESTED_URL: url('inference to patient'),
      CLOISTER_INFERENCE__IMAGE_SOURCES: url('inference to patient'),
      CLOISTER_PATIENT__GATEWAY: url('patient to gateway'),
    },
    close: async () => {
      await Promise.all(Object.values(all).map((one) => one.close()));
    },
  };
}
