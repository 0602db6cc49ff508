// `worker`: does the runs of services on this machine, for the front ends that `serve --nats` starts on others.
import type { Context } from '../../context.js';
import { BimServiceError } from '../../errors.js';
import { TIMINGS } from '../../serve/nats/wire.js';
import { startWorker, type Worker } from '../../serve/nats/worker.js';
import { createCommandRunner } from '../../serve/runs/command-runner.js';
import { performer } from '../../serve/runs/performer.js';
import type { ServedService } from '../../serve/service/served-service.js';
import { keepHeapSmall } from '../../serve/small-heap.js';
import { type NatsFlags, natsFailure, openLink } from './nats-link.js';
import { onReload } from './on-reload.js';
import { dataFolder, lockData, openWorkFolders } from './serve-data.js';
import { type LogForm, openServeLog } from './serve-log.js';
import { type ExecFlags, loadServedServices } from './serve-services.js';
import { openSharedFolder } from './shared-folder.js';
import { untilStopped } from './until-stopped.js';

export interface WorkerFlags extends ExecFlags, NatsFlags {
  data?: string;
  log: LogForm;
}

export async function workerCommand(context: Context, [file]: string[], flags: WorkerFlags): Promise<void> {
  if (flags.nats === undefined) {
    throw new BimServiceError('usage', 'a worker gets its runs from NATS: --nats is missing', {
      hint: 'bimservice worker services.json --nats nats://192.0.2.7:4222',
    });
  }
  keepHeapSmall();
  const log = openServeLog(context, flags.log);
  await using runner = createCommandRunner(context.runtime.processes);
  const load = () => loadServedServices(context, file, flags, runner.run);
  const services = await load();
  const shared = await openSharedFolder(context, flags);
  const folder = await dataFolder(context, flags.data, 'worker');
  await using link = await openLink(context, flags.nats, flags);
  await using _lock = await lockData(context, folder);
  const folders = await openWorkFolders(context, folder);
  const byId = new Map<string, ServedService>();
  const know = (known: readonly ServedService[]): void => {
    for (const service of known) byId.set(service.id, service);
  };
  know(services);
  const now = (): number => context.runtime.clock.now();
  await using worker = await start({
    link,
    services,
    shared,
    folders,
    perform: performer(() => byId, now),
    timings: TIMINGS,
    log,
  });
  context.runtime.processes.takeTime();
  using _reloading = onReload(context, async () => {
    const changed = await load();
    // Those that were taken out stay known, for the runs that this worker already has.
    know(changed);
    await worker.setServices(changed);
    return changed.map(({ id }) => id);
  });
  await announce(context, worker, services);
  await untilStopped(context);
  await worker.drain();
}

async function start(options: Parameters<typeof startWorker>[0]): Promise<Worker> {
  try {
    return await startWorker(options);
  } catch (error) {
    throw natsFailure(error);
  }
}

async function announce(
  context: Context,
  { id }: Worker,
  services: ReadonlyArray<{ readonly id: string; readonly concurrency?: number }>,
): Promise<void> {
  const list = services.map((service) => ({ id: service.id, concurrency: service.concurrency ?? 1 }));
  if (context.json) return context.printJson({ worker: id, services: list });
  const words = list.map((service) => `${service.id} (${service.concurrency} at a time)`).join(', ');
  context.reporter.info(`Worker ${id} does ${words}. Ctrl-C ends it.`);
}
