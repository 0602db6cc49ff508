// The JSON API of the BIMserver-like server, as far as a token without a browser needs it (PROTOCOL 1.8).

import { randomBytes } from 'node:crypto';
import type { BimServer } from './bimserver.js';
import { SOID } from './bimserver-options.js';
import { USER_TOKEN } from './bimserver-projects.js';
import { jsonResponse, readJsonObject } from './json.js';
import { header, type PlannedResponse, type SeenRequest } from './strict-server.js';

/** The one user of the server. */
export const USER = { name: 'ada@bim.example', password: 'correct horse & battery' };

const SERVER_OID = 65_574;
const sessions = new WeakMap<BimServer, Set<string>>();

const ended = new Set<string>();

/** Ends all sessions, as a restart does. */
export function endSessions(bim: BimServer): void {
  for (const session of sessions.get(bim) ?? []) ended.add(session);
  sessions.delete(bim);
}

export function isSession(bim: BimServer, token: string): boolean {
  return sessions.get(bim)?.has(token) ?? false;
}

/** Responds to a POST to `/json`. Errors come with status 200 and an exception in the body. */
export function respondWithJson(bim: BimServer, seen: SeenRequest): PlannedResponse {
  const { server } = bim;
  if (!/^application\/json\s*(;|$)/.test(header(seen, 'content-type') ?? ''))
    server.complain('JSON API without application/json');
  const message = readJsonObject(seen.body.toString());
  const request = objectOf(message?.request);
  if (message === null || request === null) {
    server.complain('JSON API without a request');
    return exception('no request');
  }
  const parameters = objectOf(request.parameters) ?? {};
  const call = `${String(request.interface)}.${String(request.method)}`;
  const known = sessions.get(bim) ?? new Set<string>();
  sessions.set(bim, known);
  if (call === 'AuthInterface.login') {
    const isUser = parameters.username === USER.name && parameters.password === USER.password;
    if (!isUser) return exception('Invalid username/password combination', 'UserException');
    const session = randomBytes(32).toString('hex');
    known.add(session);
    return result(session);
  }
  if (call === 'AuthInterface.loginUserToken') {
    if (parameters.token !== USER_TOKEN) return exception('Invalid token', 'UserException');
    const session = randomBytes(48).toString('hex');
    known.add(session);
    return result(session);
  }
  // After a restart the server knows no session; a client logs in again.
  if (typeof message.token === 'string' && /^[0-9a-f]+$/.test(message.token) && ended.has(message.token))
    return exception('Invalid token', 'AuthenticationException');
  if (typeof message.token === 'string' && !known.has(message.token)) {
    const received = respondToService(bim, call, message.token, parameters);
    if (received !== null) return received;
  }
  if (typeof message.token !== 'string' || !known.has(message.token)) {
    server.complain(`${call} without the session token of the login`);
    return exception('Authentication required');
  }
  const ofProject = bim.projects.answer(server, call, parameters);
  if (ofProject !== null) return ofProject;
  switch (call) {
    case 'PluginInterface.getAllInternalServicesOfService': {
      if (parameters.name !== bim.serviceName) return result([]);
      const names = bim.options.configurations ?? [`${bim.serviceName} of Ada`];
      return result(
        names.map((name, at) => ({
          __type: 'SInternalServicePluginConfiguration',
          oid: Number(SOID) + at,
          name,
          enabled: true,
        })),
      );
    }
    case 'OAuthInterface.getOAuthServerByClientId': {
      const isKnown = bim.clients.some(({ clientId }) => clientId === parameters.clientId);
      return isKnown ? result({ __type: 'SOAuthServer', oid: SERVER_OID }) : exception('null');
    }
    case 'OAuthInterface.authorize': {
      const authorization = objectOf(parameters.authorization);
      if (authorization?.__type !== 'SRunServiceAuthorization')
        server.complain('authorization of another type than SRunServiceAuthorization');
      if (parameters.oAuthServerOid !== SERVER_OID) server.complain('authorize with a wrong oAuthServerOid');
      if (String(authorization?.serviceId) !== SOID) return exception('No service with that oid');
      return result(bim.issueToken());
    }
    default:
      server.complain(`unknown call ${call}`);
      return exception('Unknown method');
  }
}

/** With the token of a service: what it may ask for, as 1.5.186 responds. Null for any other call. */
function respondToService(
  bim: BimServer,
  call: string,
  token: string,
  { oid }: Record<string, unknown>,
): PlannedResponse | null {
  if (call !== 'AuthInterface.isLoggedIn' && call !== 'PluginInterface.getInternalServiceById') return null;
  if (bim.options.noApi) return { status: 404 };
  if (bim.options.apiSilent) return { status: 404, delayMs: 60_000 };
  if (!bim.tokens.has(token) || bim.options.tokensExpired)
    return exception('Invalid token', 'AuthenticationException');
  if (call === 'AuthInterface.isLoggedIn') return result(true);
  if (String(oid) !== SOID) bim.server.complain(`asked for the configuration ${String(oid)}, not ${SOID}`);
  if (bim.options.configurationGone)
    return exception(`No InternalServicePluginConfiguration found for id ${String(oid)}`, 'UserException');
  return result({ __type: 'SInternalServicePluginConfiguration', oid: Number(SOID), name: 'Of Ada' });
}

function result(value: unknown): PlannedResponse {
  return jsonResponse(200, { response: { result: value } });
}

function exception(message: string, type = 'ServerException'): PlannedResponse {
  return jsonResponse(200, { response: { exception: { __type: type, message, errorCode: 0 } } });
}

function objectOf(value: unknown): Record<string, unknown> | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : null;
}
