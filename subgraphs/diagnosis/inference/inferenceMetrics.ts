import { Counter, Gauge, Histogram } from 'prom-client';
import type { Metrics } from '../../../runtime/metrics.js';
import type { WorkerPool } from '../../../runtime/workerPool.js';
import type { Inference } from './inference.js';

/**
 * Counts what is answered. A share of OUT_OF_DISTRIBUTION or UNCERTAIN that rises says that other images come than the
 * model was validated on.
 */
export function counted(
  inference: Inference,
  load: WorkerPool<never, unknown>['load'],
  { registry }: Metrics,
): Inference {
  const answers = new Counter({
    name: 'cloister_interpretations_total',
    help: 'Interpretations by model, version and finding.',
    labelNames: ['model', 'version', 'finding'],
    registers: [registry],
  });
  const duration = new Histogram({
    name: 'cloister_interpretation_duration_seconds',
    help: 'Time to fetch, decode, infer and sign one image.',
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers: [registry],
  });
  new Gauge({
    name: 'cloister_inference_jobs',
    help: 'Images that a thread works on, and that wait for one.',
    labelNames: ['state'],
    registers: [registry],
    collect() {
      const { running, waiting } = load();
      this.set({ state: 'running' }, running);
      this.set({ state: 'waiting' }, waiting);
    },
  });
  return {
    cards: inference.cards,
    interpret: async (request, signal) => {
      const stop = duration.startTimer();
      const answer = await inference.interpret(request, signal);
      stop();
      answers.inc({ model: answer.model.id, version: answer.model.version, finding: answer.finding });
      return answer;
    },
  };
}
