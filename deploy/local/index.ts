import { once } from 'node:events';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Refusal } from '../../enclave/refusals.js';
import { helpText, parseLocalConfig, wantsHelp } from './config.js';
import { launch } from './launch.js';

// dist/deploy/local/index.js
const root = resolve(dirname(fileURLToPath(import.meta.url)), '../../..');
const args = process.argv.slice(2);

if (wantsHelp(args)) console.log(helpText());
else await run();

async function run(): Promise<void> {
  const stopping = new AbortController();
  const stop = (): void => {
    // Asked a second time: at once. The other processes end with the channel to this one.
    if (stopping.signal.aborted) process.exit(1);
    console.log('\nStopping.');
    stopping.abort();
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);
  // A channel exists where another program started this one; its end is our end.
  process.once('disconnect', stop);

  try {
    const config = parseLocalConfig(args, process.env);
    const system = await launch({ root, config, signal: stopping.signal, tell: (line) => console.log(line) });
    process.send?.({ ready: true, pid: process.pid });
    if (!stopping.signal.aborted) await once(stopping.signal, 'abort');
    await system.stop();
  } catch (error) {
    if (!stopping.signal.aborted) {
      console.error(error instanceof Refusal ? error.message : error);
      process.exit(1);
    }
  }
  console.log('Stopped.');
  process.exit(0);
}
