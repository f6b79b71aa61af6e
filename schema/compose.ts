import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { composeServices } from '@apollo/composition';
import { parse } from 'graphql';
import { lintSubgraphs } from './lint.js';

/** A subgraph: its SDL, and where it is by default. The gateway's configuration says where it really is. */
export interface Subgraph {
  readonly sdl: string;
  readonly url: string;
}

/** The identity of the @attested specification; its version follows, for instance /v0.1. */
export const ATTESTED_SPEC = 'https://cloister.example/attested';

/**
 * Composes subgraphs into a supergraph, or throws an error that lists every problem.
 *
 * The composer cannot say for what a custom directive is. Here it is for SECURITY: a router that does not know @attested
 * must refuse the supergraph instead of serving it unguarded.
 */
export function composeSupergraph(
  subgraphs: Readonly<Record<string, Subgraph>>,
  policyNames: ReadonlySet<string>,
): string {
  const documents = Object.fromEntries(Object.entries(subgraphs).map(([name, { sdl }]) => [name, parse(sdl)]));
  const findings = lintSubgraphs(documents, policyNames);
  const result = composeServices(
    Object.entries(subgraphs).map(([name, { url }]) => ({ name, url, typeDefs: documents[name] ?? parse('') })),
  );
  const problems = [...findings, ...(result.errors ?? []).map((error) => error.message)];
  if (problems.length > 0 || result.supergraphSdl === undefined) {
    throw new Error(`The supergraph cannot be composed:\n${problems.map((problem) => `- ${problem}`).join('\n')}`);
  }
  return demandSecurity(result.supergraphSdl);
}

function demandSecurity(supergraph: string): string {
  const link = new RegExp(`@link\\(url: "${ATTESTED_SPEC.replaceAll('.', '\\.')}/v[0-9.]+"`);
  if (!link.test(supergraph)) throw new Error(`No subgraph composes @attested: there is no link to ${ATTESTED_SPEC}`);
  return supergraph.replace(link, (found) => `${found}, for: SECURITY`);
}

/** Our own supergraph, from the files of the schema folder. */
export async function composeFolder(folder: string): Promise<string> {
  const urls = { attestation: 4012, diagnosis: 4013, patient: 4011 };
  const subgraphs = await Promise.all(
    Object.entries(urls).map(async ([name, port]) => {
      const sdl = await readFile(join(folder, `${name}.graphql`), 'utf8');
      return [name, { sdl, url: `https://127.0.0.1:${port}/graphql` }] as const;
    }),
  );
  return composeSupergraph(Object.fromEntries(subgraphs), await policyNames(join(folder, 'policies')));
}

async function policyNames(folder: string): Promise<Set<string>> {
  const names = new Set<string>();
  for (const file of await readdir(folder)) {
    if (!file.endsWith('.json')) continue;
    const policy = JSON.parse(await readFile(join(folder, file), 'utf8')) as { name?: string };
    if (policy.name !== undefined) names.add(policy.name);
  }
  return names;
}

/** `--write` renews schema/supergraph.graphql, `--check` fails where it is not current. */
async function main(mode: string | undefined): Promise<void> {
  const file = join('schema', 'supergraph.graphql');
  const supergraph = await composeFolder('schema');
  if (mode === '--write') await writeFile(file, supergraph);
  else if (mode !== '--check') throw new Error('Say --write or --check.');
  else if ((await readFile(file, 'utf8')) !== supergraph) {
    throw new Error(`${file} is not current: run node dist/schema/compose.js --write`);
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  main(process.argv[2]).catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  });
}
