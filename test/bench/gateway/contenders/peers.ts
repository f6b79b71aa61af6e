import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** Where peers are installed: not among our own dependencies, because nothing but this bench needs them. */
export function peerFolder(root: string, peer: string): string {
  return join(root, 'dist/bench-peers', peer);
}

/** Both peers need Node 22 or later; npm supplies it as a package. */
const NODE = {
  package: `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`,
  version: '22.23.3',
};

/**
 * Installs packages of fixed versions, once. Their install scripts do not run.
 * @returns why it was not possible, or undefined
 */
export async function installPeer(
  folder: string,
  packages: Readonly<Record<string, string>>,
  tell: (line: string) => void,
): Promise<string | undefined> {
  const dependencies = { ...packages, ...(needsNode() ? { [NODE.package]: NODE.version } : {}) };
  const manifest = `${JSON.stringify({ private: true, dependencies }, null, 2)}\n`;
  const manifestFile = join(folder, 'package.json');
  const isInstalled =
    existsSync(join(folder, 'installed')) && (await readFile(manifestFile, 'utf8').catch(() => '')) === manifest;
  if (isInstalled) return undefined;
  await mkdir(folder, { recursive: true });
  await writeFile(manifestFile, manifest);
  tell(`Installing ${Object.keys(dependencies).join(', ')} in ${folder}.`);
  try {
    await promisify(execFile)('npm', ['install', '--prefix', folder, '--ignore-scripts', '--no-audit', '--no-fund'], {
      cwd: folder,
      shell: process.platform === 'win32',
      maxBuffer: 2 ** 24,
    });
  } catch (thrown) {
    return `npm could not install it: ${lastLineOf(thrown)}`;
  }
  await writeFile(join(folder, 'installed'), '');
  return undefined;
}

/** The Node to run a peer with. */
export function peerNode(folder: string): string {
  return needsNode() ? join(folder, 'node_modules', NODE.package, 'bin/node') : process.execPath;
}

/** What a peer's own folder resolves a package to. */
export function peerModule(folder: string, name: string): string {
  return createRequire(join(folder, 'package.json')).resolve(name);
}

function needsNode(): boolean {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  return major < 22 || (major === 22 && minor < 15);
}

function lastLineOf(thrown: unknown): string {
  const { message, stderr } = thrown as { readonly message?: string; readonly stderr?: string };
  return (
    (stderr ?? message ?? '')
      .trim()
      .split('\n')
      .filter((line) => !line.includes('complete log'))
      .at(-1) ?? 'unknown'
  );
}
