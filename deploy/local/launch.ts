import { performance } from 'node:perf_hooks';
import { toRefusal } from '../../enclave/refusals.js';
import { addressesOf } from './addresses.js';
import type { LocalConfig } from './config.js';
import { prepareInsecurePlatform } from './insecurePlatform.js';
import { openDataFolder } from './dataFolder.js';
import { takeLock } from './lock.js';
import { requireFreePorts } from './ports.js';
import { systemOf } from './processes.js';
import type { ProcessSpec } from './processSpec.js';
import { announceRunning } from './running.js';
import { setUp } from './setup.js';
import { createSupervisor, type ProcessState } from './supervisor.js';
import { startTable } from './table.js';
import { tuned } from './tuning.js';

/** Collateral of the insecure platform is good for thirty days; the attestation service takes up what is written anew. */
const DAY_MS = 86_400_000;

export interface LaunchOptions {
  readonly root: string;
  readonly config: LocalConfig;
  /** Whole lines for the person at the terminal. */
  readonly tell: (line: string) => void;
  /** Ends a start that is under way. */
  readonly signal?: AbortSignal;
}

export interface LocalSystem {
  states(): ProcessState[];
  stop(): Promise<void>;
}

/**
 * Starts the whole system. Whatever fails on the way stops what has started, and gives the data folder back.
 * @throws Refusal whose message says what is wrong and what to do.
 */
export async function launch({ config, root, signal, tell }: LaunchOptions): Promise<LocalSystem> {
  const begun = performance.now();
  const addresses = addressesOf(config.ports);
  const files = openDataFolder(config.data);
  const releaseLock = takeLock(files.folder);
  const supervisor = createSupervisor({ root, logs: files.logs, tell });
  let withdraw: () => void = () => undefined;
  const renewing = setInterval(() => {
    try {
      prepareInsecurePlatform(files.insecurePlatform, Date.now());
    } catch (error) {
      tell(toRefusal(error).message);
    }
  }, DAY_MS).unref();
  const stop = async (): Promise<void> => {
    clearInterval(renewing);
    withdraw();
    await supervisor.stop();
    releaseLock();
  };

  const started = async (spec: ProcessSpec): Promise<void> => {
    await supervisor.start(tuned(spec, config.tuning));
    tell(`  ${spec.name} serves (${((performance.now() - begun) / 1000).toFixed(1)} s)`);
  };
  signal?.addEventListener('abort', () => void supervisor.stop(), { once: true });
  try {
    await requireFreePorts(config.ports);
    tell(`Starting in ${files.folder}`);
    await setUp({ root, files, addresses, now: Date.now() });
    const { first, beside, enclaves } = systemOf(config, addresses, files);
    const enclavesAfterFirst = async (): Promise<void> => {
      await Promise.all(first.map(started));
      await Promise.all(enclaves.map(started));
    };
    await Promise.all([enclavesAfterFirst(), ...beside.map(started)]);
    withdraw = announceRunning(files, { pid: process.pid, startedAt: Date.now(), addresses, ports: config.ports });
  } catch (error) {
    await stop();
    throw error;
  }
  tell(
    startTable({
      addresses,
      data: files.folder,
      demoData: config.demoData,
      seconds: (performance.now() - begun) / 1000,
    }),
  );
  return { states: () => supervisor.states(), stop };
}
