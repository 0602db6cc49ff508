// `serve jobs`: what waits and runs on all machines, and the runs that were given up.
import type { Context } from '../../context.js';
import { BimServiceError } from '../../errors.js';
import { tableLines } from '../../output/table.js';
import { bytesText, cleanText } from '../../protocol/text/clean-text.js';
import { countJobs, ensureStreams, listDead, purgeDead } from '../../serve/nats/job-streams.js';
import type { Link } from '../../serve/nats/link.js';
import { type NatsFlags, natsFailure, openLink } from './nats-link.js';

/** `serve jobs list|dead|forget --nats URL`. */
export async function jobsCommand(context: Context, [action]: string[], flags: NatsFlags): Promise<void> {
  if (flags.nats === undefined) {
    throw new BimServiceError('usage', 'serve jobs looks at the runs of many machines: --nats is missing', {
      hint: 'The runs of one machine are on the page of its server and in its /metrics.',
    });
  }
  await using link = await openLink(context, flags.nats, flags);
  try {
    await ensureStreams(link);
    if (action === 'forget') return await forget(context, link);
    if (action === 'dead') return await showDead(context, link);
    return await showCounts(context, link);
  } catch (error) {
    throw natsFailure(error);
  }
}

async function showCounts(context: Context, link: Link): Promise<void> {
  const { services, dead } = await countJobs(link);
  if (context.json) return context.printJson({ services, dead });
  const rows = services.map(({ service, waiting, running }) => [service, String(waiting), String(running)]);
  await table(context, ['SERVICE', 'WAITING', 'RUNNING'], rows, 'No worker was ever there.');
  if (dead > 0) context.reporter.info(`${dead} given up; see: bimservice serve jobs dead`);
}

async function showDead(context: Context, link: Link): Promise<void> {
  const dead = (await listDead(link)).map(({ diedAt, queuedAt, ...job }) => ({
    ...job,
    queuedAt: iso(queuedAt),
    diedAt: iso(diedAt),
  }));
  if (context.json) return context.printJson({ dead });
  const rows = dead.map((job) => [
    job.diedAt,
    cleanText(job.service),
    bytesText(job.bytes),
    cleanText(job.reason),
    cleanText(job.id),
  ]);
  await table(context, ['GIVEN UP', 'SERVICE', 'MODEL', 'REASON', 'REQUEST'], rows, 'No run was given up.');
}

async function forget(context: Context, link: Link): Promise<void> {
  const forgotten = await purgeDead(link);
  if (context.json) return context.printJson({ forgotten });
  context.reporter.info(
    `Forgot ${forgotten} ${forgotten === 1 ? 'run that was' : 'runs that were'} given up.`,
  );
}

async function table(context: Context, titles: string[], rows: string[][], none: string): Promise<void> {
  if (rows.length === 0) return context.reporter.info(none);
  const heads = titles.map((title) => ({ title, kind: 'copy' as const }));
  const width = context.runtime.stdout.columns ?? Number.POSITIVE_INFINITY;
  await context.print(`${(await tableLines(heads, rows, width)).join('\n')}\n`);
}

function iso(time: number): string {
  return new Date(time).toISOString().replace(/\.\d+Z$/, 'Z');
}
