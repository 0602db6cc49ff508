// Submits the consent page without a person: reads our own page and builds the request that its form would send.

export interface ShownPage {
  /** The address of the page. */
  readonly url: string;
  readonly html: string;
  /** The Set-Cookie header of the page. */
  readonly setCookie: string | undefined;
}

export interface ConsentRequest {
  readonly method: 'POST';
  readonly url: string;
  readonly headers: Record<string, string>;
  readonly body: string;
}

/**
 * The POST for `decision` on the consent page of a provider with one service. Its response is a 303 with the client's
 * address in Location. Undefined when the page has no such form.
 */
export function answerConsentPage(page: ShownPage, decision: 'allow' | 'deny'): ConsentRequest | undefined {
  const consent = /name="consent" value="([\w-]+)"/.exec(page.html)?.[1];
  const cookie = page.setCookie?.split(';', 1)[0];
  if (consent === undefined || cookie === undefined) return undefined;
  return {
    method: 'POST',
    url: new URL('/oauth/authorize', page.url).href,
    headers: { 'Content-Type': 'application/x-www-form-urlencoded', Cookie: cookie },
    body: new URLSearchParams({ consent, decision }).toString(),
  };
}
