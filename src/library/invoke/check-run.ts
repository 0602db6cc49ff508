// What can be checked of a call before anything is asked or sent.
import { readExpect } from '../../core/invocation/read-expect.js';
import type { ListedService } from '../../core/repository/load-repositories.js';
import { BimServiceError } from '../../errors.js';
import { Client } from '../client/client.js';
import type { Ports } from '../client/ports.js';
import type { InvokeOptions, Model } from './options.js';
import { nameOf, placesOf } from './run-ports.js';

/**
 * Throws BimServiceError `usage` for options of `invoke` that cannot be used. `invoke` does the same; this is for a caller that asks a
 * person something first.
 */
export async function checkInvoke(
  client: Client,
  service: ListedService,
  models: readonly Model[],
  options: InvokeOptions = {},
): Promise<void> {
  using ports = Client.call(client, undefined);
  await checkRun(ports, service, models, options);
}

export async function checkRun(
  ports: Ports,
  service: ListedService,
  models: readonly Model[],
  { expect, to, judge }: InvokeOptions,
): Promise<void> {
  if (expect !== undefined) readExpect(expect, service.outputs);
  if (to !== undefined) placesOf(ports, { service, models, to });
  if (models.length > 1) await judge?.checkFolder();
  const contents = models.filter((model) => typeof model !== 'string').map(nameOf);
  const twice = contents.find((name, at) => contents.indexOf(name) !== at);
  if (twice !== undefined)
    throw new BimServiceError('usage', `two models are called ${twice}`, {
      hint: 'Give each content a name of its own.',
    });
}
