// Finds the OAuth addresses of a service whose entry names only where its server publishes them (RFC 8414; OpenCDE).
import { BimServiceError } from '../../errors.js';
import {
  type DescribedServer,
  foundationAuthAddress,
  foundationVersion,
  foundationVersionsAddress,
  type MetadataFields,
  metadataAddresses,
  readFoundationAuth,
  readMetadata,
} from '../../protocol/oauth/server-metadata.js';
import type { Discovery, Service } from '../../protocol/repository/service.js';
import { cleanText } from '../../protocol/text/clean-text.js';
import { objectOf } from '../../protocol/text/json-object.js';
import { readJsonText } from '../../protocol/text/json-text.js';
import {
  type FetchedDocument,
  type FetchOptions,
  type FetchPorts,
  fetchDocument,
} from '../repository/fetch-document.js';

/**
 * `service` with the addresses that its server publishes; unchanged when its entry has them. Documents are cached like
 * lists. Throws the network errors, `repository-unreadable`, `repository-invalid` (another issuer, a missing address)
 * and `unsafe-address`.
 */
export async function discover<T extends Service>(
  service: T,
  options: FetchOptions,
  ports: FetchPorts,
  signal: AbortSignal,
): Promise<T> {
  const { discovery } = service;
  const isNamed = service.oauth !== null && service.server === undefined;
  if (discovery === undefined || isNamed) return service;
  const documents = new ServerDocuments(options, ports, signal);
  const described =
    discovery.kind === 'issuer' ? await documents.issuer(discovery) : await documents.foundation(discovery);
  return { ...service, ...described };
}

class ServerDocuments {
  readonly #options: FetchOptions;
  readonly #ports: FetchPorts;
  readonly #signal: AbortSignal;

  constructor(options: FetchOptions, ports: FetchPorts, signal: AbortSignal) {
    this.#options = options;
    this.#ports = ports;
    this.#signal = signal;
  }

  /** The first of the two well-known documents that exists. Its issuer must be the requested one. */
  async issuer({ url }: Discovery): Promise<DescribedServer> {
    let failure: unknown;
    for (const address of metadataAddresses(url)) {
      try {
        const fields = await this.#document(address);
        checkIssuer(fields, url);
        return readMetadata(fields, url, this.#options);
      } catch (error) {
        this.#signal.throwIfAborted();
        if (!(error instanceof BimServiceError) || error.code !== 'repository-unreadable') throw error;
        failure ??= error;
      }
    }
    throw failure;
  }

  async foundation({ url }: Discovery): Promise<DescribedServer> {
    const versions = foundationVersionsAddress(url);
    const version = versions === null ? '' : foundationVersion(await this.#document(versions));
    return readFoundationAuth(await this.#document(foundationAuthAddress(url, version)), url, this.#options);
  }

  async #document(address: string): Promise<MetadataFields> {
    const read = async ({ body, ...origin }: FetchedDocument): Promise<MetadataFields> => {
      const { value } = await readJsonText(body, address, origin);
      const fields = objectOf(value);
      if (fields !== null) return fields;
      throw new BimServiceError(
        'repository-unreadable',
        `${address} is not the metadata of an OAuth server`,
        {
          phase: 'list',
        },
      );
    };
    const { value } = await fetchDocument(new URL(address), read, this.#options, this.#ports, this.#signal);
    return value;
  }
}

/** RFC 8414 3.3: a document for another issuer could send the person to any consent page. */
function checkIssuer({ issuer }: MetadataFields, expected: string): void {
  const given = typeof issuer === 'string' ? issuer : '';
  if (URL.canParse(given) && new URL(given).href === new URL(expected).href) return;
  const named = given === '' ? 'no issuer' : cleanText(given, 80);
  throw new BimServiceError('repository-invalid', `the OAuth server at ${expected} speaks for ${named}`, {
    phase: 'list',
    hint: "Correct the issuer in the repository's entry, or report it to the provider.",
  });
}
