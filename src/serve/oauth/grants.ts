// The consents of people: requests that wait for a consent, codes, and the tokens made from them.

import { oauthError } from '../http/http.js';
import { readMembers } from '../store/members.js';
import type { ServerStore } from '../store/port.js';
import type { Client } from './clients.js';
import { dialectOf } from './dialect.js';
import { SECRET_BYTES, sameHash, sha256, sha256Hex } from './hash.js';
import type { Tokens } from './tokens.js';

const CONSENT_MS = 10 * 60 * 1000;

/** A checked authorization request, in its stored form. */
export interface AuthorizationRequest {
  readonly clientId: string;
  /** Empty when the client has no redirect. */
  readonly redirectUri: string;
  /** True when the request contained it; the token request must then contain it too (RFC 6749 4.1.3). */
  readonly redirectUriSent: boolean;
  readonly state: string | null;
  /** The S256 challenge of RFC 7636. */
  readonly challenge: string | null;
  /** Null: the person selects the service. */
  readonly serviceId: string | null;
}

interface Code {
  readonly request: AuthorizationRequest;
  readonly serviceId: string;
  readonly user: string | null;
  readonly expiresAt: number;
  /** Set at the first use. */
  readonly tokenKey: string | null;
  readonly used: boolean;
}

export interface Redemption {
  readonly code: string;
  readonly client: Client;
  readonly redirectUri: string | undefined;
  readonly verifier: string | undefined;
}

export class Grants {
  constructor(
    private readonly store: ServerStore,
    private readonly tokens: Tokens,
    private readonly now: () => number,
    private readonly randomToken: (bytes: number) => string,
  ) {}

  /** Stores a request until a person decides. Returns the one-time token of the form. */
  async openConsent(request: AuthorizationRequest, browser: string): Promise<string> {
    const id = this.randomToken(SECRET_BYTES);
    const consent = { request, browserHash: sha256(browser) };
    await this.store.create('consent', sha256Hex(id), consent, this.now() + CONSENT_MS);
    return id;
  }

  /** The request of a form, once, and only for the browser that got the form (RFC 6749 10.12). */
  async takeConsent(id: string, browser: string): Promise<AuthorizationRequest | undefined> {
    const { request, browserHash } = readMembers((await this.store.get('consent', sha256Hex(id)))?.value);
    if (typeof browserHash !== 'string' || !sameHash(browserHash, sha256(browser))) return undefined;
    if (!(await this.store.remove('consent', sha256Hex(id)))) return undefined;
    return readRequest(request);
  }

  async issueCode(
    request: AuthorizationRequest,
    client: Client,
    serviceId: string,
    user: string | null,
  ): Promise<string> {
    const code = this.randomToken(SECRET_BYTES);
    const expiresAt = this.now() + dialectOf(client).codeMs;
    const issued: Code = { request, serviceId, user, expiresAt, tokenKey: null, used: false };
    // A used code is stored as long as its token, so that a second use can revoke the token.
    await this.store.create(
      'code',
      sha256Hex(code),
      issued,
      this.now() + this.tokens.lifeOf(client) + CONSENT_MS,
    );
    return code;
  }

  /**
   * Exchanges a code for a token, once. Refuses with `invalid_grant` (RFC 6749 5.2, RFC 7636 4.6). A second use revokes the
   * token of the first use (RFC 6749 4.1.2).
   */
  async redeem({
    code,
    client,
    redirectUri,
    verifier,
  }: Redemption): Promise<{ token: string; serviceId: string }> {
    const key = sha256Hex(code);
    const record = await this.store.get('code', key);
    const found = record === undefined ? undefined : readCode(record.value);
    if (record === undefined || found === undefined || found.request.clientId !== client.id) {
      throw invalidGrant('The code is unknown or was issued to another client');
    }
    if (found.used) {
      if (found.tokenKey !== null) await this.tokens.revokeKey(found.tokenKey);
      throw invalidGrant('The code was used before');
    }
    const refusal = findFault(found, client, { redirectUri, verifier }, this.now());
    const grant = { client, serviceId: found.serviceId, user: found.user };
    const issued = refusal === undefined ? await this.tokens.issue(grant) : undefined;
    // The token is stored before the code is marked, so that a second use of the code finds and revokes it.
    const spent: Code = { ...found, used: true, tokenKey: issued?.key ?? null };
    const isFirst = await this.store.replace('code', key, spent, record.revision);
    if (refusal !== undefined) throw invalidGrant(refusal);
    if (issued === undefined || !isFirst) {
      if (issued !== undefined) await this.tokens.revokeKey(issued.key);
      throw invalidGrant('The code was used before');
    }
    return { token: issued.token, serviceId: found.serviceId };
  }
}

function findFault(
  code: Code,
  client: Client,
  sent: { redirectUri: string | undefined; verifier: string | undefined },
  now: number,
): string | undefined {
  if (code.expiresAt <= now) return 'The code has expired';
  if (!isRedirectUriRight(code.request, client, sent.redirectUri)) {
    return 'redirect_uri is not the one of the authorization request';
  }
  return findVerifierFault(code.request.challenge, sent.verifier);
}

function isRedirectUriRight(
  request: AuthorizationRequest,
  client: Client,
  redirectUri: string | undefined,
): boolean {
  const { tokenRedirectUri } = dialectOf(client);
  if (tokenRedirectUri === 'never') return true;
  if (tokenRedirectUri === 'with-pkce' && request.challenge === null) return true;
  if (redirectUri === request.redirectUri) return true;
  // RFC 6749 4.1.3 requires it only if the authorization request had it.
  return redirectUri === undefined && !request.redirectUriSent;
}

function findVerifierFault(challenge: string | null, verifier: string | undefined): string | undefined {
  if (challenge === null) {
    // RFC 9700 2.1.1: otherwise an attacker could strip the challenge from the authorization request.
    return verifier === undefined ? undefined : 'The authorization request had no code_challenge';
  }
  if (verifier === undefined) return 'code_verifier is missing';
  const fits = /^[\w.~-]{43,128}$/.test(verifier) && sameHash(challenge, sha256(verifier));
  return fits ? undefined : 'code_verifier does not fit the code_challenge';
}

function readCode(value: unknown): Code | undefined {
  const { request, serviceId, user, expiresAt, tokenKey, used } = readMembers(value);
  const read = readRequest(request);
  if (read === undefined || typeof serviceId !== 'string' || typeof expiresAt !== 'number') return undefined;
  return {
    request: read,
    serviceId,
    user: typeof user === 'string' ? user : null,
    expiresAt,
    tokenKey: typeof tokenKey === 'string' ? tokenKey : null,
    used: used !== false,
  };
}

function readRequest(value: unknown): AuthorizationRequest | undefined {
  const { clientId, redirectUri, redirectUriSent, state, challenge, serviceId } = readMembers(value);
  if (typeof clientId !== 'string' || typeof redirectUri !== 'string') return undefined;
  const text = (member: unknown): string | null => (typeof member === 'string' ? member : null);
  return {
    clientId,
    redirectUri,
    redirectUriSent: redirectUriSent === true,
    state: text(state),
    challenge: text(challenge),
    serviceId: text(serviceId),
  };
}

function invalidGrant(description: string): Error {
  return oauthError(400, 'invalid_grant', description);
}
