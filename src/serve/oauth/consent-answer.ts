// A person's click without a person: reads our own consent page and builds the request that its form would send.

export interface ShownPage {
  /** The address it was read from. */
  readonly url: string;
  readonly html: string;
  /** The Set-Cookie field that came with it. */
  readonly setCookie: string | undefined;
}

export interface ConsentRequest {
  readonly method: 'POST';
  readonly url: string;
  readonly headers: Record<string, string>;
  readonly body: string;
}

/**
 * The POST for `decision` on the consent page of a provider with one service; its answer is 303 with the client's
 * address in Location. Undefined where the page holds no such form.
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
