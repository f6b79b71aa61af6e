/** `node --import` this, and Node runs our TypeScript sources: for worker threads and processes that tests start. */
import { readFileSync } from 'node:fs';
import { register } from 'node:module';
import { fileURLToPath } from 'node:url';

/** Sources import each other as `.js`, which is what they are compiled to. */
export async function resolve(specifier, context, next) {
  try {
    return await next(specifier, context);
  } catch (missing) {
    if (missing.code !== 'ERR_MODULE_NOT_FOUND' || !specifier.endsWith('.js')) throw missing;
    return next(specifier.replace(/\.js$/, '.ts'), context);
  }
}

export async function load(url, context, next) {
  if (!url.endsWith('.ts')) return next(url, context);
  const { transformSync } = await import('@swc/core');
  const source = readFileSync(fileURLToPath(url), 'utf8');
  const { code } = transformSync(source, {
    filename: fileURLToPath(url),
    sourceMaps: 'inline',
    jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
    module: { type: 'es6' },
  });
  return { format: 'module', source: code, shortCircuit: true };
}

// The hooks run in a thread of their own, which loads this file again.
if (!import.meta.url.endsWith('?hooks')) register(`${import.meta.url}?hooks`);
