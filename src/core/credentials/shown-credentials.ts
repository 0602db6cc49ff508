// The credentials of many services, to be shown. Most services of a list have none, and for those nothing is computed or read.
import { BimServiceError } from '../../errors.js';
import type { CredentialStore, RecordStore } from '../ports/credentials.js';
import { REGISTRATION_PREFIX, readEndpoints, readTokenService } from './credential-records.js';
import { createCredentialStore, parseJson } from './credential-store.js';

/** What the state of a service is made from. */
export type ShownCredentials = Pick<
  CredentialStore,
  'readToken' | 'readRegistration' | 'readRegistrations' | 'tokenSource'
>;

/** Texts under their keys; the error where a record cannot be read. */
type Texts = ReadonlyMap<string, string | BimServiceError>;

/** The state of `records` at this moment, each of them read once. Throws `store-damaged` where they cannot be listed. */
export async function recordsOnce(records: RecordStore): Promise<RecordStore & { texts: Texts }> {
  const texts = new Map<string, string | BimServiceError>();
  for (const key of await records.keys()) {
    const text = await records.read(key).catch(damageOf);
    if (text !== null) texts.set(key, text);
  }
  return {
    ...records,
    texts,
    keys: async () => [...texts.keys()],
    async read(key) {
      const found = texts.get(key) ?? null;
      if (found instanceof BimServiceError) throw found;
      return found;
    },
    setAside(key) {
      texts.delete(key);
      return records.setAside(key);
    },
  };
}

/** The credentials in `records`. Calls `warn` as `createCredentialStore` does. */
export function shownCredentials(
  records: RecordStore & { texts: Texts },
  warn: (line: string) => void,
): ShownCredentials {
  const store = createCredentialStore(records, warn);
  const tokens = addressesIn(records.texts, false, (value) => readTokenService(value)?.resourceUrl);
  const servers = addressesIn(records.texts, true, (value) => readEndpoints(value)?.tokenUrl);
  return {
    tokenSource: store.tokenSource,
    readToken: async (service) => (tokens.mayHave(service.resourceUrl) ? store.readToken(service) : null),
    readRegistration: async (endpoints, clientId) =>
      servers.mayHave(endpoints.tokenUrl) ? store.readRegistration(endpoints, clientId) : null,
    readRegistrations: async (endpoints) =>
      servers.mayHave(endpoints.tokenUrl) ? store.readRegistrations(endpoints) : [],
  };
}

/** The addresses in the records of one kind. A record that does not say its address may be for any. */
function addressesIn(
  texts: Texts,
  isRegistration: boolean,
  addressOf: (value: unknown) => string | undefined,
): { mayHave: (address: string) => boolean } {
  const found = [...texts]
    .filter(([key]) => key.startsWith(REGISTRATION_PREFIX) === isRegistration)
    .map(([, text]) => addressIn(text, addressOf));
  const addresses = new Set(found);
  return { mayHave: addresses.has(undefined) ? () => true : (address) => addresses.has(address) };
}

function addressIn(
  text: string | BimServiceError,
  addressOf: (value: unknown) => string | undefined,
): string | undefined {
  if (text instanceof BimServiceError) return undefined;
  try {
    return addressOf(parseJson(text));
  } catch (error) {
    damageOf(error);
    return undefined;
  }
}

/** A damaged record is an error of its service, which is thrown where that service is shown. */
function damageOf(error: unknown): BimServiceError {
  if (error instanceof BimServiceError && error.code === 'store-damaged') return error;
  throw error;
}
