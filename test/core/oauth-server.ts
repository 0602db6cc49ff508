// An OAuth server for tests of the use-cases: real sockets, and responses that each test plans.
import { jsonResponse } from '../support/json.js';
import { type Handler, type PlannedResponse, StrictServer } from '../support/strict-server.js';

/** Planned responses of a route, the last one for every later request. */
export type Plan = readonly [PlannedResponse, ...PlannedResponse[]];

export interface OAuthPlans {
  register?: Plan;
  token?: Plan;
  device?: Plan;
  revoke?: Plan;
  /** The metadata document without the three addresses. */
  metadata?: Record<string, unknown>;
}

export const TOKEN = jsonResponse(200, { access_token: 'access-1', token_type: 'bearer', expires_in: 3600 });

export const refused = (error: string, status = 400): PlannedResponse => jsonResponse(status, { error });

/** Routes: `metadata`, `register`, `device`, `token`, `revoke`, `authorize` (consents and redirects). */
export async function startOAuthServer(plans: OAuthPlans = {}): Promise<StrictServer> {
  let clients = 0;
  const register = (): PlannedResponse => {
    clients += 1;
    return jsonResponse(201, { client_id: `client-${clients}`, client_secret: `secret-of-${clients}` });
  };
  const planned = (plan: Plan | undefined, usual: Handler): Handler => {
    const left = plan === undefined ? [] : [...plan];
    return (seen) => (left.length > 1 ? left.shift() : left[0]) ?? usual(seen);
  };
  const post = (path: string, handle: Handler) => ({ method: 'POST', path, handle });
  const server: StrictServer = await StrictServer.start({
    metadata: {
      method: 'GET',
      path: '/.well-known/oauth-authorization-server',
      handle: () =>
        jsonResponse(200, {
          issuer: server.origin,
          registration_endpoint: `${server.origin}/register`,
          authorization_endpoint: `${server.origin}/authorize`,
          token_endpoint: `${server.origin}/token`,
          device_authorization_endpoint: `${server.origin}/device`,
          revocation_endpoint: `${server.origin}/revoke`,
          ...plans.metadata,
        }),
    },
    register: post('/register', planned(plans.register, register)),
    device: post(
      '/device',
      planned(plans.device, () => DEVICE(server.origin)),
    ),
    token: post(
      '/token',
      planned(plans.token, () => TOKEN),
    ),
    revoke: post(
      '/revoke',
      planned(plans.revoke, () => ({ status: 200 })),
    ),
    authorize: {
      method: 'GET',
      path: '/authorize',
      handle: ({ query }) => {
        const back = new URL(query.get('redirect_uri') ?? '');
        back.searchParams.set('code', 'code-1');
        back.searchParams.set('state', query.get('state') ?? '');
        return { status: 302, headers: [['Location', back.href]] };
      },
    },
  });
  return server;
}

export const DEVICE = (origin: string, more: Record<string, unknown> = {}): PlannedResponse =>
  jsonResponse(200, {
    device_code: 'device-code-1',
    user_code: 'WDJB-MJHT',
    verification_uri: `${origin}/page`,
    expires_in: 600,
    interval: 1,
    ...more,
  });

/** The form of a request's body. */
export const formOf = (seen: { body: Buffer } | undefined): URLSearchParams =>
  new URLSearchParams(String(seen?.body));
