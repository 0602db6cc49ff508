// `token SERVICE --export` and `--import -`: credentials as one line for a pipeline.
import type { Context } from '../../context.js';
import type { ListedService } from '../../core/repository/load-repositories.js';
import { saveSecret } from '../../io/files/save-secret.js';
import { exportCredentials, importCredentials } from '../../library/consent/credentials.js';
import { Secret } from '../../secret.js';
import { expiry } from './expiry.js';
import { mask } from './mask.js';
import { nextStep } from './next-step.js';
import { secretFromStdin } from './stdin-secret.js';

/**
 * Prints the credentials of `service` as one line, or writes it to `output` (0600: a shell's redirection makes a file that
 * others can read, and PowerShell's writes UTF-16). Encrypted with `--passphrase` or BIMSERVICE_PASSPHRASE.
 */
export async function exportToken(
  context: Context,
  service: ListedService,
  { asksPassphrase, output }: { asksPassphrase: boolean; output: string | null },
): Promise<void> {
  const { line, isEncrypted: encrypted } = await exportCredentials(context.client, service, async () =>
    asksPassphrase ? new Secret(await secretFromStdin(context, 'passphrase')) : context.passphrase,
  );
  mask(context, line);
  if (output !== null) {
    const path = context.path(output);
    await saveSecret(path, `${line.reveal()}\n`, context.runtime);
    if (context.json) return context.printJson({ service: service.id, output: path, encrypted });
  } else {
    if (context.json)
      return context.printJson({ service: service.id, credentials: line.reveal(), encrypted });
    await context.print(`${line.reveal()}\n`);
  }
  const use =
    'Keep it as a secret of the pipeline: BIMSERVICE_CREDENTIALS, or a file named by BIMSERVICE_CREDENTIALS_FILE.';
  context.reporter.info(
    !encrypted ? `${use} It is not encrypted (--passphrase).` : `${use} BIMSERVICE_PASSPHRASE decrypts it.`,
  );
}

/** Stores the credentials from stdin. */
export async function importToken(context: Context, service: ListedService): Promise<void> {
  const text = await secretFromStdin(context, 'credentials');
  const { expiresAt } = await importCredentials(context.client, service, text, context.passphrase);
  if (context.json)
    return context.printJson({ service: service.id, status: 'authorized', ...expiry(expiresAt) });
  context.reporter.info(
    `The credentials of ${service.id} are stored. Next: ${nextStep(context, `bimservice invoke ${service.id} MODEL`)}`,
  );
}
