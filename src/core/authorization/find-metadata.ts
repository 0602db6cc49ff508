// What a server whose addresses an entry names can do besides: looked up where its token endpoint is (RFC 8414).
import { readFields } from '../../protocol/oauth/response-text.js';
import { metadataAddresses, standardFeatures } from '../../protocol/oauth/server-metadata.js';
import type { ServerMetadata, Service } from '../../protocol/repository/service.js';
import type { HttpClient } from '../ports/http.js';

/**
 * The features of the service's OAuth server, or null where it says nothing of itself. Of a document that was only
 * found beside the token endpoint, addresses of other origins do not count: secrets go to them.
 */
export async function findMetadata(
  service: Service,
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
