// The credentials of a service as one line of text: for another machine, or a pipeline.
import { keepToken } from '../../core/authorization/keep-token.js';
import { storedToken } from '../../core/authorization/stored-token.js';
import { readRecords, recordsOf } from '../../core/credentials/credential-store.js';
import type { AccessToken } from '../../core/ports/credentials.js';
import type { ListedService } from '../../core/repository/load-repositories.js';
import { BimServiceError } from '../../errors.js';
import { checkPassphrase, readBundle, writeBundle } from '../../protocol/oauth/credential-bundle.js';
import { listOf } from '../../protocol/repository/write-entry.js';
import { unwrapped } from '../../protocol/text/unwrap.js';
import { Secret } from '../../secret.js';
import { Client } from '../client/client.js';
import { withAddresses } from '../services/load-services.js';

/**
 * The registration and the token of `service` as one line. A passphrase encrypts it. Throws BimServiceErrors `not-authorized`
 * when there is no token, `usage` for a passphrase of fewer than 15 characters, and those of the store.
 */
export async function exportCredentials(
  client: Client,
  service: ListedService,
  passphrase: Secret | (() => Promise<Secret | null>) | null = null,
): Promise<{ line: Secret; isEncrypted: boolean }> {
  using ports = Client.call(client, undefined);
  const complete = await withAddresses(ports, service, 'revalidate');
  await storedToken(complete, ports);
  const records = await recordsOf(complete, ports.store);
  const key = typeof passphrase === 'function' ? await passphrase() : passphrase;
  if (key !== null) checkPassphrase(key);
  const bundle = { service: complete.id, list: listOf(complete), records };
  return { line: new Secret(await writeBundle(bundle, key)), isEncrypted: key !== null };
}

/**
 * Stores credentials that `exportCredentials` made. They must be for the addresses of `service`, so that no other service
 * gets the token. Throws BimServiceErrors `usage` for a line that is not for it, or cannot be read, and those of the store.
 */
export async function importCredentials(
  client: Client,
  service: ListedService,
  line: string,
  passphrase: Secret | null = null,
): Promise<AccessToken> {
  using ports = Client.call(client, undefined);
  const complete = await withAddresses(ports, service, 'revalidate');
  const { records } = await readBundle(new Secret(unwrapped(line)), passphrase);
  const { token, registration } = readRecords(complete, records);
  if (token === null) {
    throw new BimServiceError('usage', `these credentials are not for ${complete.id} at these addresses`, {
      service: complete.id,
      hint: `See its addresses: bimservice list ${complete.id}`,
    });
  }
  const { store, signal } = ports;
  if (complete.oauth !== null && registration !== null) {
    await using _ = await store.lockRegistration(complete.oauth, signal);
    await store.writeRegistration(complete.oauth, registration);
  }
  return await keepToken(complete, token, ports);
}
