import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

/** The verifiers as one ES module without dependencies, for pages of others. */
export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  build: {
    outDir: '../../dist/web/verifier',
    emptyOutDir: true,
    target: 'es2022',
    sourcemap: true,
    lib: { entry: 'verifier.ts', formats: ['es'], fileName: () => 'verifier.js' },
  },
});
