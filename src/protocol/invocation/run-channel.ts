// A run over BIMserver's websocket: its address, the messages of the client and of the server (PROTOCOL 1.7).
import type { Secret } from '../../secret.js';
import type { Dialect } from '../dialects/dialect.js';
import { objectOf, parseObject } from '../text/json-object.js';

/** Percent (0 to 100), or null when the server does not know the progress. `label` is foreign text. */
export interface RunProgress {
  percent: number | null;
  label: string;
}

/** No display shows more of a label; no header is longer than what HTTP servers and clients accept of one. */
const MOST_LABEL = 1000;
const MOST_FIELD = 16 * 1024;

/** One text message on the stream. A message that is not about a run is `other`: notifications share the stream. */
export type StreamText =
  | { kind: 'welcome' }
  | { kind: 'endpoint' }
  /** `{"error": …}`: the server refused the token. */
  | { kind: 'error' }
  | { kind: 'progress'; topicId: string | null; progress: RunProgress }
  /** The head of a result; the next binary message is its body. As header fields, to be read like a HTTP response. */
  | { kind: 'output'; topicId: string | null; headers: Array<readonly [string, string]> }
  | { kind: 'other' };

/**
 * The websocket of the server at `resourceUrl`, or null when none is known. A token is sent on it, so it must be on
 * the same host and port, and use TLS when the resource does. An `announced` address (from the authorization) has
 * priority. Otherwise the dialect derives it, when the list says `WEBSOCKET`.
 */
export function streamAddress(
  dialect: Pick<Dialect, 'streamAddress'>,
  resourceUrl: string,
  announced: string | undefined,
  capabilities: readonly string[] = [],
): string | null {
  const resource = new URL(resourceUrl);
  const scheme = resource.protocol === 'https:' ? 'wss:' : 'ws:';
  if (announced !== undefined && URL.canParse(announced)) {
    const address = new URL(announced);
    // A websocket address has no fragment: the constructor of WebSocket refuses one.
    address.hash = '';
    const { protocol, host, username, password, href } = address;
    if (protocol === scheme && host === resource.host && username + password === '') return href;
  }
  const hasStream =
    announced !== undefined || capabilities.some((word) => word.toUpperCase() === 'WEBSOCKET');
  return hasStream ? dialect.streamAddress(resourceUrl) : null;
}

/** The first message. The token goes here and never into the address (PROTOCOL 1.11, 15). */
export function streamGreeting(token: Secret): string {
  return JSON.stringify({ token: token.reveal() });
}

/** Keeps proxies from closing a silent connection; the server ignores it. `now` is in epoch milliseconds. */
export function heartbeat(now: number): string {
  return JSON.stringify({ hb: now });
}

/** Reads one text message; never throws. */
export function readStreamText(text: string): StreamText {
  const message = parseObject(text);
  if (message === null) return { kind: 'other' };
  // A notification's `request` may hold anything, also the keys that are read below.
  if (message.request !== undefined) return { kind: 'other' };
  if (message.welcome !== undefined) return { kind: 'welcome' };
  if (message.error !== undefined) return { kind: 'error' };
  const topicId = scalar(message.topicId);
  const payload = objectOf(message.payload);
  switch (message.type) {
    case 'endpoint':
      return { kind: 'endpoint' };
    case 'progress':
      return { kind: 'progress', topicId, progress: progressOf(payload) };
    case 'output':
      return { kind: 'output', topicId, headers: headersOf(payload) };
    default:
      return { kind: 'other' };
  }
}

function progressOf(payload: Record<string, unknown> | null): RunProgress {
  const { progress, label } = payload ?? {};
  const isKnown = typeof progress === 'number' && progress >= 0 && progress <= 100;
  return {
    percent: isKnown ? Math.floor(progress) : null,
    label: typeof label === 'string' ? label.slice(0, MOST_LABEL) : '',
  };
}

function headersOf(payload: Record<string, unknown> | null): Array<readonly [string, string]> {
  const fields = [
    ['Output-Type', payload?.schemaName],
    ['Content-Disposition', payload?.contentDisposition],
    ['Content-Type', payload?.contentType],
    ['Data-Title', payload?.title],
    ['Context-Id', payload?.contextId],
  ] as const;
  return fields.flatMap(([name, value]) => {
    const text = scalar(value);
    return text === null ? [] : [[name, text] as const];
  });
}

/** Ids are numbers in messages and text in header fields. */
function scalar(value: unknown): string | null {
  return typeof value === 'string' || typeof value === 'number' ? String(value).slice(0, MOST_FIELD) : null;
}
