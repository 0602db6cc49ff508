// A service as a repository describes it, and the parts of that description.

/** The three OAuth addresses of a service (PROTOCOL 1.0; flat or nested on the wire). */
export interface OAuthEndpoints {
  registerUrl: string;
  authorizationUrl: string;
  tokenUrl: string;
}

/**
 * The spelling that a repository entry used; it decides which encoding is tried first at tokenUrl. `address`: there is no
 * entry, only the resource address that a person typed, so it is not known whether the service needs a token.
 */
export type EntryForm = 'flat' | 'nested' | 'open' | 'address';

/** One checked service of a repository: every address is an absolute http(s) URL, and every list is present. */
export interface Service {
  /** A slug of the name, unique in one repository; `alias/slug` when two repositories have the same slug. */
  id: string;
  name: string;
  description: string;
  provider: string;
  /** The schema names in the spelling of the repository (PROTOCOL 2). */
  inputs: string[];
  outputs: string[];
  resourceUrl: string;
  /** Null: an open service, which needs no token; or a service whose addresses are still to be found by `discovery`. */
  oauth: OAuthEndpoints | null;
  form: EntryForm;
  /** The repository of the entry: an address, a file, or `-`; of form `address` the address itself. */
  repository: string;
  /** The provider's own id for the service. It is neither our id nor the id in the address of a run (PROTOCOL 1.1). */
  listId?: string;
  /** An absolute http(s) address. */
  providerIcon?: string;
  /** What the list says about its server, for example `WEBSOCKET` (PROTOCOL 1.1). */
  capabilities?: string[];
  /** Where the OAuth server publishes its metadata, for an entry without OAuth addresses. */
  discovery?: Discovery;
  /** The metadata of that server, after it was requested. */
  server?: ServerMetadata;
  /** The scopes to request consent for (RFC 6749 3.3). */
  scope?: string;
  /** The model is sent as a part of a form (PROTOCOL 1.10, mvdXMLChecker); absent: as the whole body. */
  multipart?: MultipartUpload;
  /** The site address that `--base-url` replaced: addresses that the server sends later are corrected in the same way. */
  rebase?: Rebase;
}

/** `issuer`: RFC 8414 or OpenID Connect Discovery; `foundation`: the OpenCDE Foundation API. */
export interface Discovery {
  kind: 'issuer' | 'foundation';
  url: string;
}

/** What an OAuth server publishes beyond the three addresses (RFC 8414 2). */
export interface ServerMetadata {
  /** Null when only its addresses are known. */
  issuer: string | null;
  /** RFC 9207: an authorization response without `iss` is not from this server. */
  sendsIssuer: boolean;
  deviceUrl: string | null;
  revocationUrl: string | null;
  /** `token_endpoint_auth_methods_supported`; null when the server does not say. */
  authMethods: string[] | null;
  /** False when clients cannot register themselves (no `registration_endpoint`). */
  registers: boolean;
}

export interface MultipartUpload {
  /** The name of the form part that carries the model. */
  modelField: string;
  /** The other form fields that the service requires, each with a word for people. */
  fields: Readonly<Record<string, string>>;
}

/** Both without a slash at the end. */
export interface Rebase {
  from: string;
  to: string;
}

/** True when the entry of the service says that it takes models without a token. */
export function isOpen({ oauth, discovery, form }: Pick<Service, 'oauth' | 'discovery' | 'form'>): boolean {
  return oauth === null && discovery === undefined && form !== 'address';
}

/** The hosts of a service's other addresses that differ from the host of the consent page. */
export function foreignHosts({ oauth, resourceUrl }: Service): string[] {
  if (oauth === null) return [];
  const consent = new URL(oauth.authorizationUrl).host;
  const others = [oauth.registerUrl, oauth.tokenUrl, resourceUrl].map((url) => new URL(url).host);
  return [...new Set(others)].filter((host) => host !== consent);
}
