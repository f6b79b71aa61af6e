import type { Dirent } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import type { CaseVerdict } from '../../enclave/conformance/case.js';
import { judgeFile } from '../../enclave/conformance/judgeFile.js';
import { nodePrimitives } from '../../enclave/verification/nodePrimitives.js';
import { EXIT, UsageError, type Command } from '../command.js';

/** Cases, attestation policies, HCL reports. Certificates and descriptions beside them are no cases. */
const CASE_FILE = /^(?!LICEN[CS]E|NOTICE|SOURCE|README).*\.(json|txt|bin)$/i;
const MAXIMUM_FILE_BYTES = 16 * 1024 * 1024;
const MAXIMUM_FILES = 100_000;
const MAXIMUM_DEPTH = 8;

export const vectors: Command = {
  name: 'vectors',
  synopsis: 'DIR [--json]',
  summary: 'Runs a folder of test vectors through the verifiers and prints every disagreement.',
  details: [
    'Kinds: dcap (SGX and TDX quotes), sev-snp, azure-hcl, maa-token, recordings of Azure Attestation, attestation policies',
    '(.txt) and bare Azure HCL reports (.bin). A file of any other kind fails. Time, trust roots and collateral come from each case.',
  ].join('\n'),
  options: { json: { type: 'boolean', help: 'Print one JSON object with the verdict on every case.' } },
  words: [1, 1],
  async run({ flags, terminal, words }) {
    const [folder = ''] = words;
    const files = await caseFilesIn(folder);
    if (files.length === 0) throw new UsageError(`There are no cases in ${folder}.`);
    const verdicts: CaseVerdict[] = [];
    for (const [index, file] of files.entries()) {
      if (flags.json !== true) terminal.progress(`${index + 1} of ${files.length}`);
      verdicts.push(await judge(file));
    }
    terminal.settle();
    const failed = verdicts.filter(({ disagreements }) => disagreements.length > 0);
    const passed = verdicts.length - failed.length;
    if (flags.json === true) {
      const cases = verdicts.map((verdict, index) => ({ file: relative(folder, files[index] ?? ''), ...verdict }));
      terminal.out(JSON.stringify({ passed, failed: failed.length, cases }, undefined, 2));
    } else {
      for (const { disagreements, id, kind } of failed) {
        for (const disagreement of disagreements) terminal.out(`${id} (${kind}): ${disagreement}`);
      }
      terminal.out(`${passed} passed, ${failed.length} failed`);
    }
    return failed.length === 0 ? EXIT.ok : EXIT.refused;
  },
};

async function judge(path: string): Promise<CaseVerdict> {
  const name = basename(path);
  if ((await stat(path)).size > MAXIMUM_FILE_BYTES)
    return { id: name, kind: 'unknown', disagreements: [`more than ${MAXIMUM_FILE_BYTES} bytes`] };
  return judgeFile(
    { name, bytes: await readFile(path) },
    {
      run: (verifier) => new Promise((resolve) => resolve(verifier(nodePrimitives))),
      readSibling: (sibling) => readText(join(dirname(path), sibling)),
    },
  );
}

/** A case names its siblings, and may not lead out of its folder. */
function readText(path: string): string | undefined {
  if (basename(path) === '' || path.includes('..')) return undefined;
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

/** In order of path. @throws UsageError where there is no such folder, or it is too large or too deep. */
async function caseFilesIn(folder: string, depth = 0): Promise<string[]> {
  if (depth > MAXIMUM_DEPTH) throw new UsageError(`${folder} is more than ${MAXIMUM_DEPTH} folders deep.`);
  const entries = await readdir(folder, { withFileTypes: true }).catch((cause: unknown): Dirent[] => {
    throw new UsageError(`${folder} is not a folder that can be read.`, { cause });
  });
  const found: string[] = [];
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) found.push(...(await caseFilesIn(path, depth + 1)));
    else if (entry.isFile() && CASE_FILE.test(entry.name)) found.push(path);
  }
  if (found.length > MAXIMUM_FILES) throw new UsageError(`There are more than ${MAXIMUM_FILES} files in ${folder}.`);
  return found;
}
