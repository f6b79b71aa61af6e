import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Refusal } from '../../enclave/refusals.js';
import { orderContracts, parseContract, type ContractDefinition } from './definition.js';

const MAXIMUM_FILE_BYTES = 65_536;

/**
 * Every contract of a folder: its *.json files.
 *
 * @throws Refusal CONFIGURATION_INVALID with the problems of all files.
 */
export async function readContracts(folder: string): Promise<readonly ContractDefinition[]> {
  const files = await readdir(folder).catch((cause: unknown) => {
    throw new Refusal('CONFIGURATION_INVALID', `The folder of contracts ${folder} cannot be read.`, { cause });
  });
  const definitions: ContractDefinition[] = [];
  const problems: string[] = [];
  for (const file of files.filter((name) => name.endsWith('.json')).sort()) {
    try {
      definitions.push(await readContract(join(folder, file)));
    } catch (thrown) {
      if (!(thrown instanceof Refusal)) throw thrown;
      problems.push(thrown.message);
    }
  }
  if (problems.length > 0) throw new Refusal('CONFIGURATION_INVALID', problems.join('\n'));
  return orderContracts(definitions);
}

async function readContract(path: string): Promise<ContractDefinition> {
  const bytes = await readFile(path);
  if (bytes.length > MAXIMUM_FILE_BYTES)
    throw new Refusal(
      'CONFIGURATION_INVALID',
      `${path} has ${bytes.length} bytes, and ${MAXIMUM_FILE_BYTES} is the most`,
    );
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString('utf8'));
  } catch (cause) {
    throw new Refusal('CONFIGURATION_INVALID', `${path} is not JSON`, { cause });
  }
  return parseContract(path, value);
}
