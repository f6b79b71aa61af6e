import { serveRetail } from './serve.js';

/** The subgraphs as a process: it tells where they are, and on any message what came since the last one. */
const { takeTraffic, urls } = await serveRetail();
process.on('message', () => process.send?.(takeTraffic()));
process.on('disconnect', () => process.exit());
process.send?.(urls);
