// A run over BIMserver's websocket: where it is, what the client says on it, and what the server says (PROTOCOL 1.7).
import type { Secret } from '../../secret.js';
import { objectOf, parseObject } from '../text/json-object.js';
import { besideServices, isBimserver } from './invocation.js';

/** Percent (0 to 100), or null where the server does not know how far it is. `label` is foreign text. */
export interface RunProgress {
  percent: number | null;
  label: string;
}

/** What a text on the stream says. Whatever is not about a run is `other`: notifications share the stream. */
export type StreamText =
  | { kind: 'welcome' }
  | { kind: 'endpoint' }
  /** `{"error": …}`: the token was not taken. */
  | { kind: 'error' }
  | { kind: 'progress'; topicId: string | null; progress: RunProgress }
  /** The head of a result; the next binary message is its body. As header fields, so that it is read like an answer. */
  | { kind: 'output'; topicId: string | null; headers: Array<readonly [string, string]> }
  | { kind: 'other' };

/**
 * The websocket of the server at `resourceUrl`, or null where none is known. A token is sent on it, so it has to be on
 * the same host and port, and with TLS where the resource has it. What was `told` at the authorization wins;
 * otherwise it is derived where the list says `WEBSOCKET` and the address is one of BIMserver's.
 */
export function streamAddress(
  resourceUrl: string,
  told: string | undefined,
  capabilities: readonly string[] = [],
): string | null {
  const resource = new URL(resourceUrl);
  const scheme = resource.protocol === 'https:' ? 'wss:' : 'ws:';
  if (told !== undefined && URL.canParse(told)) {
    const { protocol, host, username, password, href } = new URL(told);
    if (protocol === scheme && host === resource.host && username + password === '') return href;
  }
  const hasStream = told !== undefined || capabilities.some((word) => word.toUpperCase() === 'WEBSOCKET');
  if (!hasStream || !isBimserver(resourceUrl)) return null;
  return `${scheme}//${resource.host}${besideServices(resource, '/stream').pathname}`;
}

/** The first message: the token goes here and never into the address (PROTOCOL 1.11, 15). */
export function streamGreeting(token: Secret): string {
  return JSON.stringify({ token: token.reveal() });
}

/** Keeps proxies from closing a silent connection; the server ignores it. `now` is epoch ms. */
export function heartbeat(now: number): string {
  return JSON.stringify({ hb: now });
}

/** Reads one text; never throws. */
export function readStreamText(text: string): StreamText {
  const message = parseObject(text);
  if (message === null) return { kind: 'other' };
  // A notification's `request` may hold anything, words like ours among it.
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
  return { percent: isKnown ? Math.floor(progress) : null, label: typeof label === 'string' ? label : '' };
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

/** Ids come as numbers and, in header fields, as text. */
function scalar(value: unknown): string | null {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : null;
}
