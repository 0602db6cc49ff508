// A strict server for the device authorization grant (RFC 8628), for behavior that a real server does not show on demand.
import { jsonResponse, readJsonObject } from './json.js';
import { header, StrictServer } from './strict-server.js';

export interface DeviceOptions {
  offers?: boolean;
  interval?: number;
  page?: string;
  methods?: string[];
  /** `resource_url` of the token response. */
  resourceUrl?: string;
}

/** A strict RFC 8628 server. Its token endpoint sends the planned responses, one for each request. */
export class DeviceServer implements AsyncDisposable {
  readonly server: StrictServer;

  private constructor(server: StrictServer) {
    this.server = server;
  }

  static async start(answers: readonly string[], options: DeviceOptions = {}): Promise<DeviceServer> {
    const { offers = true, interval = 1, page, methods, resourceUrl } = options;
    const left = [...answers];
    const origin = () => server.origin;
    const server: StrictServer = await StrictServer.start({
      list: {
        method: 'GET',
        path: /\/(servicelist)?/,
        handle: () => jsonResponse(200, [{ name: 'Fake', resourceUrl: `${origin()}/run`, issuer: origin() }]),
      },
      metadata: {
        method: 'GET',
        path: '/.well-known/oauth-authorization-server',
        handle: () =>
          jsonResponse(200, {
            issuer: origin(),
            registration_endpoint: `${origin()}/register`,
            authorization_endpoint: `${origin()}/authorize`,
            token_endpoint: `${origin()}/token`,
            ...(methods ? { token_endpoint_auth_methods_supported: methods } : {}),
            ...(offers ? { device_authorization_endpoint: `${origin()}/device` } : {}),
          }),
      },
      register: {
        method: 'POST',
        path: '/register',
        handle: (seen) => {
          const method = readJsonObject(String(seen.body))?.token_endpoint_auth_method;
          const secret = method === 'none' ? {} : { client_secret: 's:cret', client_secret_expires_at: 0 };
          return jsonResponse(201, { client_id: 'client', ...secret, token_endpoint_auth_method: method });
        },
      },
      device: {
        method: 'POST',
        path: '/device',
        handle: (seen) => {
          if (header(seen, 'content-type') !== 'application/x-www-form-urlencoded')
            server.complain('device authorization request that is not a form');
          return jsonResponse(200, {
            device_code: 'the-device-code',
            user_code: 'WDJB-MJHT',
            verification_uri: page ?? `${origin()}/page`,
            expires_in: 600,
            interval,
          });
        },
      },
      token: {
        method: 'POST',
        path: '/token',
        handle: (seen) => {
          const form = new URLSearchParams(String(seen.body));
          if (form.get('grant_type') !== 'urn:ietf:params:oauth:grant-type:device_code')
            server.complain(`grant_type ${form.get('grant_type')}`);
          if (form.get('device_code') !== 'the-device-code') server.complain('another device_code');
          const received = left.shift();
          return received === 'token'
            ? jsonResponse(200, {
                access_token: 'device-token',
                token_type: 'bearer',
                expires_in: 60,
                resource_url: resourceUrl,
              })
            : jsonResponse(400, { error: received ?? 'invalid_grant' });
        },
      },
    });
    return new DeviceServer(server);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server[Symbol.asyncDispose]();
  }
}
