// Counts for Prometheus.

import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { QueueCounts } from './runs/run-queue.js';
import type { ProviderEvent } from './service/served-service.js';

export interface Metrics {
  observe(event: ProviderEvent): void;
  /** In Prometheus' text form. */
  render(counts: QueueCounts): Promise<{ contentType: string; text: string }>;
}

export function createMetrics(): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const requests = new Counter({
    name: 'bimservice_requests_total',
    help: 'Requests, by method and status.',
    labelNames: ['method', 'status'] as const,
    registers,
  });
  const runs = new Counter({
    name: 'bimservice_runs_total',
    help: 'Runs that have ended, by service and outcome.',
    labelNames: ['service', 'outcome'] as const,
    registers,
  });
  const seconds = new Histogram({
    name: 'bimservice_run_seconds',
    help: 'Time of a run from its request to its result.',
    labelNames: ['service'] as const,
    buckets: [0.1, 0.5, 1, 5, 15, 60, 300, 1800, 7200],
    registers,
  });
  const bytes = new Counter({
    name: 'bimservice_model_bytes_total',
    help: 'Bytes of models received, by service.',
    labelNames: ['service'] as const,
    registers,
  });
  const queue = new Gauge({
    name: 'bimservice_queue_runs',
    help: 'Runs in the queue, by state.',
    labelNames: ['state'] as const,
    registers,
  });
  const givenUp = new Gauge({
    name: 'bimservice_given_up_runs',
    help: 'Runs that no worker has finished, on all machines.',
    registers,
  });
  return {
    observe(event) {
      if (event.event === 'request') {
        requests.inc({ method: methodLabel(event.method), status: event.status });
      } else if (event.event === 'run' || event.event === 'run-failed') {
        const { service } = event;
        runs.inc({ service, outcome: event.event === 'run' ? 'done' : 'failed' });
        seconds.observe({ service }, event.ms / 1000);
        bytes.inc({ service }, event.bytes);
      }
    },
    async render({ waiting, running, givenUp: dead = 0 }) {
      queue.set({ state: 'waiting' }, waiting);
      queue.set({ state: 'running' }, running);
      givenUp.set(dead);
      return { contentType: registry.contentType, text: await registry.metrics() };
    },
  };
}

/** Each label value is kept forever, so an unknown method gets a common label. */
function methodLabel(method: string): string {
  return ['GET', 'HEAD', 'POST'].includes(method) ? method : 'other';
}
