// The request of a run, planned and not sent.

import { type PlannedRequest, shownHeaders } from '../../core/invocation/plan-request.js';
import { planRun } from '../../core/invocation/run-model.js';
import { runModels } from '../../core/invocation/run-models.js';
import type { RunRecord } from '../../core/invocation/run-record.js';
import { worstError } from '../../core/invocation/worst-error.js';
import type { ListedService } from '../../core/repository/load-repositories.js';
import type { BimServiceError } from '../../errors.js';
import { Client } from '../client/client.js';
import { checkRun } from './check-run.js';
import { eventReporter, runSettings } from './invoke-all.js';
import { reportOnce } from './once-reporter.js';
import type { InvokeEvent, InvokeOptions, Model } from './options.js';
import { nameOf, openRunPorts } from './run-ports.js';

/** A request that is planned: what would be sent. */
export interface PlannedPost {
  url: string;
  /** All headers; the token in them is `[secret]`. */
  headers: Record<string, string>;
  /** The header that carries the token; null for an open service. */
  tokenIn: 'Authorization' | 'Token' | null;
  /** `bytes`: null for a stream. `type`: as it would be sent. */
  input: { path: string; bytes: number | null; type: string };
}

/** The plan of one model. */
export interface InvokePlan {
  record: RunRecord;
  /** Why it cannot be sent; null when it can. */
  error: BimServiceError | null;
  /** Null when it cannot be sent. */
  request: PlannedPost | null;
}

export interface PlanListeners {
  /** Called with each plan, and waited for. */
  onPlan: (plan: InvokePlan) => Promise<void>;
  /** Messages only. */
  onEvent?: (event: Extract<InvokeEvent, { event: 'message' }>) => void;
}

/**
 * Plans the requests of `invokeAll` with the same options, calls `onPlan` for each, and sends nothing. Returns the error that matters
 * most; null when all can be sent.
 */
export async function planAll(
  client: Client,
  service: ListedService,
  models: readonly Model[],
  options: InvokeOptions,
  { onEvent = () => {}, onPlan }: PlanListeners,
): Promise<BimServiceError | null> {
  using ports = Client.call(client, options.signal);
  await checkRun(ports, service, models, options);
  const reporter = eventReporter(onEvent);
  const settings = await runSettings(ports, options);
  const { jobs = 1, failFast = false, fields = [], to = { write: () => {} } } = options;
  await using shared = await openRunPorts(ports, { service, models, fields, to, hash: false });
  const planPorts = { ...shared, reporter: models.length > 1 ? reportOnce(reporter) : reporter };
  const { insecure } = ports;
  const runs = await runModels(
    models.map(nameOf),
    { jobs, failFast },
    ({ path, label }) => {
      const environmentToken = ports.givenToken(service);
      return planRun(
        { service, path, label, environmentToken, insecure, options: settings },
        planPorts,
        ports.signal,
      );
    },
    ({ record, error, plan }) => onPlan({ record, error, request: plan === null ? null : plannedPost(plan) }),
  );
  return worstError(runs.flatMap(({ error }) => error ?? []));
}

function plannedPost(plan: PlannedRequest): PlannedPost {
  const { url, model, inputType, token, sendAs } = plan;
  return {
    url,
    headers: shownHeaders(plan),
    tokenIn: token === null ? null : sendAs,
    input: { path: model.path, bytes: model.length, type: inputType },
  };
}
