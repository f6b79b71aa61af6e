import { Writable } from 'node:stream';
import { main } from '../../cli/main.js';
import { createTerminal } from '../../cli/terminal.js';
import { checkout } from '../support/shared.js';

export interface Outcome {
  readonly exitCode: number;
  readonly out: string;
  readonly err: string;
}

/** Runs one command line of this checkout in this process. */
export async function cloister(args: readonly string[], env: Record<string, string> = {}): Promise<Outcome> {
  const out = new Collected();
  const err = new Collected();
  const exitCode = await main({ args, env, terminal: createTerminal({ out, err }), root: checkout });
  return { exitCode, out: out.text, err: err.text };
}

class Collected extends Writable {
  text = '';
  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString('utf8');
    done();
  }
}
