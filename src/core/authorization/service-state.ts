// How far this installation has come with a service, and what to type next.
import { spanText } from '../../durations.js';
import { BimServiceError } from '../../errors.js';
import type { Service } from '../../protocol/repository/service.js';
import type { Secret } from '../../secret.js';
import type { AccessToken, CredentialStore, RecordSource, Registration } from '../ports/credentials.js';
import type { Reporter } from '../ports/terminal.js';

export interface ServiceState {
  status: 'open' | 'unregistered' | 'registered' | 'authorized' | 'expired';
  /** In words, for people; empty when there is nothing to add. */
  detail: string;
  next: string;
  registration: Registration | null;
  token: AccessToken | null;
  /** Where the token that would be used comes from. */
  tokenSource: 'environment' | RecordSource | null;
}

export interface StatePorts {
  store: CredentialStore;
  reporter: Reporter;
  environmentToken: Secret | null;
  runtime: { clock: { now(): number } };
}

/** The state from what is stored; a damaged credential counts as absent, with a warning. */
export async function serviceState(service: Service, ports: StatePorts): Promise<ServiceState> {
  const { id, oauth, discovery } = service;
  const invoke = `bimservice invoke ${id} MODEL`;
  const none = { registration: null, token: null, tokenSource: null };
  const isOpen = oauth === null && discovery === undefined;
  if (isOpen) return { ...none, status: 'open', detail: 'no token needed', next: invoke };
  const given = ports.environmentToken !== null;
  if (oauth === null) {
    return given
      ? {
          ...none,
          tokenSource: 'environment',
          status: 'authorized',
          detail: 'BIMSERVICE_TOKEN is used',
          next: invoke,
        }
      : { ...none, status: 'unregistered', detail: '', next: `bimservice authorize ${id}` };
  }
  const registration = await orNull(ports.store.readRegistration(oauth), ports.reporter);
  const token = await orNull(ports.store.readToken(service), ports.reporter);
  const found = {
    registration,
    token,
    tokenSource: token === null ? null : await ports.store.tokenSource(service),
  };
  if (given) {
    const detail = `BIMSERVICE_TOKEN is used${token === null ? '' : ' instead of the stored token'}`;
    return { ...found, tokenSource: 'environment', status: 'authorized', detail, next: invoke };
  }
  if (token === null) {
    return {
      ...found,
      status: registration === null ? 'unregistered' : 'registered',
      detail: '',
      next: `bimservice authorize ${id}`,
    };
  }
  const now = ports.runtime.clock.now();
  if (token.expiresAt === null)
    return { ...found, status: 'authorized', detail: 'the service did not say until when', next: invoke };
  if (token.expiresAt > now)
    return {
      ...found,
      status: 'authorized',
      detail: `for another ${spanText(token.expiresAt - now)}`,
      next: invoke,
    };
  const ended = `ended ${spanText(now - token.expiresAt)} ago`;
  return token.refreshToken === null
    ? { ...found, status: 'expired', detail: ended, next: `bimservice authorize ${id}` }
    : { ...found, status: 'expired', detail: `${ended}; it is refreshed at the next use`, next: invoke };
}

async function orNull<T>(reading: Promise<T | null>, reporter: Reporter): Promise<T | null> {
  try {
    return await reading;
  } catch (error) {
    if (!(error instanceof BimServiceError)) throw error;
    reporter.warn(error.message);
    return null;
  }
}
