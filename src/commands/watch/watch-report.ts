// Shows what a watch does: lines for a person, or one JSON document a line (schemas/watch-output.schema.json).
import { relative } from 'node:path';
import type { Context } from '../../context.js';
import type { WatchEvent } from '../../core/watch/watch-events.js';
import { counted, waitText } from '../../durations.js';
import { errorShape } from '../../error-shape.js';
import { bytesText, cleanText } from '../../protocol/text/clean-text.js';
import { withCompleteHint } from '../shared/next-step.js';
import { showError } from '../shared/show-error.js';

export interface ReportOptions {
  /** The exit code of the command of `--on-result`; undefined without one. */
  onResult: number | null | undefined;
}

export async function reportWatch(
  context: Context,
  event: WatchEvent,
  { onResult }: ReportOptions,
): Promise<void> {
  if (context.json) {
    const time = new Date(context.runtime.clock.now()).toISOString();
    const more = onResult === undefined ? {} : { onResult };
    await context.printJson({ ...documentOf(context, event), time, ...more });
  }
  const { reporter } = context;
  const name = 'path' in event ? nameOf(context, event.path) : '';
  switch (event.event) {
    case 'queued':
      return reporter.info(
        event.replaces === null
          ? `${name}: a new revision (${event.hash.slice(0, 8)})`
          : `${name}: a new revision (${event.hash.slice(0, 8)}); the one that waited is not run`,
      );
    case 'unchanged':
      return reporter.debug(`${name}: the content is as before; not run`);
    case 'returned':
      return reporter.info(`${name}: the content is that of an earlier revision; latest is ${event.folder}`);
    case 'not-ready':
      return reporter.warn(`${name} ${cleanText(event.why, 300)}: it is run when it is complete`);
    case 'repeated':
      return reporter.warn(
        `${name} was being sent when the last watch ended: it is sent again, and the service may have run it before`,
      );
    case 'paused':
      return showError(context, event.error, { after: nextTry(event) });
    case 'resumed':
      return reporter.info(RESUMED[event.reason]);
    case 'away':
      return reporter.warn(
        `${name} cannot be read now (${cleanText(event.why, 200)}): waiting until it is back`,
      );
    case 'back':
      return reporter.info(`${name} is back.`);
    case 'conflict-copy':
      return reporter.warn(`${name} is a copy that a synchronization program made of a conflict: not run`);
    case 'result':
      return showResult(context, event, name);
  }
}

const RESUMED = {
  service: 'The service responds again.',
  token: 'There is a token again.',
  results: 'The results can be written again.',
} as const;

function nextTry({ reason, ms, waiting, isLast }: Extract<WatchEvent, { event: 'paused' }>): string {
  const models = counted(Math.max(1, waiting), 'model');
  if (isLast) return `  Not run: ${models}. The next start of this command tries again.`;
  const when =
    reason === 'token' ? `as soon as there is a token, or in ${waitText(ms)}` : `in ${waitText(ms)}`;
  return `  Next try ${when} (${models} waiting).`;
}

async function showResult(
  context: Context,
  { run: { record, error } }: Extract<WatchEvent, { event: 'result' }>,
  name: string,
): Promise<void> {
  const { output } = record;
  if (error !== null) return showError(context, error, { subject: name });
  if (output === null) return context.reporter.done(name, 'nothing to report');
  if (!context.json) await context.printLine(output.path);
  context.reporter.done(
    name,
    [output.type, bytesText(output.bytes), output.title].filter(Boolean).join(', '),
  );
}

function documentOf(context: Context, event: WatchEvent): object {
  switch (event.event) {
    case 'result': {
      const { event: name, path, hash, folder, run } = event;
      return {
        event: name,
        path,
        hash,
        folder,
        run: withCompleteHint(run.record, context),
        receipt: run.receipt,
      };
    }
    case 'paused':
      return withCompleteHint({ ...event, error: errorShape(event.error) }, context);
    default:
      return event;
  }
}

/** As short as it can be seen from here. */
function nameOf(context: Context, path: string): string {
  if (path.includes('://')) return cleanText(path);
  const near = relative(context.runtime.cwd, path);
  return cleanText(near !== '' && !near.startsWith('..') ? near : path);
}
