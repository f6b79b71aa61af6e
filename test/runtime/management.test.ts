import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { startManagement } from '../../runtime/management.js';
import { createMetrics } from '../../runtime/metrics.js';

const metrics = createMetrics('patient');
let reasons: string[] = [];
let warnings: string[] = [];
let running: Awaited<ReturnType<typeof startManagement>>;
let url = '';

beforeAll(async () => {
  const state = { notReady: () => reasons, warnings: () => warnings };
  running = await startManagement({ host: '127.0.0.1', port: 0, ...state, metrics });
  url = `http://127.0.0.1:${running.port}`;
});
afterAll(() => running.close());
beforeEach(() => {
  reasons = [];
  warnings = [];
});

describe('management', () => {
  test('says that the process is alive, ready or not', async () => {
    reasons = ['x'];
    const answer = await fetch(`${url}/healthz`);
    expect([answer.status, await answer.json()]).toEqual([200, { status: 'alive' }]);
  });

  test('says whether it is ready, and why not', async () => {
    const ready = await fetch(`${url}/readyz?verbose`);
    expect([ready.status, await ready.json()]).toEqual([200, { status: 'ready', reasons: [] }]);
    reasons = ['The attestation result has expired.'];
    const not = await fetch(`${url}/readyz`);
    expect([not.status, await not.json()]).toEqual([503, { status: 'not ready', reasons }]);
  });

  test('warns while it is ready, and beside the reasons why it is not', async () => {
    warnings = ['The collateral cannot be renewed.'];
    const ready = await fetch(`${url}/readyz`);
    expect([ready.status, await ready.json()]).toEqual([200, { status: 'ready', reasons: [], warnings }]);
    reasons = ['The attestation result has expired.'];
    const not = await fetch(`${url}/readyz`);
    expect([not.status, await not.json()]).toEqual([503, { status: 'not ready', reasons, warnings }]);
  });

  test('gives out what was counted, in the text format of Prometheus', async () => {
    metrics.countRefusal('BUSY', 'queue');
    metrics.observeRequest({ route: 'POST /graphql', status: 200, durationMs: 3 });
    const answer = await fetch(`${url}/metrics`);
    const body = await answer.text();
    expect(answer.headers.get('content-type')).toContain('text/plain');
    expect(body).toContain('cloister_refusals_total{code="BUSY",where="queue",process="patient"} 1');
    expect(body).toContain(
      'cloister_request_duration_seconds_bucket{le="0.005",process="patient",route="POST /graphql",status="200"} 1',
    );
    expect(body).toContain('process_cpu_user_seconds_total');
  });

  test('does nothing else', async () => {
    expect((await fetch(`${url}/healthz`, { method: 'POST' })).status).toBe(405);
    expect((await fetch(`${url}/graphql`)).status).toBe(404);
    expect((await fetch(`${url}/healthz/`)).status).toBe(404);
  });

  test('does not start on a port that is taken', async () => {
    const second = startManagement({ host: '127.0.0.1', port: running.port, notReady: () => [], metrics });
    await expect(second).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });
});
