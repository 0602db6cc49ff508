// `authorize SERVICE`: step 2, which includes the registration and step 3.
import type { Context } from '../context.js';
import type { ListedService } from '../core/repository/load-repositories.js';
import { spanText } from '../durations.js';
import { BimServiceError } from '../errors.js';
import { readAll } from '../io/files/read-input.js';
import { type Authorized, authorize, type ConsentOptions } from '../library/consent/authorize.js';
import { cleanText } from '../protocol/text/clean-text.js';
import { agreeing } from './shared/agree.js';
import { type ClientFlags, clientOptions } from './shared/client-options.js';
import { expiry } from './shared/expiry.js';
import { keepingBaseUrl, nextStep } from './shared/next-step.js';
import { resolveService } from './shared/resolve-service.js';
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
      hint: [
        'Authorize on a desktop. There, this prints what the job needs as its secret BIMSERVICE_CREDENTIALS:',
        '  bimservice token SERVICE --export',
        'With a person at this terminal: --no-browser --paste, --device or --user NAME.',
      ].join('\n'),
    });
  }
  const service = await resolveService(context, query);
  const { token } = await authorizeService(context, service, flags);
  if (context.json)
    return context.printJson({ service: service.id, status: 'authorized', ...expiry(token.expiresAt) });
  reporter.info(`Next: ${nextStep(context, `bimservice invoke ${service.id} MODEL`)}`);
  const keeping = keepingBaseUrl(context);
  if (keeping !== null) reporter.info(`To use this address always: ${keeping}`);
}

/** The consent itself; `invoke` uses it too. */
export async function authorizeService(
  context: Context,
  service: ListedService,
  flags: AuthorizeFlags,
): Promise<Authorized> {
  const { runtime, reporter } = context;
  const done = await consentBy(context, service, flags);
  const { expiresAt } = done.token;
  const until = expiresAt === null ? '' : ` for ${spanText(expiresAt - runtime.clock.now())}`;
  reporter.info(`${service.id} is authorized${until}.`);
  return done;
}

/** In the browser, on another device (`--device`), or with a name and a password (`--user`). */
async function consentBy(
  context: Context,
  service: ListedService,
  flags: AuthorizeFlags,
): Promise<Authorized> {
  const { runtime, reporter, client } = context;
  const { signal } = runtime;
  const options: ConsentOptions = {
    ...clientOptions(flags),
    waitMs: flags.wait,
    agree: agreeing(context, flags.yes ?? false),
  };
  if (flags.user !== undefined) {
    const { authorizeUser } = await import('../library/consent/authorize-user.js');
    const { user, configuration } = flags;
    const prompter = context.interactive ? await context.prompter() : null;
    const question = 'Which configuration of the service?';
    const { host } = new URL(service.resourceUrl);
    return authorizeUser(client, service, {
      ...options,
      user,
      password: () => secretFromStdin(context, `password of ${cleanText(user, 60)} at ${host}`),
      ...(configuration === undefined ? {} : { configuration }),
      ...(prompter === null ? {} : { choose: (names) => prompter.choose(question, names, signal) }),
    });
  }
  options.onEvent = ({ event }) => {
    if (event === 'waiting')
      reporter.info(`Waiting for your consent (at most ${spanText(flags.wait)}; Ctrl-C stops).`);
  };
  if (flags.device) {
    const { authorizeDevice } = await import('../library/consent/authorize-device.js');
    return authorizeDevice(client, service, options);
  }
  const opens = flags.browser !== false && !flags.paste;
  const browser = opens
    ? await context.browser(typeof flags.browser === 'string' ? flags.browser : null)
    : null;
  return authorize(client, service, {
    ...options,
    openBrowser: browser === null ? null : (url, done) => browser.open(url, done),
    // At a terminal an address can be pasted wherever no browser was started.
    ...(flags.paste || context.interactive ? { askPasted: (stop) => askPasted(context, stop) } : {}),
  });
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
