import { fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, describe, expect, test } from '@jest/globals';
import { isAlive } from '../../support/processes.js';
import { createSupervisor, type Supervisor } from '../../../deploy/local/supervisor.js';

// Small processes of every temper. `serve` is what a well-behaved one does.
const root = mkdtempSync(join(tmpdir(), 'cloister-supervisor-'));
mkdirSync(join(root, 'logs'));
const serve = `process.on('SIGTERM', () => process.exit(0)); process.on('disconnect', () => process.exit(0)); process.send({ ready: true, pid: process.pid }); setInterval(() => {}, 1000);`;
const programs = {
  good: `console.log(JSON.stringify({ message: 'hello', variable: process.env.CLOISTER_TEST, leaked: process.env.CLOISTER_LEAKED ?? 'nothing' })); ${serve}`,
  broken: `console.error('KEY_FILE: it is not there'); process.exit(3);`,
  silent: `setInterval(() => {}, 1000);`,
  stubborn: `process.on('SIGTERM', () => {}); process.send({ ready: true }); setInterval(() => {}, 1000);`,
  // Serves the first time it is started and fails ever after.
  fragile: `import { existsSync, writeFileSync } from 'node:fs'; if (existsSync('fragile-ran')) process.exit(9); writeFileSync('fragile-ran', ''); ${serve} setTimeout(() => process.exit(7), 100);`,
  // Ends once and serves the second time.
  reviving: `import { existsSync, writeFileSync } from 'node:fs'; const again = existsSync('reviving-ran'); writeFileSync('reviving-ran', ''); ${serve} if (!again) setTimeout(() => process.exit(7), 100);`,
};
for (const [name, program] of Object.entries(programs)) writeFileSync(join(root, `${name}.mjs`), program);

const spec = (name: keyof typeof programs) => ({ name, entry: `${name}.mjs`, environment: { CLOISTER_TEST: 'given' } });
let supervisor: Supervisor;
let told: string[] = [];
function supervise(limits: Parameters<typeof createSupervisor>[0]['limits'] = {}): Supervisor {
  told = [];
  supervisor = createSupervisor({ root, logs: join(root, 'logs'), tell: (line) => told.push(line), limits });
  return supervisor;
}
afterEach(async () => supervisor.stop());

describe('the supervisor', () => {
  test('waits until a process serves, keeps its output in a log, and gives it its own settings only', async () => {
    process.env.CLOISTER_LEAKED = 'secret';
    await supervise().start(spec('good'));
    delete process.env.CLOISTER_LEAKED;
    expect(supervisor.states()).toEqual([{ name: 'good', pid: expect.any(Number), state: 'ready', restarts: 0 }]);
    expect(readFileSync(join(root, 'logs/good.log'), 'utf8')).toContain(
      '{"message":"hello","variable":"given","leaked":"nothing"}',
    );
  });

  test('says why a process did not start, with the end of its log', async () => {
    await expect(supervise().start(spec('broken'))).rejects.toThrow(
      /The process broken ended with exit code 3 before it was ready.*\n.*KEY_FILE: it is not there/,
    );
  });

  test('does not wait for ever', async () => {
    await expect(supervise({ readyMs: 200 }).start(spec('silent'))).rejects.toThrow(
      'did not become ready within 0.2 s',
    );
    expect(isAlive(supervisor.states()[0]?.pid)).toBe(false);
  });

  test('stops processes, and kills one that does not listen', async () => {
    await supervise({ stopMs: 300 }).start(spec('good'));
    await supervisor.start(spec('stubborn'));
    const pids = supervisor.states().map(({ pid }) => pid);
    const began = performance.now();
    await supervisor.stop();
    expect(performance.now() - began).toBeLessThan(2000);
    expect(pids.map(isAlive)).toEqual([false, false]);
  });

  test('starts a crashed process again', async () => {
    await supervise({ firstBackoffMs: 20 }).start(spec('reviving'));
    await until(() => told.some((line) => line.includes('serves again')));
    expect(told[0]).toBe('reviving ended with exit code 7; it is started again in 0.02 s.');
    expect(supervisor.states()[0]).toMatchObject({ state: 'ready', restarts: 1 });
  });

  test('gives up on a process that crashes again and again, and says where to look', async () => {
    await supervise({ firstBackoffMs: 5, crashes: 3 }).start(spec('fragile'));
    await until(() => supervisor.states()[0]?.state === 'given up');
    expect(told.at(-1)).toMatch(
      /fragile ended 3 times within 120 s, the last time with exit code 9, and is not started again\. .*fragile\.log/,
    );
  });

  test('starts nothing once it stops', async () => {
    await supervise().stop();
    await expect(supervisor.start(spec('good'))).rejects.toThrow('the system stops');
  });
});

test('no process outlives a supervisor that was killed', async () => {
  const parent = join(root, 'parent.mjs');
  writeFileSync(
    parent,
    `import { fork } from 'node:child_process'; const child = fork('good.mjs', { detached: true, stdio: ['ignore', 'ignore', 'ignore', 'ipc'] }); child.on('message', () => process.send(child.pid));`,
  );
  const killed = fork(parent, { cwd: root });
  const [pid] = (await once(killed, 'message')) as [number];
  killed.kill('SIGKILL');
  await until(() => !isAlive(pid));
  expect(existsSync(join(root, 'good.mjs'))).toBe(true);
});

async function until(holds: () => boolean): Promise<void> {
  for (let waited = 0; !holds(); waited += 20) {
    if (waited > 10_000) throw new Error('it did not happen within 10 s');
    await wait(20);
  }
}
