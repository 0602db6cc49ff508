// What can be wrong with NATS, in words for an operator.

import { messageOf, systemErrorCode } from '../../errors.js';
import { cleanText } from '../../protocol/text/clean-text.js';
import { readMembers } from '../store/members.js';

/**
 * `unreachable`: no server responds; `refused`: it does not accept the login or denies a subject; `tls`: no secure connection;
 * `no-jetstream`: it has no JetStream; `full`: its storage is full; `missing`: the client is not installed.
 */
export type NatsFault = 'missing' | 'unreachable' | 'refused' | 'tls' | 'no-jetstream' | 'full' | 'failed';

/** `message` is for the operator, and contains no secret. */
export class NatsError extends Error {
  constructor(
    readonly fault: NatsFault,
    message: string,
    options?: { cause?: unknown },
  ) {
    super(message, options);
    this.name = 'NatsError';
  }
}

/** Codes of the JetStream API: https://github.com/nats-io/nats-server/blob/main/server/errors.json */
const WRONG_SEQUENCE: ReadonlySet<number> = new Set([10071, 10164]);
const FULL: ReadonlySet<number> = new Set([10023, 10028, 10047, 10077, 10122]);
/** No leader at the moment: an election takes some seconds. */
const PASSING: ReadonlySet<number> = new Set([10004, 10005, 10007, 10008, 10009, 10118]);

/** True when a compare-and-set lost. */
export function isWrongSequence(error: unknown): boolean {
  return WRONG_SEQUENCE.has(apiCode(error));
}

/** True when no one subscribes to the subject of a request. */
export function isNoResponders(error: unknown): boolean {
  return names(error).includes('NoRespondersError');
}

/** System errors of connections. Others, as of a full disk, have nothing to do with NATS. */
const NETWORK = /^(ECONN|ENOTFOUND|EAI_|ETIMEDOUT|EHOST|ENET|EPIPE|ERR_)/;

/** True for an error of this machine's own files. */
export function isLocal(error: unknown): boolean {
  const code = systemErrorCode(error);
  return code?.startsWith('E') === true && !NETWORK.test(code);
}

/** True for what a new leader or a new connection cures. */
export function isPassing(error: unknown): boolean {
  if (error instanceof NatsError) return error.fault === 'unreachable';
  if (PASSING.has(apiCode(error))) return true;
  return names(error).some((name) =>
    ['TimeoutError', 'NoRespondersError', 'ConnectionError', 'JetStreamNotEnabled'].includes(name),
  );
}

/** The code of an error of the JetStream API; 0 for another error. */
export function apiCode(error: unknown): number {
  if (!(error instanceof Error)) return 0;
  if ('code' in error && typeof error.code === 'number' && error.code >= 10_000) return error.code;
  return error.cause === undefined ? 0 : apiCode(error.cause);
}

/** `error` as a NatsError about the servers in `where`. */
export function asNatsError(error: unknown, where: string): NatsError {
  if (error instanceof NatsError) return error;
  const [fault, words] = readFault(error);
  return new NatsError(fault, `NATS at ${where} ${words}`, { cause: error });
}

function readFault(error: unknown): [NatsFault, string] {
  const all = names(error);
  const text = cleanText(messages(error).join(': '), 300);
  const is = (name: string): boolean => all.includes(name);
  const code = systemErrorCode(error) ?? systemErrorCode(readMembers(error).cause) ?? '';
  if (is('AuthorizationError') || is('UserAuthenticationExpiredError')) {
    return ['refused', `refused the login (${text})`];
  }
  if (is('PermissionViolationError')) return ['refused', `denies a subject to this user (${text})`];
  if (
    /^(ERR_TLS|ERR_SSL|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|HOSTNAME_)/.test(code) ||
    /tls|ssl|certificate/i.test(text)
  ) {
    return ['tls', `allows no secure connection (${text})`];
  }
  if (is('JetStreamNotEnabled') || apiCode(error) === 10039 || apiCode(error) === 10076) {
    return ['no-jetstream', 'has no JetStream'];
  }
  if (FULL.has(apiCode(error))) return ['full', `has no room left (${text})`];
  if (isPassing(error) || NETWORK.test(code)) return ['unreachable', `does not respond (${text})`];
  return ['failed', `reports an error: ${text}`];
}

/** The names of an error and its causes. */
function names(error: unknown): string[] {
  return error instanceof Error ? [error.name, error.constructor.name, ...names(error.cause)] : [];
}

function messages(error: unknown): string[] {
  if (!(error instanceof Error)) return [messageOf(error)];
  const inner = error.cause === undefined ? [] : messages(error.cause);
  return [...new Set([error.message, ...inner])].filter((message) => message !== '');
}
