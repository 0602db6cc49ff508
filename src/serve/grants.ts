// The provider's memory: clients, consents that wait for a person, codes, tokens. Secrets are kept as SHA-256 only.

import { createHash, timingSafeEqual } from 'node:crypto';
import { ExpiringMap } from './expiring-map.js';
import { oauthError } from './http.js';
import { matchesRedirectUri } from './redirect-uri.js';

export const REGISTRATION_MS = 365 * 24 * 3600 * 1000;
export const TOKEN_MS = 8 * 3600 * 1000;
const CONSENT_MS = 10 * 60 * 1000;
/** RFC 6749 4.1.2 allows ten minutes; a program that listens needs seconds (CASES B160). */
const CODE_MS = 60 * 1000;
/** 256 bits; RFC 6749 10.10 asks for 128 at least. */
const SECRET_BYTES = 32;

export interface Client {
  readonly id: string;
  readonly name: string;
  /** Null: a public client (RFC 6749 2.1). */
  readonly secretHash: string | null;
  readonly redirectUris: readonly string[];
}

/** An authorization request that has been checked. */
export interface AuthorizationRequest {
  readonly client: Client;
  readonly redirectUri: string;
  /** Whether the request named it; then the token request has to name it too (RFC 6749 4.1.3). */
  readonly redirectUriSent: boolean;
  readonly state: string | undefined;
  /** The S256 challenge of RFC 7636. */
  readonly challenge: string | undefined;
  /** Null: the person chooses on the page. */
  readonly serviceId: string | null;
}

interface Consent extends AuthorizationRequest {
  readonly browserHash: string;
}

interface Code {
  readonly request: AuthorizationRequest;
  readonly serviceId: string;
  readonly expiresAt: number;
  used: boolean;
  tokenHash: string | null;
}

export interface Grant {
  readonly client: Client;
  readonly serviceId: string;
}

export interface Redemption {
  readonly code: string;
  readonly client: Client;
  readonly redirectUri: string | undefined;
  readonly verifier: string | undefined;
}

export class Grants {
  readonly #clients: ExpiringMap<Client>;
  readonly #consents: ExpiringMap<Consent>;
  readonly #codes: ExpiringMap<Code>;
  readonly #tokens: ExpiringMap<Grant>;

  /** `now` is epoch ms; `randomToken(bytes)` gives that many random bytes as base64url. */
  constructor(
    private readonly now: () => number,
    private readonly randomToken: (bytes: number) => string,
  ) {
    this.#clients = new ExpiringMap(1000, now);
    this.#consents = new ExpiringMap(1000, now);
    this.#codes = new ExpiringMap(10_000, now);
    this.#tokens = new ExpiringMap(10_000, now);
  }

  /** A new client each time: who knows a name or an address does not get another client's secret. */
  addClient(
    name: string,
    redirectUris: readonly string[],
    isPublic: boolean,
  ): { client: Client; secret: string | null } {
    const secret = isPublic ? null : this.randomToken(SECRET_BYTES);
    const client: Client = {
      id: this.randomToken(16),
      name,
      secretHash: secret === null ? null : sha256(secret),
      redirectUris,
    };
    this.#clients.set(client.id, client, this.now() + REGISTRATION_MS);
    return { client, secret };
  }

  findClient(id: string): Client | undefined {
    return this.#clients.get(id);
  }

  /** Keeps a request until a person has answered it; the result is the form's one-time token. */
  openConsent(request: AuthorizationRequest, browser: string): string {
    const id = this.randomToken(SECRET_BYTES);
    this.#consents.set(sha256(id), { ...request, browserHash: sha256(browser) }, this.now() + CONSENT_MS);
    return id;
  }

  /** The request behind a form, once, and only for the browser that was shown the form (RFC 6749 10.12). */
  takeConsent(id: string, browser: string): AuthorizationRequest | undefined {
    const consent = this.#consents.get(sha256(id));
    if (consent === undefined || !sameHash(consent.browserHash, sha256(browser))) return undefined;
    this.#consents.delete(sha256(id));
    return consent;
  }

  issueCode(request: AuthorizationRequest, serviceId: string): string {
    const code = this.randomToken(SECRET_BYTES);
    const expiresAt = this.now() + CODE_MS;
    // A used code is remembered as long as its token, so that a second use can revoke it.
    this.#codes.set(
      sha256(code),
      { request, serviceId, expiresAt, used: false, tokenHash: null },
      this.now() + TOKEN_MS,
    );
    return code;
  }

  /**
   * Trades a code for a token, once. Refuses with `invalid_grant` or `invalid_request` (RFC 6749 5.2, RFC 7636 4.6).
   * A second use revokes the token of the first (RFC 6749 4.1.2).
   */
  redeem({ code, client, redirectUri, verifier }: Redemption): { token: string; serviceId: string } {
    const found = this.#codes.get(sha256(code));
    if (found === undefined || found.request.client.id !== client.id) {
      throw invalidGrant('The code is unknown or was issued to another client');
    }
    if (found.used) {
      if (found.tokenHash !== null) this.#tokens.delete(found.tokenHash);
      throw invalidGrant('The code was used before');
    }
    found.used = true;
    if (found.expiresAt <= this.now()) throw invalidGrant('The code has expired');
    checkRedirectUri(found.request, redirectUri);
    checkVerifier(found.request.challenge, verifier);
    const token = this.randomToken(SECRET_BYTES);
    found.tokenHash = sha256(token);
    this.#tokens.set(found.tokenHash, { client, serviceId: found.serviceId }, this.now() + TOKEN_MS);
    return { token, serviceId: found.serviceId };
  }

  /** What a token is good for; undefined when it is unknown, expired or revoked. */
  findToken(token: string): Grant | undefined {
    return this.#tokens.get(sha256(token));
  }
}

/** Whether `secret` is the client's; never for a public client. */
export function hasSecret(client: Client, secret: string): boolean {
  return client.secretHash !== null && sameHash(client.secretHash, sha256(secret));
}

function checkRedirectUri(request: AuthorizationRequest, redirectUri: string | undefined): void {
  if (redirectUri === request.redirectUri) return;
  // RFC 6749 4.1.3 asks for it only where the authorization request had it.
  if (redirectUri === undefined && !request.redirectUriSent) return;
  throw invalidGrant('redirect_uri is not the one of the authorization request');
}

function checkVerifier(challenge: string | undefined, verifier: string | undefined): void {
  if (challenge === undefined) {
    // RFC 9700 2.1.1: otherwise an attacker could strip the challenge from the authorization request.
    if (verifier !== undefined) throw invalidGrant('The authorization request had no code_challenge');
    return;
  }
  if (verifier === undefined) throw invalidGrant('code_verifier is missing');
  const fits = /^[\w.~-]{43,128}$/.test(verifier) && sameHash(challenge, sha256(verifier));
  if (!fits) throw invalidGrant('code_verifier does not fit the code_challenge');
}

/** The registered address that `requested` fits, as it was requested; the only registered one when none is named. */
export function chooseRedirectUri(client: Client, requested: string | undefined): string | undefined {
  if (requested === undefined) return client.redirectUris.length === 1 ? client.redirectUris[0] : undefined;
  return client.redirectUris.some((registered) => matchesRedirectUri(registered, requested))
    ? requested
    : undefined;
}

function invalidGrant(description: string): Error {
  return oauthError(400, 'invalid_grant', description);
}

/** base64url without padding, which is also how RFC 7636 4.2 writes an S256 challenge. */
function sha256(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}

function sameHash(a: string, b: string): boolean {
  return a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));
}
