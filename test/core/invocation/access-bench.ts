// A service behind a real OAuth server, with a stored token, for tests of what a run sends with it.
import { type AccessInput, accessTo } from '../../../src/core/invocation/access.js';
import type { AccessToken } from '../../../src/core/ports/credentials.js';
import type { Service } from '../../../src/protocol/repository/service.js';
import { Secret } from '../../../src/secret.js';
import type { StrictServer } from '../../support/strict-server.js';
import { type OAuthPlans, startOAuthServer } from '../oauth-server.js';
import { NOW, serviceAt, Workbench } from '../workbench.js';

export const HOUR = 3_600_000;

export class AccessBench implements AsyncDisposable {
  readonly bench: Workbench;
  readonly server: StrictServer;
  readonly service: AccessInput['service'];

  private constructor(bench: Workbench, server: StrictServer, more: Partial<Service>) {
    this.bench = bench;
    this.server = server;
    this.service = { ...serviceAt(server.origin, more), isNamed: true };
  }

  static async start(plans: OAuthPlans = {}, more: Partial<Service> = {}): Promise<AccessBench> {
    return new AccessBench(await Workbench.create(), await startOAuthServer(plans), more);
  }

  /** The access of a run with a model of 1000 bytes. */
  access(input: Partial<AccessInput> = {}) {
    const usual = { service: this.service, environmentToken: null, insecure: false };
    return accessTo({ ...usual, ...input }, 1000, this.bench.ports, this.bench.signal);
  }

  /** Stores a token, and the client that it was issued to. */
  async store(token: Partial<AccessToken>): Promise<void> {
    const { store } = this.bench.ports;
    const client = { clientId: 'client-0', clientSecret: new Secret('secret-of-0') };
    const { oauth } = this.service;
    if (oauth !== null)
      await store.writeRegistration(oauth, {
        ...client,
        issuedAt: null,
        expiresAt: null,
        clientName: 'test',
        redirectUri: 'http://127.0.0.1:9/callback',
      });
    await store.writeToken(this.service, {
      accessToken: new Secret('stored-token-1'),
      refreshToken: null,
      expiresAt: null,
      obtainedAt: NOW - HOUR,
      resourceUrl: null,
      clientId: client.clientId,
      ...token,
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.bench[Symbol.asyncDispose]();
    await this.server[Symbol.asyncDispose]();
  }
}
