// The words of the protocol: a service as a repository describes it.

/** The three OAuth addresses of a service (PROTOCOL 1.0; flat or nested on the wire). */
export interface OAuthEndpoints {
  registerUrl: string;
  authorizationUrl: string;
  tokenUrl: string;
}

/** Which of the two spellings a repository entry used; decides the encoding that is tried first at tokenUrl. */
export type EntryForm = 'flat' | 'nested' | 'open';

/** One service of a repository, checked: every address is an absolute http(s) URL, every list is there. */
export interface Service {
  /** Slug of the name, unique within one repository; `alias/slug` where two repositories offer the same slug. */
  id: string;
  name: string;
  description: string;
  provider: string;
  /** Schema names as the repository spells them (PROTOCOL 2). */
  inputs: string[];
  outputs: string[];
  resourceUrl: string;
  /** Null: an open service, posted to without a token; or one whose addresses `discovery` still has to find. */
  oauth: OAuthEndpoints | null;
  form: EntryForm;
  /** Address, file or `-` of the repository that the entry came from. */
  repository: string;
  /** The provider's own number or name for it: neither our id nor the number to post to (PROTOCOL 1.1). */
  listId?: string;
  /** Absolute http(s) address. */
  providerIcon?: string;
  /** What the list says of its server, for example `WEBSOCKET` (PROTOCOL 1.1). */
  capabilities?: string[];
  /** Where the OAuth server describes itself, for an entry that names no addresses. */
  discovery?: Discovery;
  /** What that server said of itself, once it was asked. */
  server?: ServerMetadata;
  /** Scopes to ask consent for (RFC 6749 3.3). */
  scope?: string;
  /** The model goes as a part of a form (PROTOCOL 1.10, mvdXMLChecker); absent: as the whole body. */
  multipart?: MultipartUpload;
  /** The site address that `--base-url` took the place of: what the server tells later is mended in the same way. */
  rebase?: Rebase;
}

/** `issuer`: RFC 8414 or OpenID Connect Discovery; `foundation`: the OpenCDE Foundation API. */
export interface Discovery {
  kind: 'issuer' | 'foundation';
  url: string;
}

/** What an OAuth server says of itself beyond the three addresses (RFC 8414 2). */
export interface ServerMetadata {
  /** Null where it is known by its addresses only. */
  issuer: string | null;
  /** RFC 9207: an answer without `iss` is none of its own. */
  sendsIssuer: boolean;
  deviceUrl: string | null;
  revocationUrl: string | null;
  /** `token_endpoint_auth_methods_supported`; null when it does not say. */
  authMethods: string[] | null;
  /** False where nobody can register by himself (no `registration_endpoint`). */
  registers: boolean;
}

export interface MultipartUpload {
  /** Name of the part that carries the model. */
  modelField: string;
  /** Further parts that the service wants, each with a word for people. */
  fields: Readonly<Record<string, string>>;
}

/** Both without a slash at the end. */
export interface Rebase {
  from: string;
  to: string;
}

/** Hosts of a service's other addresses that differ from the host where consent is asked. */
export function foreignHosts({ oauth, resourceUrl }: Service): string[] {
  if (oauth === null) return [];
  const consent = new URL(oauth.authorizationUrl).host;
  const others = [oauth.registerUrl, oauth.tokenUrl, resourceUrl].map((url) => new URL(url).host);
  return [...new Set(others)].filter((host) => host !== consent);
}
