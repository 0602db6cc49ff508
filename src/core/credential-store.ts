// Credentials over any store of records: what they look like, and what happens to a damaged one.
import { BimServiceError } from '../errors.js';
import type { OAuthEndpoints, Service } from '../protocol/service.js';
import {
  readRegistrationRecord,
  readTokenRecord,
  registrationKey,
  registrationRecord,
  tokenKey,
  tokenRecord,
} from './credential-records.js';
import type { CredentialStore, RecordStore } from './ports.js';

/** A CredentialStore that keeps its records in `records`. Failures are `store-not-writable` and `store-damaged` (exit 7). */
export function createCredentialStore(records: RecordStore): CredentialStore {
  const write = (key: string, record: object) => records.write(key, `${JSON.stringify(record, null, 2)}\n`);
  return {
    tokenSource: (service) => records.kindOf(tokenKey(service)),
    readRegistration: (endpoints) => read(records, registrationKey(endpoints), readRegistrationRecord),
    writeRegistration: (endpoints, registration) =>
      write(registrationKey(endpoints), registrationRecord(endpoints, registration)),
    deleteRegistration: (endpoints: OAuthEndpoints) => records.remove(registrationKey(endpoints)),
    readToken: (service) => read(records, tokenKey(service), readTokenRecord),
    writeToken: (service, token) => write(tokenKey(service), tokenRecord(service, token)),
    deleteToken: (service: Service) => records.remove(tokenKey(service)),
    lockToken: (service, signal) => records.lock(tokenKey(service), signal),
    probe: () => records.probe(),
  };
}

/** The records of a service in `records`, for `token --export`; a service without a token has none to give. */
export async function recordsOf(service: Service, records: RecordStore): Promise<Record<string, string>> {
  const keys = [tokenKey(service), ...(service.oauth === null ? [] : [registrationKey(service.oauth)])];
  const found = await Promise.all(keys.map(async (key) => [key, await records.read(key)] as const));
  return Object.fromEntries(found.filter((entry): entry is [string, string] => entry[1] !== null));
}

async function read<T>(
  records: RecordStore,
  key: string,
  parse: (value: unknown) => T | null,
): Promise<T | null> {
  const text = await records.read(key);
  if (text === null) return null;
  const value = parse(parseJson(text));
  if (value !== null) return value;
  throw new BimServiceError('store-damaged', await records.setAside(key), {
    hint: 'Authorize the service again.',
  });
}

function parseJson(text: string): unknown {
  try {
    // An editor may have put a BOM in front; it changes nothing of what is stored.
    return JSON.parse(text.replace(/^\ufeff/, ''));
  } catch {
    return null;
  }
}
