import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { AUDIENCE } from '../../../deploy/local/addresses.js';
import { DEMONSTRATION_PASSWORD } from '../../../deploy/local/identity/people.js';
import { signInWithPassword } from '../../../cli/signIn.js';
import { checkout } from '../../support/shared.js';
import type { RunningTestSystem } from './system.js';

export interface GraphQLAnswer<T> {
  readonly data?: T | null;
  readonly errors?: readonly {
    message: string;
    path?: readonly (string | number)[];
    extensions: { code: string } & Record<string, unknown>;
  }[];
  readonly extensions?: Record<string, unknown>;
}

/** A person of the demonstration staff, signed in at a running system. */
export interface Staff {
  readonly token: string;
  ask<T>(query: string, variables?: Record<string, unknown>): Promise<GraphQLAnswer<T>>;
  /** POSTs a file to the gateway's upload route. */
  upload(patient: string, bytes: Uint8Array): Promise<{ status: number; body: Record<string, unknown> }>;
}

export async function signIn(system: RunningTestSystem, account: string): Promise<Staff> {
  const { gateway, identity } = system.addresses;
  const token = await signInWithPassword({
    issuer: identity,
    account,
    password: DEMONSTRATION_PASSWORD,
    audience: AUDIENCE,
  });
  const authorization = `Bearer ${token}`;
  return {
    token,
    async ask<T>(query: string, variables: Record<string, unknown> = {}) {
      const answer = await fetch(`${gateway}/graphql`, {
        method: 'POST',
        headers: { authorization, 'content-type': 'application/json', accept: 'application/json' },
        body: JSON.stringify({ query, variables }),
      });
      return (await answer.json()) as GraphQLAnswer<T>;
    },
    async upload(patient, bytes) {
      const answer = await fetch(`${gateway}/imaging-studies?patient=${patient}`, {
        method: 'POST',
        headers: { authorization, 'content-type': 'application/octet-stream' },
        body: Uint8Array.from(bytes),
      });
      return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
    },
  };
}

/** Runs `cloister` as a person would, against the system. */
export function cloister(
  system: RunningTestSystem,
  args: readonly string[],
): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((settle) => {
    execFile(
      process.execPath,
      [join(checkout, 'cli/cloister.mjs'), ...args],
      { env: { ...process.env, NODE_OPTIONS: '', CLOISTER_DATA: system.files.folder }, maxBuffer: 16 * 1024 * 1024 },
      (error, stdout, stderr) =>
        settle({ code: typeof error?.code === 'number' ? error.code : error === null ? 0 : -1, stdout, stderr }),
    );
  });
}

/** Asks again until the answer satisfies `done`. */
export async function until<T>(ask: () => Promise<T>, done: (answer: T) => boolean, limitMs = 60_000): Promise<T> {
  const deadline = performance.now() + limitMs;
  for (;;) {
    const answer = await ask();
    if (done(answer)) return answer;
    if (performance.now() > deadline) throw new Error(`Not within ${limitMs} ms: ${JSON.stringify(answer)}`);
    await new Promise((settle) => setTimeout(settle, 250));
  }
}
