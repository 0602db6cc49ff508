// Puts credentials into the store of a workspace, like a login.

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  registrationKey,
  registrationRecord,
  tokenKey,
  tokenRecord,
} from '../../src/core/credentials/credential-records.js';
import type { Service } from '../../src/protocol/repository/service.js';
import { Secret } from '../../src/secret.js';
import type { Workspace } from '../support/cli.js';
import { CLIENT, type RotatingServer } from '../support/rotating-server.js';

export function serviceOf(server: RotatingServer): Service {
  const { entry } = server;
  return {
    ...entry,
    id: 'rotating',
    description: '',
    provider: '',
    form: 'nested',
    repository: server.listUrl,
  };
}

/** A registration, and a token that ends (or ended) `endsInMs` from now. */
export async function storeGrant(
  workspace: Workspace,
  server: RotatingServer,
  endsInMs: number,
  { refreshable = true } = {},
): Promise<void> {
  const service = serviceOf(server);
  const folder = join(workspace.configDir, 'credentials');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const write = (key: string, record: object) =>
    writeFile(join(folder, `${key}.json`), JSON.stringify(record), { mode: 0o600 });
  const registration = {
    clientId: CLIENT.id,
    clientSecret: new Secret(CLIENT.secret),
    clientName: 'bimservice-test',
    redirectUri: 'http://127.0.0.1:9/callback/0',
    issuedAt: null,
    expiresAt: null,
  };
  const { accessToken, refreshToken } = server.grant;
  const token = {
    accessToken: new Secret(accessToken),
    refreshToken: refreshable ? new Secret(refreshToken) : null,
    expiresAt: Date.now() + endsInMs,
    obtainedAt: Date.now() - 3_600_000,
    resourceUrl: null,
  };
  if (service.oauth)
    await write(registrationKey(service.oauth), registrationRecord(service.oauth, registration));
  await write(tokenKey(service), tokenRecord(service, token));
}
