import { spawn } from 'node:child_process';
import { createReadStream, createWriteStream, existsSync } from 'node:fs';
import { chmod, mkdir, readFile, rename, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir, userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createBrotliDecompress } from 'node:zlib';
import { chromium, type Browser } from 'playwright-core';

/**
 * A headless Chromium out of node_modules, with the libraries that its package brings, so that no system package is
 * needed. CLOISTER_CHROMIUM names another executable. Its web security is on: content security policy and CORS count.
 */
export async function launchBrowser(): Promise<Browser> {
  const own = process.env.CLOISTER_CHROMIUM;
  if (own !== undefined) return chromium.launch({ executablePath: own, args: ['--no-sandbox'] });
  const folder = await unpackChromium();
  return chromium.launch({
    executablePath: join(folder, 'chromium'),
    args: ['--no-sandbox', '--no-zygote', '--disable-dev-shm-usage', '--font-render-hinting=none'],
    env: {
      ...definedOnly(process.env),
      LD_LIBRARY_PATH: join(folder, 'lib'),
      FONTCONFIG_PATH: join(folder, 'fonts'),
      HOME: folder,
    },
  });
}

/** Unpacks once per user and version; a half-finished folder never gets the final name, so that two may start at once. */
async function unpackChromium(): Promise<string> {
  const root = packageFolder();
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string };
  const folder = join(tmpdir(), `cloister-chromium-${version}-${userInfo().uid}`);
  if (existsSync(folder)) return folder;
  const unfinished = `${folder}.${process.pid}`;
  await mkdir(unfinished, { recursive: true, mode: 0o700 });
  const bin = (name: string) => join(root, 'bin', name);
  await Promise.all([
    pipeline(
      createReadStream(bin('chromium.br')),
      createBrotliDecompress(),
      createWriteStream(join(unfinished, 'chromium')),
    ),
    untar(bin('al2023.tar.br'), unfinished),
    untar(bin('fonts.tar.br'), unfinished),
    untar(bin('swiftshader.tar.br'), unfinished),
  ]);
  await chmod(join(unfinished, 'chromium'), 0o755);
  try {
    await rename(unfinished, folder);
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true });
    if (!existsSync(folder)) throw error;
  }
  return folder;
}

function packageFolder(): string {
  return dirname(dirname(dirname(createRequire(import.meta.url).resolve('@sparticuz/chromium'))));
}

async function untar(archive: string, folder: string): Promise<void> {
  const tar = spawn('tar', ['-x', '-f', '-', '-C', folder], { stdio: ['pipe', 'ignore', 'inherit'] });
  const ended = new Promise<void>((resolve, reject) => {
    tar.once('error', reject);
    tar.once('close', (code) => (code === 0 ? resolve() : reject(new Error(`tar ended with ${code} on ${archive}`))));
  });
  await pipeline(createReadStream(archive), createBrotliDecompress(), tar.stdin);
  await ended;
}

function definedOnly(env: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined));
}
