// A list may combine a trustworthy consent page with a foreign token endpoint (CASES B064; RFC 9700 4.4), so the caller confirms the hosts.
import { BimServiceError } from '../../errors.js';
import { foreignHosts, type Service } from '../../protocol/repository/service.js';

/**
 * What a person has to agree to before a secret is sent. `hosts`: the consent is given at `consentAt`, and the registration,
 * the token or models go to other `hosts`. `password`: the password goes to `hosts`, and the list of the service is elsewhere.
 */
export interface Question {
  kind: 'hosts' | 'password';
  /** The question as a sentence. */
  text: string;
  /** Host names with their ports. */
  hosts: string[];
  service: string;
}

/** Returns false where the person does not agree. What it throws ends the call. */
export type Agree = (question: Question) => boolean | Promise<boolean>;

/**
 * Asks where the addresses of `service` are on several hosts. Throws `usage` when the person refuses, and `input-needed` when there is
 * no one to ask.
 */
export async function confirmHosts(service: Service, agree: Agree | undefined): Promise<void> {
  const hosts = foreignHosts(service);
  if (hosts.length === 0) return;
  const { id } = service;
  const consentAt = service.oauth === null ? '' : new URL(service.oauth.authorizationUrl).host;
  const text = `${id} asks for consent at ${consentAt}, but sends its registration, token or models to ${hosts.join(', ')}`;
  const details = {
    service: id,
    hint: `See its addresses: bimservice list ${id}; to confirm them in advance: --yes`,
  };
  if (agree === undefined) throw new BimServiceError('input-needed', text, details);
  if (await agree({ kind: 'hosts', text, hosts, service: id })) return;
  throw new BimServiceError('usage', `${id} was not authorized: its hosts were not confirmed`, details);
}

/**
 * A password opens more than one service, so it goes to the host of the list that named the service; for any other host
 * the person agrees first. A list in a local file is the person's own.
 */
export async function confirmPasswordHost(service: Service, agree: Agree | undefined): Promise<void> {
  const { repository, resourceUrl, id } = service;
  const { host } = new URL(resourceUrl);
  if (!URL.canParse(repository) || new URL(repository).host === host) return;
  const text = `the password would go to ${host}, but the list of ${id} is at ${new URL(repository).host}`;
  const details = { service: id, hint: 'To agree beforehand: --yes' };
  if (agree === undefined) throw new BimServiceError('input-needed', text, details);
  if (await agree({ kind: 'password', text, hosts: [host], service: id })) return;
  throw new BimServiceError('usage', `no password was sent to ${host}`, details);
}
