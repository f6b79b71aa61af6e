import { applyLoad, type LoadOptions } from './load.js';

export type LoadMessage =
  | { readonly kind: 'start' }
  | { readonly kind: 'end' }
  | { readonly kind: 'result'; readonly result: Awaited<ReturnType<typeof applyLoad>> }
  | { readonly kind: 'failed'; readonly reason: string };

const say = (message: LoadMessage): void => void process.send?.(message);

/** The load as a process: a message is a load to apply. */
process.on('message', (options) => {
  applyLoad(options as LoadOptions, (kind) => say({ kind })).then(
    (result) => say({ kind: 'result', result }),
    (thrown: unknown) => say({ kind: 'failed', reason: String(thrown) }),
  );
});
process.on('disconnect', () => process.exit());
