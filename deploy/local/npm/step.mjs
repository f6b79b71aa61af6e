import { Buffer } from 'node:buffer';
import { spawn } from 'node:child_process';
import { dirname, resolve } from 'node:path';
import { performance } from 'node:perf_hooks';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

/** The root of the checkout. */
export const root = resolve(dirname(fileURLToPath(import.meta.url)), '../../..');

export class StepFailed extends Error {
  name = 'StepFailed';
}

/** A program of an installed package, run by this Node. */
export function tool(path, ...args) {
  return [process.execPath, resolve(root, 'node_modules', path), ...args];
}

/**
 * Runs one command quietly and prints one line with its time. What it wrote is shown only if it fails, and then whole.
 * @param {string} title for instance "compile"
 * @param {string[]} command program and arguments
 */
export async function step(title, command, { env = {}, note = '' } = {}) {
  const started = performance.now();
  const progress = startProgress(`  ${title} …${note === '' ? '' : ` (${note})`}`);
  const { code, output } = await collect(command, env);
  progress.end();
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  if (code !== 0) {
    console.error(output.trimEnd());
    throw new StepFailed(`  ${title}: failed after ${seconds} s (exit code ${code}); its output is above.`);
  }
  console.log(`  ${title}: ${seconds} s`);
}

/** Runs a command that talks to the terminal itself; resolves to its exit code. */
export function attached(command, env = {}) {
  const child = spawn(command[0], command.slice(1), { cwd: root, stdio: 'inherit', env: { ...process.env, ...env } });
  // Ctrl-C reaches the child by itself; this process waits for its answer.
  const ignore = () => {};
  process.on('SIGINT', ignore);
  return new Promise((settle, fail) => {
    child.on('error', fail);
    child.on('close', (code, signal) => {
      process.off('SIGINT', ignore);
      settle(code ?? (signal === 'SIGINT' ? 130 : 1));
    });
  });
}

function collect(command, env) {
  const child = spawn(command[0], command.slice(1), {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  });
  const chunks = [];
  child.stdout.on('data', (chunk) => chunks.push(chunk));
  child.stderr.on('data', (chunk) => chunks.push(chunk));
  return new Promise((settle) => {
    child.on('error', (error) => settle({ code: 127, output: error.message }));
    child.on('close', (code) => settle({ code: code ?? 1, output: Buffer.concat(chunks).toString('utf8') }));
  });
}

/** On a terminal, a line that is replaced when the step ends; elsewhere nothing, so that logs hold one line a step. */
function startProgress(line) {
  if (!process.stdout.isTTY) return { end() {} };
  process.stdout.write(line);
  return { end: () => process.stdout.write('\r\u001b[2K') };
}
