import { systemError } from '../enclave/platforms/evidenceOver.js';
import type { Machine } from '../../runtime/detectPlatform.js';

const nothing = (code: string) => (): Promise<never> => Promise.reject(systemError(code));

/** A machine on which nothing is, but for what `parts` put there: files by path, where `undefined` is a folder. */
export function machineWith(
  parts: Partial<Machine> & { readonly content?: Readonly<Record<string, string | undefined>> } = {},
): Machine {
  const { content = {}, ...rest } = parts;
  return {
    files: {
      read: (path) => {
        if (!(path in content)) return Promise.reject(systemError('ENOENT'));
        const text = content[path];
        return text === undefined ? Promise.reject(systemError('EISDIR')) : Promise.resolve(Buffer.from(text));
      },
      write: nothing('ENOENT'),
      replace: nothing('ENOENT'),
      makeFolder: nothing('ENOENT'),
      removeFolder: nothing('ENOENT'),
    },
    fetch: () => Promise.reject(new TypeError('fetch failed')),
    openTpm: nothing('ENOENT'),
    pause: () => Promise.resolve(),
    occlum: '',
    scone: '',
    ...rest,
  };
}

/** An agent that tells about itself. */
export function agentSaying(body: unknown, status = 200): Machine['fetch'] {
  return (url) =>
    url === 'http://127.0.0.1:8006/info'
      ? Promise.resolve(new Response(JSON.stringify(body), { status }))
      : Promise.reject(new TypeError('fetch failed'));
}
