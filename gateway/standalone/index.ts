import { readFile } from 'node:fs/promises';
import { Refusal, toRefusal } from '../../enclave/refusals.js';
import { createLog, type Log } from '../../runtime/log.js';
import { createMetrics } from '../../runtime/metrics.js';
import { runProcess } from '../../runtime/shutdown.js';
import { helpText, readCommandLine, wantsHelp } from './commandLine.js';
import { startStandalone, type StandaloneGateway } from './server.js';
import type { StandaloneConfig } from './settings.js';
import { watchFile } from './watchFile.js';

/** `cloister gateway`: the flags are the arguments of the process. */
const words = process.argv.slice(2);

if (wantsHelp(words)) process.stdout.write(`${helpText()}\n`);
else await run();

async function run(): Promise<void> {
  let config: StandaloneConfig;
  try {
    config = readCommandLine(words, process.env);
  } catch (thrown) {
    const { code, message } = toRefusal(thrown);
    process.stderr.write(`${code}: ${message}\n`);
    process.exitCode = 2;
    return;
  }
  await runProcess({ name: 'gateway', start: () => start(config) });
}

async function start(config: StandaloneConfig): Promise<{ close(): Promise<void> }> {
  const log = createLog({ name: 'gateway', level: config.logLevel });
  const supergraphSdl = await readSupergraphFile(config.supergraph);
  const gateway = await startStandalone({
    supergraphSdl,
    config,
    random: Math.random,
    log,
    metrics: createMetrics('gateway'),
  });
  process.stdout.write(`GraphQL at http://${config.host}:${gateway.port}/graphql\n`);
  const stopWatching = config.watch === 'on' ? watch(supergraphSdl, config, gateway, log) : () => undefined;
  return {
    close: async () => {
      stopWatching();
      await gateway.close();
    },
  };
}

function watch(supergraphSdl: string, config: StandaloneConfig, gateway: StandaloneGateway, log: Log): () => void {
  const file = config.supergraph;
  return watchFile(supergraphSdl, {
    file,
    intervalMs: config.watchIntervalMs,
    onChange: async (text) => {
      await gateway.reload(text);
      log.info({ file }, 'Serves the new supergraph.');
    },
    onFailure: (error) =>
      log.error({ file, error }, 'The supergraph could not be loaded again: the old one serves on.'),
  });
}

async function readSupergraphFile(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    const message = `The supergraph ${file} cannot be read: --supergraph names the file.`;
    throw new Refusal('CONFIGURATION_INVALID', message, { cause });
  }
}
