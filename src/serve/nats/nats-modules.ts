// The NATS client. It is not part of the bundle: who uses several machines installs it beside bimservice.

import { isSea } from 'node:sea';
import { NatsError } from './nats-error.js';

export interface NatsModules {
  readonly transport: typeof import('@nats-io/transport-node');
  readonly jetstream: typeof import('@nats-io/jetstream');
  readonly kv: typeof import('@nats-io/kv');
}

const PACKAGES = '@nats-io/transport-node@3 @nats-io/jetstream@3 @nats-io/kv@3';

/** What to type where the client is missing. The one-file program finds no packages, so it is replaced by the npm package. */
export const INSTALL_NATS = `npm install -g ${isSea() ? 'bimservice ' : ''}${PACKAGES}`;

/** Throws NatsError `missing` where one of the packages is not installed. */
export async function loadNats(): Promise<NatsModules> {
  try {
    const [transport, jetstream, kv] = await Promise.all([
      import('@nats-io/transport-node'),
      import('@nats-io/jetstream'),
      import('@nats-io/kv'),
    ]);
    return { transport, jetstream, kv };
  } catch (error) {
    const words = isSea()
      ? 'the one-file program has no NATS client, the npm package of bimservice can have one'
      : 'the NATS client is not installed beside bimservice';
    throw new NatsError('missing', words, { cause: error });
  }
}
