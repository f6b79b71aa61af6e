import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { isAlive } from '../support/processes.js';
import { checkout } from '../support/shared.js';
import { startSystem, type RunningTestSystem } from './support/system.js';

const launcher = join(checkout, 'dist/deploy/local/index.js');
let system: RunningTestSystem;

beforeAll(async () => {
  system = await startSystem({ root: checkout });
}, 120_000);
afterAll(async () => {
  if (system.process.exitCode === null && system.process.signalCode === null) await system.stop();
}, 30_000);

describe('the local system', () => {
  test('shows a table with every address once everything serves', () => {
    const { gateway, portal } = system.addresses;
    for (const text of [portal, `${gateway}/graphql`, 'SIMULATED', 'npx cloister diagnose'])
      expect(system.output()).toContain(text);
  });

  test('answers the first query of the README without an account', async () => {
    const [, query] = /```graphql\n([\s\S]*?)```/.exec(readFileSync(join(checkout, 'README.md'), 'utf8')) ?? [];
    const answer = await fetch(`${system.addresses.gateway}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query }),
    });
    const { data, errors } = (await answer.json()) as {
      data: { enclaves: { reachable: boolean }[] };
      errors?: unknown;
    };
    expect(errors).toBeUndefined();
    expect(data.enclaves.map(({ reachable }) => reachable)).toEqual([true, true, true, true, true]);
  });

  test('is ready in every part, as cloister status says', () => {
    const { status, stdout } = cloister('status', '--json');
    expect({ status, parts: JSON.parse(stdout) as unknown }).toMatchObject({
      status: 0,
      parts: { pid: system.process.pid },
    });
  });

  test('proves itself to cloister verify, which says that the hardware is simulated', () => {
    const { status, stdout } = cloister('verify');
    expect(status).toBe(0);
    expect(stdout).toMatch(/Program\s+passed\./);
    expect(stdout).toMatch(/Hardware\s+NOT SO, accepted in development\. SIMULATED/);
  });

  test('keeps a second one off its data folder, with one sentence', () => {
    const second = spawnSync(process.execPath, [launcher, '--data', system.files.folder, '--port', '39000'], {
      encoding: 'utf8',
    });
    expect(second.status).toBe(1);
    expect(second.stderr).toMatch(
      new RegExp(`^Cloister already runs on the data folder .*\\(process ${system.process.pid ?? 0}\\).*\n$`),
    );
  });

  test('names every taken port, the part that needs it and the flag that moves it', () => {
    const other = `${system.files.folder}-other`;
    const second = spawnSync(process.execPath, [launcher, '--data', other, '--port', String(system.basePort)], {
      encoding: 'utf8',
    });
    expect(second.status).toBe(1);
    expect(second.stderr).toContain(
      `Port ${system.ports.portal}, which the portal needs, is in use by another program; --portal-port N`,
    );
    expect(second.stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(existsSync(join(other, 'lock'))).toBe(false);
  });

  test('starts a part again that was killed', async () => {
    const [pid] = childrenOf(system.process.pid).filter(({ command }) =>
      command.includes('diagnosis/inference/index.js'),
    );
    process.kill(pid?.pid ?? -1, 'SIGKILL');
    await until(() => system.output().includes('inference serves again'), 30_000);
    expect(system.output()).toContain('inference ended with signal SIGKILL; it is started again in 0.5 s.');
  }, 40_000);

  test('takes all its processes along when it is killed', async () => {
    const children = childrenOf(system.process.pid);
    expect(children.length).toBe(8);
    system.process.kill('SIGKILL');
    await until(() => children.every(({ pid }) => !isAlive(pid)), 15_000);
  }, 30_000);

  test('starts again on the folder of one that was killed, with its keys and records, and stops within ten seconds', async () => {
    const again = await startSystem({ root: checkout, data: system.files.folder, basePort: system.basePort });
    const began = performance.now();
    expect(await again.stop()).toBe(0);
    expect(performance.now() - began).toBeLessThan(10_000);
    expect(again.output()).toContain('Stopped.');
    expect(existsSync(join(system.files.folder, 'lock'))).toBe(false);
  }, 120_000);
});

function cloister(...args: string[]) {
  return spawnSync(process.execPath, [join(checkout, 'cli/cloister.mjs'), ...args, '--data', system.files.folder], {
    encoding: 'utf8',
  });
}

function childrenOf(parent: number | undefined): { pid: number; command: string }[] {
  const { stdout } = spawnSync('ps', ['-A', '-o', 'pid=,ppid=,args='], { encoding: 'utf8' });
  return stdout
    .split('\n')
    .map((line) => /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [])
    .filter(([, , ppid]) => Number(ppid) === parent)
    .map(([, pid, , command]) => ({ pid: Number(pid), command: command ?? '' }));
}

async function until(holds: () => boolean, limitMs: number): Promise<void> {
  const began = performance.now();
  while (!holds()) {
    if (performance.now() - began > limitMs)
      throw new Error(`it did not happen within ${limitMs} ms:
${system.output()}`);
    await wait(100);
  }
}
