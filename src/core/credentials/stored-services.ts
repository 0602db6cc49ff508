// Everything that a store holds, as services and servers: also those that no list names any more.
import { BimServiceError } from '../../errors.js';
import type { OAuthEndpoints, Service } from '../../protocol/repository/service.js';
import type { RecordStore } from '../ports/credentials.js';
import { REGISTRATION_PREFIX, readEndpoints, readTokenService, tokenKey } from './credential-records.js';
import { parseJson } from './credential-store.js';

export interface StoredToken {
  key: string;
  /** Null when the record is damaged. */
  name: string | null;
  resourceUrl: string | null;
  /** The service with its server; null when the record is damaged or the registration of its server is gone. */
  service: Service | null;
}

export interface StoredRegistration {
  key: string;
  /** Null when the record is damaged. */
  endpoints: OAuthEndpoints | null;
}

/** All tokens and registrations in `records`. A record that cannot be read is only a key. */
export async function storedServices(
  records: RecordStore,
): Promise<{ tokens: StoredToken[]; registrations: StoredRegistration[] }> {
  const keys = await records.keys();
  const isRegistration = (key: string) => key.startsWith(REGISTRATION_PREFIX);
  const read = async <T>(key: string, parse: (value: unknown) => T | null): Promise<T | null> => {
    try {
      return parse(parseJson((await records.read(key)) ?? ''));
    } catch (error) {
      if (!(error instanceof BimServiceError) || error.code !== 'store-damaged') throw error;
      return null;
    }
  };
  const registrations = await Promise.all(
    keys.filter(isRegistration).map(async (key) => ({ key, endpoints: await read(key, readEndpoints) })),
  );
  const servers = registrations.flatMap(({ endpoints }) => endpoints ?? []);
  const tokens = await Promise.all(
    keys
      .filter((key) => !isRegistration(key))
      .map(async (key) => {
        const found = await read(key, readTokenService);
        if (found === null) return { key, name: null, resourceUrl: null, service: null };
        const { name, resourceUrl } = found;
        // A record does not name its server, but its key is made from the addresses of both.
        const service = servers
          .map((oauth) => serviceOf(found, oauth))
          .find((candidate) => tokenKey(candidate) === key);
        return { key, name, resourceUrl, service: service ?? null };
      }),
  );
  return { tokens, registrations };
}

function serviceOf(
  { name, resourceUrl, revocationUrl }: { name: string; resourceUrl: string; revocationUrl: string | null },
  oauth: OAuthEndpoints,
): Service {
  const server = {
    issuer: null,
    sendsIssuer: false,
    deviceUrl: null,
    revocationUrl,
    authMethods: null,
    registers: true,
  };
  return {
    id: name,
    name,
    description: '',
    provider: '',
    inputs: [],
    outputs: [],
    resourceUrl,
    oauth,
    form: 'nested',
    repository: '',
    ...(revocationUrl === null ? {} : { server }),
  };
}
