import { mkdtempSync, writeFileSync } from 'node:fs';
import { spawn, type ChildProcess } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { runCase, type Ask } from './runCase.js';
import { startSubgraphServer, type SubgraphServer } from './subgraphServer.js';
import type { FederationSuite } from './suite.js';
import { suites } from './suites.js';

/** Runs the suites against any gateway, or serves them for one that is started by hand. README.md shows how. */
const { values } = parseArgs({
  options: {
    command: { type: 'string' },
    graphql: { type: 'string', default: 'http://127.0.0.1:4000/graphql' },
    only: { type: 'string', multiple: true },
    port: { type: 'string', default: '0' },
    serve: { type: 'boolean', default: false },
  },
});

const STARTED_WITHIN_MS = 15_000;
const chosen = suites.filter(({ id }) => values.only?.includes(id) ?? true);
const subgraphs = await startSubgraphServer(suites, Number(values.port));

if (values.serve) {
  console.log(`Subgraphs at ${subgraphs.origin}/SUITE/SUBGRAPH, supergraphs at ${subgraphs.origin}/SUITE/supergraph.`);
  for (const { about, id } of chosen) console.log(`  ${id}: ${about}`);
} else if (values.command === undefined) {
  console.error('Either --serve, or --command with the gateway to start: {supergraph} stands for the file.');
  process.exitCode = 2;
  await subgraphs.close();
} else {
  const failures = await runAll(values.command, values.graphql, subgraphs);
  process.exitCode = failures === 0 ? 0 : 1;
  await subgraphs.close();
}

async function runAll(command: string, url: string, server: SubgraphServer): Promise<number> {
  let cases = 0;
  let failures = 0;
  for (const suite of chosen) {
    const found = await runSuite(suite, command, url, server);
    cases += suite.cases.length;
    failures += found.length;
    console.log(`${suite.id}: ${suite.cases.length - found.length} of ${suite.cases.length}`);
    for (const line of found) console.log(`  ${line}`);
  }
  console.log(`${chosen.length} suites, ${cases - failures} of ${cases} cases.`);
  return failures;
}

/** @returns a text for each case that failed */
async function runSuite(
  suite: FederationSuite,
  command: string,
  url: string,
  server: SubgraphServer,
): Promise<string[]> {
  const file = join(mkdtempSync(join(tmpdir(), 'cloister-federation-')), 'supergraph.graphql');
  writeFileSync(file, server.supergraphOf(suite));
  const gateway = spawn('sh', ['-c', `exec ${command.replaceAll('{supergraph}', file)}`], { stdio: 'ignore' });
  try {
    if (!(await answers(url))) return suite.cases.map(({ name }) => `${name}: the gateway did not start`);
    const found: string[] = [];
    for (const entry of suite.cases) {
      const disagreements = await runCase(entry, askAt(url), server).catch((error: unknown) => [String(error)]);
      if (disagreements.length > 0) found.push(`${entry.name}: ${disagreements.join('; ')}`);
    }
    return found;
  } finally {
    await end(gateway);
  }
}

function askAt(url: string): Ask {
  return async (body) => {
    const headers = { 'content-type': 'application/json', accept: 'application/json' };
    const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
    return (await response.json()) as unknown;
  };
}

/** Waits for an answer, whatever it is. */
async function answers(url: string): Promise<boolean> {
  const until = Date.now() + STARTED_WITHIN_MS;
  while (Date.now() < until) {
    try {
      await fetch(url);
      return true;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  return false;
}

async function end(gateway: ChildProcess): Promise<void> {
  if (gateway.exitCode !== null) return;
  const ended = new Promise((resolve) => gateway.once('exit', resolve));
  gateway.kill('SIGTERM');
  await ended;
}
