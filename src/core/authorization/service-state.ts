// The state of a service for this installation, and the next command to type.
import { spanText } from '../../durations.js';
import { BimServiceError } from '../../errors.js';
import { isOpen, type Service } from '../../protocol/repository/service.js';
import { clientOf } from '../credentials/credential-store.js';
import type { ShownCredentials } from '../credentials/shown-credentials.js';
import type { AccessToken, RecordSource, Registration } from '../ports/credentials.js';
import type { Reporter } from '../ports/terminal.js';
import type { EnvironmentTokenUse, TokenTarget } from './environment-token.js';
import { isRefreshable } from './fresh-token.js';
import { isDead } from './refused-token.js';
import { howToAuthorize } from './stored-token.js';

export interface ServiceState {
  status: 'open' | 'unregistered' | 'registered' | 'authorized' | 'expired';
  /** In words, for people; empty when there is nothing to add. */
  detail: string;
  next: string;
  /** True when a person must consent before anything can be sent. */
  needsConsent: boolean;
  /** True when the token is refreshed at the end of its life, so that no person is needed. */
  isRefreshed: boolean;
  registration: Registration | null;
  token: AccessToken | null;
  /** The source of the token that would be used. */
  tokenSource: 'environment' | RecordSource | null;
}

/** What a person calls the place that a token is from. */
export const TOKEN_SOURCES: Readonly<Record<NonNullable<ServiceState['tokenSource']>, string>> = {
  environment: 'BIMSERVICE_TOKEN',
  bundle: 'BIMSERVICE_CREDENTIALS',
  files: 'files',
  keyring: 'keyring',
  own: 'the calling program',
};

export interface StatePorts {
  store: ShownCredentials;
  reporter: Reporter;
  environmentToken(service: TokenTarget): EnvironmentTokenUse | null;
  runtime: { clock: { now(): number } };
}

/** The state from the stored credentials. A damaged credential counts as absent, with a warning. */
export async function serviceState(service: Service & TokenTarget, ports: StatePorts): Promise<ServiceState> {
  const { id, oauth } = service;
  const invoke = { needsConsent: false, next: `bimservice invoke ${id} MODEL` };
  const consent = { needsConsent: true, next: howToAuthorize(service) };
  const none = { registration: null, token: null, tokenSource: null, isRefreshed: false, detail: '' };
  if (isOpen(service)) return { ...none, ...invoke, status: 'open', detail: 'no token needed' };
  const registration = oauth === null ? null : await orNull(ports.store.readRegistration(oauth), ports);
  const isTyped = service.form === 'address';
  const token = oauth === null && !isTyped ? null : await orNull(ports.store.readToken(service), ports);
  const tokenSource = token === null ? null : await ports.store.tokenSource(service);
  const client =
    oauth === null || token === null ? null : await orNull(clientOf(oauth, token, ports.store), ports);
  const isRefreshed = token !== null && isRefreshable(token) && client !== null;
  const found = { registration, token, tokenSource, isRefreshed };
  if (ports.environmentToken(service)?.kind === 'used') {
    const detail = `BIMSERVICE_TOKEN is used${token === null ? '' : ' instead of the stored token'}`;
    return { ...found, ...invoke, tokenSource: 'environment', status: 'authorized', detail };
  }
  if (token === null) {
    const status = registration === null ? 'unregistered' : 'registered';
    const detail = isTyped ? 'no token; the service may need one' : '';
    return { ...found, ...consent, needsConsent: !isTyped, status, detail };
  }
  const { status, detail, isOver } = lifeOf(token, isRefreshed, ports.runtime.clock.now());
  return { ...found, ...(isOver ? consent : invoke), status, detail };
}

/** `isOver`: only a new consent helps. */
function lifeOf(
  token: AccessToken,
  isRefreshed: boolean,
  now: number,
): { status: 'authorized' | 'expired'; detail: string; isOver: boolean } {
  const { expiresAt, refusedAt } = token;
  const refused = refusedAt === undefined ? '' : `the service refused it ${spanText(now - refusedAt)} ago`;
  if (isDead(token))
    return { status: 'expired', detail: `${refused}; the server refused to refresh it`, isOver: true };
  if (expiresAt === null || expiresAt > now) {
    const lasting =
      expiresAt === null ? 'the service did not say until when' : `for another ${spanText(expiresAt - now)}`;
    return { status: 'authorized', detail: [lasting, refused].filter(Boolean).join('; '), isOver: false };
  }
  const ended = `ended ${spanText(now - expiresAt)} ago`;
  if (isRefreshed)
    return { status: 'expired', detail: `${ended}; it is refreshed at the next use`, isOver: false };
  const why = token.refreshRefused ? '; the server refused to refresh it' : '';
  return { status: 'expired', detail: `${ended}${why}`, isOver: true };
}

async function orNull<T>(reading: Promise<T | null>, { reporter }: StatePorts): Promise<T | null> {
  try {
    return await reading;
  } catch (error) {
    if (!(error instanceof BimServiceError)) throw error;
    reporter.warn(error.message);
    return null;
  }
}
