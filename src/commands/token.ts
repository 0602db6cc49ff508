// `token SERVICE`: step 3 for scripts. stdout has only the token; a secret is read only from stdin.
import type { Context } from '../context.js';
import type { AccessToken } from '../core/ports/credentials.js';
import type { ListedService } from '../core/repository/load-repositories.js';
import { BimServiceError } from '../errors.js';
import { exchangeCode, storeToken, token } from '../library/consent/token.js';
import { agreeing } from './shared/agree.js';
import { expiry } from './shared/expiry.js';
import { mask } from './shared/mask.js';
import { nextStep } from './shared/next-step.js';
import { resolveService } from './shared/resolve-service.js';
import { secretFromStdin } from './shared/stdin-secret.js';
import { exportToken, importToken } from './shared/token-bundle.js';

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
  if (flags.set) return storeGiven(context, service);
  if (flags.export)
    return exportToken(context, service, {
      asksPassphrase: flags.passphrase ?? false,
      output: flags.output ?? null,
    });
  if (flags.import) return importToken(context, service);
  const found = flags.code
    ? await exchangeCode(context.client, service, () => secretFromStdin(context, 'code'), {
        agree: agreeing(context, flags.yes ?? false),
      })
    : await currentToken(context, service, flags.refresh ?? false);
  if (flags.code || flags.refresh) context.reporter.info(`The token of ${service.id} is stored.`);
  mask(context, found.accessToken);
  if (context.json) {
    return context.printJson({
      service: service.id,
      accessToken: found.accessToken.reveal(),
      ...expiry(found.expiresAt),
      resourceUrl: found.resourceUrl,
    });
  }
  if (!flags.code) await context.print(`${found.accessToken.reveal()}\n`);
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
  if (!refresh && context.environmentToken(service)?.kind === 'used')
    context.reporter.debug('BIMSERVICE_TOKEN is used instead of a stored token');
  return token(context.client, service, { refresh });
}

async function storeGiven(context: Context, service: ListedService): Promise<void> {
  await storeToken(context.client, service, await secretFromStdin(context, 'token'));
  if (context.json) return context.printJson({ service: service.id, status: 'authorized', ...expiry(null) });
  const next = nextStep(context, `bimservice invoke ${service.id} MODEL`);
  context.reporter.info(`The token of ${service.id} is stored. Next: ${next}`);
}
