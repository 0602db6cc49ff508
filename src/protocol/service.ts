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
  /** Null: an open service, posted to without a token. */
  oauth: OAuthEndpoints | null;
  form: EntryForm;
  /** Address, file or `-` of the repository that the entry came from. */
  repository: string;
}

/** Hosts of a service's other addresses that differ from the host where consent is asked. */
export function foreignHosts({ oauth, resourceUrl }: Service): string[] {
  if (oauth === null) return [];
  const consent = new URL(oauth.authorizationUrl).host;
  const others = [oauth.registerUrl, oauth.tokenUrl, resourceUrl].map((url) => new URL(url).host);
  return [...new Set(others)].filter((host) => host !== consent);
}
