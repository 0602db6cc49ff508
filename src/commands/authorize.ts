// `authorize SERVICE`: step 2, and with it steps 1 and 3.
import type { Context } from '../context.js';
import { authorize } from '../core/authorize.js';
import { spanText } from '../durations.js';
import { BimServiceError } from '../errors.js';
import { readAll } from '../io/read-input.js';
import { type ClientFlags, clientOptions } from './client-options.js';
import { authorizationPorts } from './ports.js';
import { resolveService } from './services.js';

type AuthorizeFlags = ClientFlags & { browser: boolean | string; paste?: boolean; wait: number };

export async function authorizeCommand(
  context: Context,
  [query = '']: string[],
  flags: AuthorizeFlags,
): Promise<void> {
  const { runtime, reporter } = context;
  const opens = flags.browser !== false && !flags.paste;
  if (runtime.env.CI && flags.browser === true && !flags.paste) {
    throw new BimServiceError('input-needed', `a consent needs a person, and this is a CI job`, {
      hint: 'Authorize on a desk, then give the job its token: BIMSERVICE_TOKEN=$(bimservice token SERVICE). Or: --no-browser, --paste.',
    });
  }
  const service = await resolveService(context, query);
  const command = typeof flags.browser === 'string' ? flags.browser : null;
  const ports = {
    ...(await authorizationPorts(context)),
    browser: opens ? await context.browser(command) : null,
    askPasted: flags.paste ? (signal: AbortSignal) => askPasted(context, signal) : null,
  };
  const input = { service, client: clientOptions(flags), port: flags.port ?? null, waitMs: flags.wait };
  reporter.info(`Waiting for your consent (at most ${spanText(flags.wait)}; Ctrl-C ends it).`);
  const token = await authorize(input, ports, runtime.signal);
  const { expiresAt } = token;
  if (context.json) return context.printJson({ service: service.id, status: 'authorized', expiresAt });
  const until = expiresAt === null ? '' : ` for ${spanText(expiresAt - runtime.clock.now())}`;
  reporter.info(`${service.id} is authorized${until}.`);
  reporter.info(`Next: bimservice invoke ${service.id} MODEL`);
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
