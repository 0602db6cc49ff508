// Reads the stored token of a service, or throws the error that there is none.
import { BimServiceError } from '../../errors.js';
import type { Service } from '../../protocol/repository/service.js';
import type { AccessToken, CredentialStore } from '../ports/credentials.js';

/** Throws `not-authorized` when nothing is stored, and `store-damaged`. */
export async function storedToken(
  service: Service,
  { store }: { store: Pick<CredentialStore, 'readToken'> },
): Promise<AccessToken> {
  const token = await store.readToken(service);
  if (token !== null) return token;
  throw notAuthorized(service);
}

/** What a person types to give `service` a token. */
export function howToAuthorize({ form, id }: Pick<Service, 'form' | 'id'>): string {
  return form === 'address' ? `bimservice token ${id} --set -` : `bimservice authorize ${id}`;
}

export function notAuthorized(service: Service): BimServiceError {
  return new BimServiceError('not-authorized', `${service.id} is not authorized yet`, {
    service: service.id,
    hint: howToAuthorize(service),
  });
}
