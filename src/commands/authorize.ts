// `authorize SERVICE`: step 2, which includes the registration and step 3.
import type { Context } from '../context.js';
import { authorize } from '../core/authorization/authorize.js';
import { endpointsOf } from '../core/authorization/register.js';
import type { AccessToken } from '../core/ports/credentials.js';
import { spanText } from '../durations.js';
import { BimServiceError } from '../errors.js';
import { readAll } from '../io/files/read-input.js';
import type { Service } from '../protocol/repository/service.js';
import { cleanText } from '../protocol/text/clean-text.js';
import { Secret } from '../secret.js';
import { authorizationPorts } from './shared/authorization-ports.js';
import { type ClientFlags, clientOptions } from './shared/client-options.js';
import { confirmHosts, confirmPasswordHost } from './shared/confirm-hosts.js';
import { expiry } from './shared/expiry.js';
import { keepingBaseUrl, nextStep } from './shared/next-step.js';
import { movedService, resolveService } from './shared/resolve-service.js';
import { secretFromStdin } from './shared/stdin-secret.js';

export type AuthorizeFlags = ClientFlags & {
  browser: boolean | string;
  paste?: boolean;
  wait: number;
  yes?: boolean;
  user?: string;
  configuration?: string;
  device?: boolean;
};

export async function authorizeCommand(
  context: Context,
  [query = '']: string[],
  flags: AuthorizeFlags,
): Promise<void> {
  const { runtime, reporter } = context;
  const needsBrowser = flags.browser === true && !flags.paste && !flags.user && !flags.device;
  if (runtime.env.CI && needsBrowser) {
    throw new BimServiceError('input-needed', `a consent needs a person, and this is a CI job`, {
      hint: 'Authorize on a desktop, then give the job its token: BIMSERVICE_TOKEN=$(bimservice token SERVICE). Or: --no-browser, --paste, --device, --user.',
    });
  }
  const service = await resolveService(context, query);
  // An open service needs no consent; the error says so before anything is asked or printed.
  endpointsOf(service);
  const token = await authorizeService(context, service, flags).catch(async (error) => {
    const moved = await movedService(context, service, error);
    if (moved === null) throw error;
    return authorizeService(context, moved, flags);
  });
  if (context.json)
    return context.printJson({ service: service.id, status: 'authorized', ...expiry(token.expiresAt) });
  reporter.info(`Next: ${nextStep(context, `bimservice invoke ${service.id} MODEL`)}`);
  const keeping = keepingBaseUrl(context);
  if (keeping !== null) reporter.info(`To use this address always: ${keeping}`);
}

/** The consent itself; `invoke` uses it too. */
export async function authorizeService(
  context: Context,
  service: Service,
  flags: AuthorizeFlags,
): Promise<AccessToken> {
  const { runtime, reporter, store } = context;
  await confirmHosts(context, service, flags.yes ?? false);
  // A token that cannot be stored would be lost, so this is checked before a browser is opened.
  await store.probe(service);
  const token = await consentBy(context, service, flags);
  const until = token.expiresAt === null ? '' : ` for ${spanText(token.expiresAt - runtime.clock.now())}`;
  reporter.info(`${service.id} is authorized${until}.`);
  return token;
}

/** In the browser, on another device (`--device`), or with a name and a password (`--user`). */
async function consentBy(context: Context, service: Service, flags: AuthorizeFlags): Promise<AccessToken> {
  const { runtime, reporter } = context;
  const { signal } = runtime;
  const input = { service, client: clientOptions(flags), port: flags.port ?? null, waitMs: flags.wait };
  const ports = await authorizationPorts(context);
  if (flags.user !== undefined) {
    const { authorizeUser } = await import('../core/authorization/authorize-user.js');
    const { user, configuration = null } = flags;
    const prompter = context.interactive ? await context.prompter() : null;
    const question = 'Which configuration of the service?';
    const { host } = new URL(service.resourceUrl);
    await confirmPasswordHost(context, service, flags.yes ?? false);
    return authorizeUser(
      { ...input, user, configuration },
      {
        ...ports,
        askPassword: async () =>
          new Secret(await secretFromStdin(context, `password of ${cleanText(user, 60)} at ${host}`)),
        choose: prompter && ((names) => prompter.choose(question, names, signal)),
      },
      signal,
    );
  }
  reporter.info(`Waiting for your consent (at most ${spanText(flags.wait)}; Ctrl-C stops).`);
  if (flags.device) {
    const { authorizeDevice } = await import('../core/authorization/authorize-device.js');
    return authorizeDevice(input, ports, signal);
  }
  const opens = flags.browser !== false && !flags.paste;
  const browser = typeof flags.browser === 'string' ? flags.browser : null;
  return authorize(
    input,
    {
      ...ports,
      browser: opens ? await context.browser(browser) : null,
      // At a terminal an address can be pasted wherever no browser was started.
      askPasted: flags.paste || context.interactive ? (stop: AbortSignal) => askPasted(context, stop) : null,
    },
    signal,
  );
}

async function askPasted(context: Context, signal: AbortSignal): Promise<string> {
  if (context.interactive) {
    const prompter = await context.prompter();
    return prompter.askSecret('Paste the code, or the final address of the browser:', signal);
  }
  const text = Buffer.from(await readAll(context.runtime.stdin))
    .toString('utf8')
    .trim();
  if (text !== '') return text;
  throw new BimServiceError(
    'input-needed',
    '--paste found nothing on stdin, and there is no terminal for a prompt',
    {
      hint: 'Pipe the code or the address into it, or use a terminal.',
    },
  );
}
