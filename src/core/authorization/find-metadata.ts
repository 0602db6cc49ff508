// Finds further features of a server whose addresses are in the entry, next to its token endpoint (RFC 8414).
import { readFields } from '../../protocol/oauth/response-text.js';
import { metadataAddresses, standardFeatures } from '../../protocol/oauth/server-metadata.js';
import type { ServerMetadata, Service } from '../../protocol/repository/service.js';
import type { HttpClient } from '../ports/http.js';

/**
 * The features of the service's OAuth server, or null when it publishes none. When a document was only found next to the
 * token endpoint, its addresses on other origins do not count, because secrets are sent to them.
 */
export async function findMetadata(
  service: Pick<Service, 'server' | 'oauth' | 'discovery'>,
  http: Pick<HttpClient, 'request'>,
  signal: AbortSignal,
): Promise<Omit<ServerMetadata, 'registers'> | null> {
  if (service.server !== undefined) return service.server;
  if (service.oauth === null) return null;
  const { origin } = new URL(service.oauth.tokenUrl);
  const near = (address: string | null) =>
    address !== null && new URL(address).origin === origin ? address : null;
  for (const url of metadataAddresses(service.discovery?.url ?? origin)) {
    const response = await http.request(
      { method: 'GET', url, headers: { Accept: 'application/json' } },
      signal,
    );
    const fields = response.status === 200 ? readFields(response) : null;
    if (fields === null || !fields.has('token_endpoint')) continue;
    const features = standardFeatures(Object.fromEntries(fields), url, { insecure: true });
    return { ...features, deviceUrl: near(features.deviceUrl), revocationUrl: near(features.revocationUrl) };
  }
  return null;
}
