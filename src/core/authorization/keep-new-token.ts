// Saves a new token in a separate file when the store cannot be written, so that it is not lost.
import { BimServiceError } from '../../errors.js';
import type { Service } from '../../protocol/repository/service.js';
import type { AccessToken, CredentialStore } from '../ports/credentials.js';
import type { Clock } from '../ports/system.js';
import type { Reporter } from '../ports/terminal.js';
import { completeToken, type GivenToken, keepToken } from './keep-token.js';

export interface KeepNewTokenPorts {
  store: Pick<CredentialStore, 'writeToken' | 'rescueToken'>;
  clock: Clock;
  reporter: Reporter;
}

/**
 * Like `keepToken`. When the store cannot be written, the token is saved in a separate file, and a message says where.
 * `go-on`: this run uses the token, because the refresh token is used up and an error would lose the new token. `fail`:
 * throws `store-not-writable` with the file in its hint. Throws `store-damaged`.
 */
export async function keepNewToken(
  service: Service,
  given: GivenToken,
  otherwise: 'go-on' | 'fail',
  ports: KeepNewTokenPorts,
): Promise<AccessToken> {
  try {
    return await keepToken(service, given, ports);
  } catch (error) {
    if (!(error instanceof BimServiceError) || error.code !== 'store-not-writable') throw error;
    const token = completeToken(service, given, ports.clock);
    const hint = toRescue(service, await ports.store.rescueToken(service, token));
    const message = `the new token of ${service.id} is not stored: ${error.message}`;
    if (otherwise === 'fail')
      throw new BimServiceError(error.code, message, { hint, service: service.id, cause: error });
    ports.reporter.warn(`${message}; this run uses it`);
    ports.reporter.warn(hint);
    return token;
  }
}

function toRescue({ id }: Service, file: string | null): string {
  if (file === null) return `When the store works again: bimservice authorize ${id}`;
  return `Only you can read its copy in ${file}. When the store works again: bimservice token ${id} --import - < ${file}, then remove that file.`;
}
