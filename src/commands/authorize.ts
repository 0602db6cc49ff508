// `authorize SERVICE`: step 2, and with it steps 1 and 3.
import type { Context } from '../context.js';
import { authorize } from '../core/authorize.js';
import type { AccessToken } from '../core/ports.js';
import { spanText } from '../durations.js';
import { BimServiceError } from '../errors.js';
import { readAll } from '../io/read-input.js';
import { foreignHosts, type Service } from '../protocol/service.js';
import { type ClientFlags, clientOptions } from './client-options.js';
import { authorizationPorts } from './ports.js';
import { resolveService } from './services.js';

export type AuthorizeFlags = ClientFlags & {
  browser: boolean | string;
  paste?: boolean;
  wait: number;
  yes?: boolean;
};

export async function authorizeCommand(
  context: Context,
  [query = '']: string[],
  flags: AuthorizeFlags,
): Promise<void> {
  const { runtime, reporter } = context;
  if (runtime.env.CI && flags.browser === true && !flags.paste) {
    throw new BimServiceError('input-needed', `a consent needs a person, and this is a CI job`, {
      hint: 'Authorize on a desk, then give the job its token: BIMSERVICE_TOKEN=$(bimservice token SERVICE). Or: --no-browser, --paste.',
    });
  }
  const service = await resolveService(context, query);
  const token = await authorizeService(context, service, flags);
  const { expiresAt } = token;
  if (context.json) return context.printJson({ service: service.id, status: 'authorized', expiresAt });
  reporter.info(`Next: bimservice invoke ${service.id} MODEL`);
}

/** The consent itself; `invoke` offers it too. */
export async function authorizeService(
  context: Context,
  service: Service,
  flags: AuthorizeFlags,
): Promise<AccessToken> {
  const { runtime, reporter, store } = context;
  const opens = flags.browser !== false && !flags.paste;
  await confirmHosts(context, service, flags.yes ?? false);
  // A consent that cannot be kept would be lost: asked before a person is sent to a browser.
  await store.probe(service);
  const ports = {
    ...(await authorizationPorts(context)),
    browser: opens ? await context.browser(typeof flags.browser === 'string' ? flags.browser : null) : null,
    askPasted: flags.paste ? (signal: AbortSignal) => askPasted(context, signal) : null,
  };
  const input = { service, client: clientOptions(flags), port: flags.port ?? null, waitMs: flags.wait };
  reporter.info(`Waiting for your consent (at most ${spanText(flags.wait)}; Ctrl-C ends it).`);
  const token = await authorize(input, ports, runtime.signal);
  const until = token.expiresAt === null ? '' : ` for ${spanText(token.expiresAt - runtime.clock.now())}`;
  reporter.info(`${service.id} is authorized${until}.`);
  return token;
}

/** A list may pair an honest consent page with a foreign token endpoint (CASES B064; RFC 9700 4.4). */
async function confirmHosts(context: Context, service: Service, agreed: boolean): Promise<void> {
  const foreign = foreignHosts(service);
  if (foreign.length === 0) return;
  const consentAt = service.oauth === null ? '' : new URL(service.oauth.authorizationUrl).host;
  const words = `${service.id} asks for consent at ${consentAt}, but its registration, token or models go to ${foreign.join(', ')}`;
  context.reporter.warn(words);
  if (agreed || !context.interactive) return;
  const prompter = await context.prompter();
  if (await prompter.confirm('Do these hosts belong together?', context.runtime.signal)) return;
  throw new BimServiceError('usage', `${service.id} was not authorized: its hosts were not confirmed`, {
    service: service.id,
    hint: `See its addresses: bimservice list ${service.id}; to agree beforehand: --yes`,
  });
}

async function askPasted(context: Context, signal: AbortSignal): Promise<string> {
  if (context.interactive) {
    const prompter = await context.prompter();
    return prompter.askSecret('Paste the code, or the address that the browser ended at:', signal);
  }
  const text = Buffer.from(await readAll(context.runtime.stdin))
    .toString('utf8')
    .trim();
  if (text !== '') return text;
  throw new BimServiceError(
    'input-needed',
    '--paste found nothing on stdin, and there is no terminal to ask at',
    {
      hint: 'Pipe the code or the address into it, or use a terminal.',
    },
  );
}
