// Stores credentials in any store of records: their format, and the handling of damaged ones.
import { BimServiceError } from '../../errors.js';
import type { OAuthEndpoints, Service } from '../../protocol/repository/service.js';
import type { AccessToken, CredentialStore, RecordStore, Registration } from '../ports/credentials.js';
import { believedToken } from './believed-token.js';
import {
  readRegistrationRecord,
  readStreamRecord,
  readTokenRecord,
  registrationKey,
  registrationRecord,
  streamKey,
  streamRecord,
  tokenKey,
  tokenRecord,
} from './credential-records.js';

type Parse<T> = (value: unknown) => T | null;

/** Writes the records of a service into a file of its own; its path, or null. */
export type Rescue = (service: Service, records: Record<string, string>) => Promise<string | null>;

/** More clients than one installation has logins at one server at the same time. */
const MAX_EARLIER = 63;

/**
 * A CredentialStore that keeps its records in `records`. Failures are `store-not-writable` and `store-damaged` (exit 7).
 * Calls `warn` with the place of the copy when a damaged record is replaced by a good one.
 */
export function createCredentialStore(
  stored: RecordStore,
  warn: (line: string) => void,
  rescue: Rescue = async () => null,
): CredentialStore {
  // What could not be stored counts for this run: the stored refresh token is spent.
  const rescued = new Map<string, string>();
  const records: RecordStore = {
    ...stored,
    read: async (key) => rescued.get(key) ?? (await stored.read(key)),
    async write(key, text) {
      await stored.write(key, text);
      rescued.delete(key);
    },
  };
  const write = async (key: string, record: object, parse: Parse<unknown>) => {
    await setDamagedAside(records, key, parse, warn);
    await records.write(key, `${JSON.stringify(record, null, 2)}\n`);
  };
  const readClients = async (endpoints: OAuthEndpoints) =>
    (await read(records, registrationKey(endpoints), readRegistrationRecord)) ?? [];
  const writeClients = (endpoints: OAuthEndpoints, [current, ...earlier]: Registration[]) =>
    current === undefined
      ? Promise.resolve()
      : write(
          registrationKey(endpoints),
          registrationRecord(endpoints, current, earlier),
          readRegistrationRecord,
        );
  return {
    tokenSource: (service) => records.kindOf(tokenKey(service)),
    async readRegistration(endpoints, clientId) {
      const clients = await readClients(endpoints);
      const found =
        clientId === undefined ? clients[0] : clients.find((client) => client.clientId === clientId);
      return found ?? null;
    },
    readRegistrations: readClients,
    async writeRegistration(endpoints, registration) {
      await setDamagedAside(records, registrationKey(endpoints), readRegistrationRecord, warn);
      const earlier = (await readClients(endpoints)).filter(
        ({ clientId }) => clientId !== registration.clientId,
      );
      await writeClients(endpoints, [registration, ...earlier.slice(0, MAX_EARLIER)]);
    },
    async updateRegistration(endpoints, registration) {
      const stored = await readClients(endpoints);
      const isOurs = ({ clientId }: Registration) => clientId === registration.clientId;
      if (!stored.some(isOurs)) return;
      await writeClients(
        endpoints,
        stored.map((client) => (isOurs(client) ? registration : client)),
      );
    },
    lockRegistration: (endpoints, signal) => records.lock(registrationKey(endpoints), signal),
    deleteRegistration: (endpoints: OAuthEndpoints) => records.remove(registrationKey(endpoints)),
    async readToken(service) {
      const token = await read(records, tokenKey(service), readTokenRecord);
      // A record of an earlier version has what the server reported.
      return token === null ? null : believedToken(service, token);
    },
    writeToken: (service, token) => write(tokenKey(service), tokenRecord(service, token), readTokenRecord),
    deleteToken: (service: Service) => records.remove(tokenKey(service)),
    async rescueToken(service, token) {
      rescued.set(tokenKey(service), JSON.stringify(tokenRecord(service, token)));
      return rescue(service, await recordsOf(service, this));
    },
    lockToken: (service, signal) => records.lock(tokenKey(service), signal),
    lockRuns: (service, signal) => records.lock(`runs-${tokenKey(service)}`, signal, 'long'),
    readSilence: (url) => read(records, streamKey(url), readStreamRecord),
    async writeSilence(url, at) {
      if (at === null) await records.remove(streamKey(url));
      else await write(streamKey(url), streamRecord(url, at), readStreamRecord);
    },
    async probe(service) {
      await records.probe(tokenKey(service));
      await setDamagedAside(records, tokenKey(service), readTokenRecord, warn);
      if (service.oauth !== null)
        await setDamagedAside(records, registrationKey(service.oauth), readRegistrationRecord, warn);
    },
  };
}

/**
 * The client that can refresh `token`, or null when it is missing. A token of an older version does not name its client:
 * then it is the one that was registered first.
 */
export async function clientOf(
  endpoints: OAuthEndpoints,
  token: AccessToken | null,
  store: Pick<CredentialStore, 'readRegistration' | 'readRegistrations'>,
): Promise<Registration | null> {
  if (token?.clientId !== undefined) return store.readRegistration(endpoints, token.clientId);
  return (await store.readRegistrations(endpoints)).at(-1) ?? null;
}

/** The credentials of a service as texts under their keys, for `token --export`; a damaged one is reported as usual. */
export async function recordsOf(service: Service, store: CredentialStore): Promise<Record<string, string>> {
  const { oauth } = service;
  const token = await store.readToken(service);
  const registration = oauth === null ? null : await clientOf(oauth, token, store);
  return {
    ...(token === null ? {} : { [tokenKey(service)]: JSON.stringify(tokenRecord(service, token)) }),
    ...(oauth === null || registration === null
      ? {}
      : { [registrationKey(oauth)]: JSON.stringify(registrationRecord(oauth, registration)) }),
  };
}

/** The opposite of `recordsOf`. Reads only the keys of `service` and ignores all others. */
export function readRecords(
  service: Service,
  texts: Record<string, string>,
): { token: AccessToken | null; registration: Registration | null } {
  const given = <T>(key: string, parse: Parse<T>) => parse(parseJson(texts[key] ?? ''));
  const { oauth } = service;
  return {
    token: given(tokenKey(service), readTokenRecord),
    registration:
      oauth === null ? null : (given(registrationKey(oauth), readRegistrationRecord)?.[0] ?? null),
  };
}

/** Before a record is replaced: a damaged one is copied (CASES B071), one of a newer version is kept (CASES B082). */
async function setDamagedAside(
  records: RecordStore,
  key: string,
  parse: Parse<unknown>,
  warn: (line: string) => void,
): Promise<void> {
  const text = await records.read(key);
  if (text !== null && parse(parseJson(text)) === null) warn(await records.setAside(key));
}

async function read<T>(records: RecordStore, key: string, parse: Parse<T>): Promise<T | null> {
  const text = await records.read(key);
  if (text === null) return null;
  const value = parse(parseJson(text));
  if (value !== null) return value;
  throw new BimServiceError('store-damaged', await records.setAside(key), {
    hint: 'Authorize the service again: bimservice authorize SERVICE',
  });
}

/** The value of a stored text; null when it is not JSON. */
export function parseJson(text: string): unknown {
  try {
    // An editor may have added a byte order mark; it does not change the content.
    return JSON.parse(text.replace(/^\ufeff/, ''));
  } catch {
    return null;
  }
}
