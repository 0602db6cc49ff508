// `token SERVICE`: step 3 for scripts. stdout has only the token; a secret is read only from stdin.
import type { Context } from '../context.js';
import { freshToken, refreshAccessToken } from '../core/authorization/fresh-token.js';
import { completeToken, keepToken } from '../core/authorization/keep-token.js';
import { obtainToken } from '../core/authorization/obtain-token.js';
import { endpointsOf } from '../core/authorization/register.js';
import { storedToken } from '../core/authorization/stored-token.js';
import type { AccessToken, Registration } from '../core/ports/credentials.js';
import type { ListedService } from '../core/repository/load-repositories.js';
import { BimServiceError } from '../errors.js';
import { readPasted } from '../protocol/oauth/authorization.js';
import { isOpen, type Service } from '../protocol/repository/service.js';
import { unwrapped } from '../protocol/text/unwrap.js';
import { Secret } from '../secret.js';
import { authorizationPorts } from './shared/authorization-ports.js';
import { confirmHosts } from './shared/confirm-hosts.js';
import { expiry } from './shared/expiry.js';
import { mask } from './shared/mask.js';
import { nextStep } from './shared/next-step.js';
import { resolveService } from './shared/resolve-service.js';
import { secretFromStdin } from './shared/stdin-secret.js';
import { exportCredentials, importCredentials } from './shared/token-bundle.js';

interface TokenFlags {
  code?: '-';
  set?: '-';
  refresh?: boolean;
  export?: boolean;
  output?: string;
  passphrase?: boolean;
  import?: '-';
  yes?: boolean;
}

export async function tokenCommand(
  context: Context,
  [query = '']: string[],
  flags: TokenFlags,
): Promise<void> {
  checkFlags(flags);
  const service = await resolveService(context, query);
  // An open service has no token to print; the error says so.
  if (!flags.set && isOpen(service)) endpointsOf(service);
  if (flags.set) return storeToken(context, service);
  if (flags.export)
    return exportCredentials(context, service, {
      asksPassphrase: flags.passphrase ?? false,
      output: flags.output ?? null,
    });
  if (flags.import) return importCredentials(context, service);
  const token = flags.code
    ? await exchange(context, service, flags.yes ?? false)
    : await currentToken(context, service, flags.refresh ?? false);
  if (flags.code || flags.refresh) context.reporter.info(`The token of ${service.id} is stored.`);
  mask(context, token.accessToken);
  if (context.json) {
    return context.printJson({
      service: service.id,
      accessToken: token.accessToken.reveal(),
      ...expiry(token.expiresAt),
      resourceUrl: token.resourceUrl,
    });
  }
  if (!flags.code) await context.print(`${token.accessToken.reveal()}\n`);
}

/** Without --export these two would do nothing, and the token would be printed as it is. */
function checkFlags({ export: exports, passphrase, output }: TokenFlags): void {
  if (exports) return;
  const option = passphrase ? '--passphrase' : output !== undefined ? '--output FILE' : null;
  if (option === null) return;
  throw new BimServiceError('usage', `${option} belongs to --export`, {
    hint: `To export the credentials: bimservice token SERVICE --export ${option}`,
  });
}

async function currentToken(
  context: Context,
  service: ListedService,
  refresh: boolean,
): Promise<AccessToken> {
  const given = context.environmentToken(service);
  if (given?.kind === 'used' && !refresh) {
    context.reporter.debug('BIMSERVICE_TOKEN is used instead of a stored token');
    const { clock } = context.runtime;
    return completeToken(service, { accessToken: given.token }, clock);
  }
  const stored = await storedToken(service, context);
  const ports = await authorizationPorts(context);
  return refresh
    ? refreshAccessToken(service, stored, ports, context.runtime.signal)
    : freshToken(service, stored, 0, ports, context.runtime.signal);
}

async function exchange(context: Context, service: Service, agreed: boolean): Promise<AccessToken> {
  await confirmHosts(context, service, agreed);
  const pasted = readPasted(await secretFromStdin(context, 'code'), '');
  const ports = await authorizationPorts(context);
  if (pasted.kind === 'token') {
    const { token: accessToken, resourceUrl } = pasted;
    return keepToken(service, { accessToken, resourceUrl }, ports);
  }
  if (pasted.kind !== 'code') throw new BimServiceError('usage', 'stdin held no authorization code');
  const registration = await registered(context, service);
  // A code that a person obtained by hand was requested without our verifier (PROTOCOL 1.3, SHOW_CODE).
  const grant = {
    type: 'authorization_code',
    code: pasted.code,
    redirectUri: registration.redirectUri,
    codeVerifier: null,
  } as const;
  const result = await obtainToken(
    service,
    registration,
    { grant, reported: { resourceUrl: pasted.resourceUrl } },
    ports,
    context.runtime.signal,
  );
  if (result.kind === 'refused') throw result.error;
  return result.token;
}

async function storeToken(context: Context, service: Service): Promise<void> {
  const text = unwrapped(await secretFromStdin(context, 'token'));
  if (!/^[\x21-\x7e]+$/.test(text))
    throw new BimServiceError(
      'usage',
      'stdin held no token: a token is one word of visible ASCII characters',
    );
  const ports = { store: context.store, clock: context.runtime.clock };
  await keepToken(service, { accessToken: new Secret(text) }, ports);
  if (context.json) return context.printJson({ service: service.id, status: 'authorized', ...expiry(null) });
  const next = nextStep(context, `bimservice invoke ${service.id} MODEL`);
  context.reporter.info(`The token of ${service.id} is stored. Next: ${next}`);
}

async function registered(context: Context, service: Service): Promise<Registration> {
  const registration = await context.store.readRegistration(endpointsOf(service));
  if (registration) return registration;
  throw new BimServiceError('not-registered', `${service.id} is not registered yet`, {
    service: service.id,
    hint: `bimservice register ${service.id}`,
  });
}
