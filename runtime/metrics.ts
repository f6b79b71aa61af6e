import { collectDefaultMetrics, Counter, Histogram, Registry } from 'prom-client';
import type { RefusalCode } from '../enclave/refusals.js';

/** What every process counts. Labels are from closed lists: no identifier of a person, request or record. */
export interface Metrics {
  /** Processes add their own metrics here. */
  readonly registry: Registry;
  countRefusal(code: RefusalCode, where: string): void;
  /** `route` is a pattern of the route table, never a path as sent. */
  observeRequest(request: { readonly route: string; readonly status: number; readonly durationMs: number }): void;
  /** Prometheus text format. */
  render(): Promise<{ readonly contentType: string; readonly body: string }>;
}

/** @param name of the process, a label of every metric. */
export function createMetrics(name: string, options: { readonly processMetrics?: boolean } = {}): Metrics {
  const registry = new Registry();
  registry.setDefaultLabels({ process: name });
  if (options.processMetrics ?? true) collectDefaultMetrics({ register: registry });
  const refusals = new Counter({
    name: 'cloister_refusals_total',
    help: 'Refusals by code and by the place that refused.',
    labelNames: ['code', 'where'],
    registers: [registry],
  });
  const requests = new Histogram({
    name: 'cloister_request_duration_seconds',
    help: 'Time to answer an HTTP request, by route and status.',
    labelNames: ['route', 'status'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers: [registry],
  });
  return {
    registry,
    countRefusal: (code, where) => refusals.inc({ code, where }),
    observeRequest: ({ route, status, durationMs }) => requests.observe({ route, status }, durationMs / 1000),
    render: async () => ({ contentType: registry.contentType, body: await registry.metrics() }),
  };
}
