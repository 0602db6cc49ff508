// The browser part of the BIMserver-like server (PROTOCOL 1.3): the authorization servlet, and a double of bimviews.

import { randomBytes } from 'node:crypto';
import type { BimServer } from './bimserver.js';
import { SOID } from './bimserver-options.js';
import { readJsonObject } from './json.js';
import type { PlannedResponse, SeenRequest } from './strict-server.js';

export interface BimGrant {
  clientId: string;
  redirectUri: string;
  challenge: string | null;
  redeemed: boolean;
}

export class BimServerAuthorization {
  /** The grants by their codes. */
  readonly grants = new Map<string, BimGrant>();
  readonly #bim: BimServer;
  readonly #session = randomBytes(32).toString('hex');
  #challenge: string | null = null;

  constructor(bim: BimServer) {
    this.#bim = bim;
  }

  /** `/oauth/authorize`: without a session token it redirects to bimviews, with one back to the client. */
  authorize(seen: SeenRequest): PlannedResponse {
    return seen.query.has('token') ? this.#comeBack(seen.query) : this.#toBimviews(seen.query);
  }

  #toBimviews(query: URLSearchParams): PlannedResponse {
    const { server } = this.#bim;
    const value = (name: string) => query.get(name) ?? 'null';
    if (value('auth_type') !== 'service') server.complain(`auth_type is ${value('auth_type')}, not service`);
    if (value('response_type') !== 'code') server.complain('response_type is not code');
    for (const name of ['redirect_uri', 'state']) {
      if (/[&#+%]/.test(value(name)))
        server.complain(`${name} holds a character that BIMserver loses: ${value(name)}`);
    }
    this.#challenge = query.get('code_challenge');
    if (this.#challenge !== null && query.get('code_challenge_method') !== 'S256') {
      server.complain('code_challenge without code_challenge_method=S256');
    }
    const location =
      `/apps/bimviews/?page=OAuth&auth_type=${value('auth_type')}&client_id=${value('client_id')}` +
      `&response_type=${value('response_type')}&redirect_uri=${value('redirect_uri')}&state=${escapeFragment(value('state'))}`;
    return { status: 302, headers: [['Location', location]] };
  }

  /** The single-page application after its clicks: selects the service by the state's `_serviceName` and redirects. */
  bimviews({ query }: SeenRequest): PlannedResponse {
    const bim = this.#bim;
    const state = query.get('state') ?? '';
    const wanted = readJsonObject(state)?._serviceName;
    if (wanted !== bim.serviceName) {
      bim.server.complain(`state is not JSON with _serviceName "${bim.serviceName}": ${state}`);
    }
    if (bim.options.consent === 'refuse' || query.get('auth_type') !== 'service') return page('bimviews');
    const clientId = query.get('client_id') ?? '';
    const code = randomBytes(64).toString('hex');
    const redirectUri = query.get('redirect_uri') ?? '';
    // A BIMserver code is also a token (PROTOCOL 1.3).
    bim.tokens.add(code);
    this.grants.set(code, { clientId, redirectUri, challenge: this.#challenge, redeemed: false });
    const back = new URLSearchParams({
      auth_type: 'service',
      client_id: clientId,
      response_type: 'code',
      redirect_uri: redirectUri,
      state,
      token: this.#session,
      code,
    });
    return { status: 302, headers: [['Location', `/oauth/authorize/?${back}`]] };
  }

  #comeBack(query: URLSearchParams): PlannedResponse {
    const bim = this.#bim;
    const clientId = query.get('client_id');
    const redirectUri = query.get('redirect_uri') ?? '';
    const state = query.get('state') ?? '';
    if (!bim.clients.some((client) => client.clientId === clientId)) {
      bim.server.complain('authorization for an unknown client_id');
      return { status: 200 };
    }
    if (query.get('token') !== this.#session) return { status: 200 };
    // The last code of this user and client, not the code in the request.
    const code = [...this.grants].filter(([, grant]) => grant.clientId === clientId).at(-1)?.[0];
    if (code === undefined) return { status: 200 };
    if (redirectUri === 'SHOW_CODE') {
      return page(
        `<p>Service token (copy&amp;paste this into your application)</p><input type="text" value="${code}">` +
          `<p>Service address</p><input type="text" value="${bim.site}/services/${SOID}">`,
      );
    }
    const shown = bim.options.unknownCode ? randomBytes(64).toString('hex') : code;
    const parameters = new URLSearchParams({
      code: shown,
      address: `${bim.site}/json`,
      serviceaddress: `${bim.site}/services`,
      websocketUrl: `${bim.site.replace(/^http/, 'ws')}/stream`,
      soid: SOID,
      state,
    });
    if (bim.options.stateTwice) parameters.append('state', state);
    if (isPasted(redirectUri)) {
      return {
        status: 200,
        headers: [['Content-Type', 'text/plain']],
        body: `No redirectURI provided\nWould have redirected to: http://fakeaddress?${parameters}`,
      };
    }
    if (!bim.clients.some((client) => client.clientId === clientId && client.redirectUrl === redirectUri)) {
      bim.server.complain(`redirect_uri is not the registered one: ${redirectUri}`);
    }
    return { status: 302, headers: [['Location', `${redirectUri}?${parameters}`]] };
  }
}

/** Redirect addresses that mean "show the code instead" (PROTOCOL 1.3). */
export function isPasted(redirectUri: string): boolean {
  return redirectUri === 'SHOW_CODE' || redirectUri === '';
}

/** Keeps what a fragment may contain, also `&` and `+`, and percent-encodes the rest. */
function escapeFragment(text: string): string {
  return [...text]
    .map((one) => (/[A-Za-z0-9._~!$'()*,;&=@:+/?-]/.test(one) ? one : encodeURIComponent(one)))
    .join('');
}

function page(body: string): PlannedResponse {
  return {
    status: 200,
    headers: [['Content-Type', 'text/html; charset=utf-8']],
    body: `<!DOCTYPE html><title>BIMserver</title>${body}`,
  };
}
