// The log of `serve`: one line a request, as text or as JSON, on stderr.

import type { Context } from '../../context.js';
import { bytesText, cleanText } from '../../protocol/text/clean-text.js';
import { outputJson } from '../../protocol/text/json-output.js';
import type { LoggedEvent, ProviderEvent } from '../../serve/service/served-service.js';

export type LogForm = 'text' | 'json';

/** The log on stderr. As JSON it takes the lines of the reporter too, so that each line of stderr is JSON while the server runs. */
export function openServeLog(context: Context, form: LogForm): (event: LoggedEvent) => void {
  const now = (): number => context.runtime.clock.now();
  const write = (line: string): void => void context.runtime.stderr.write(`${line}\n`);
  if (form === 'json') {
    context.reporter.divert((level, message) =>
      write(outputJson({ time: new Date(now()).toISOString(), level, message })),
    );
  }
  return createServeLog(form, now, write);
}

/** What a request led to waits for its line. What comes after it (a run over the websocket) gets a line of its own. */
function createServeLog(
  form: LogForm,
  now: () => number,
  write: (line: string) => void,
): (event: LoggedEvent) => void {
  const open = new Map<string, ProviderEvent[]>();
  const ended = new Set<string>();
  return ({ requestId, ...event }) => {
    const line = (events: readonly ProviderEvent[]): void => write(format(form, now(), requestId, events));
    // A worker has the id of a request that is at a front end: no line of that request comes here.
    if (requestId === undefined || event.event === 'job' || ended.has(requestId)) return line([event]);
    if (event.event !== 'request') {
      open.set(requestId, [...(open.get(requestId) ?? []), event]);
      return;
    }
    line([event, ...(open.get(requestId) ?? [])]);
    open.delete(requestId);
    ended.add(requestId);
    // Enough to know the runs that go on after their request.
    if (ended.size > 10_000) for (const id of ended) if (ended.size > 5000) ended.delete(id);
  };
}

function format(
  form: LogForm,
  now: number,
  requestId: string | undefined,
  events: readonly ProviderEvent[],
): string {
  const time = new Date(now).toISOString();
  if (form === 'json') {
    const members = events.map(({ event: _event, ...rest }) => rest);
    const did = events.map(({ event }) => event);
    return outputJson(Object.assign({ time, requestId }, ...members, { did }));
  }
  const id = requestId === undefined ? [] : [`id=${requestId}`];
  return [time, ...events.map(wordsOf).filter((words) => words !== ''), ...id].join(' ');
}

function wordsOf(event: ProviderEvent): string {
  switch (event.event) {
    case 'request':
      return `${cleanText(event.method, 20)} ${cleanText(event.path)} ${event.status} ${event.ms} ms from ${event.from}`;
    case 'registered':
    case 'denied':
    case 'login-refused':
      return `${event.event} ${quoted(event.client)}`;
    case 'allowed':
    case 'token-issued':
      return `${event.event} ${quoted(event.service)} to ${quoted(event.client)}`;
    case 'run':
      return `run ${quoted(event.service)} for ${quoted(event.client)}: ${bytesText(event.bytes)} to ${event.outputType} in ${event.ms} ms`;
    case 'run-failed':
      return `run-failed ${quoted(event.service)} for ${quoted(event.client)}: ${bytesText(event.bytes)} in ${event.ms} ms: ${cleanText(event.reason, 2000)}`;
    case 'run-repeated':
      return `run-repeated ${quoted(event.service)}: ${cleanText(event.reason, 500)}`;
    case 'job':
      return `job ${quoted(event.service)} ${event.outcome}: ${bytesText(event.bytes)} in ${event.ms} ms: ${cleanText(event.words, 2000)}`;
    case 'trouble':
      return `trouble: ${cleanText(event.reason, 2000)}`;
    case 'refused':
      return `refused: ${cleanText(event.refusal)}`;
  }
}

function quoted(text: string): string {
  return outputJson(cleanText(text));
}
