// `token SERVICE --export` and `--import -`: credentials as one line for a pipeline.
import type { Context } from '../../context.js';
import { keepToken } from '../../core/authorization/keep-token.js';
import { storedToken } from '../../core/authorization/stored-token.js';
import { readRecords, recordsOf } from '../../core/credentials/credential-store.js';
import { BimServiceError } from '../../errors.js';
import { saveSecret } from '../../io/files/save-secret.js';
import { readBundle, writeBundle } from '../../protocol/oauth/credential-bundle.js';
import type { Service } from '../../protocol/repository/service.js';
import { listOf } from '../../protocol/repository/write-entry.js';
import { unwrapped } from '../../protocol/text/unwrap.js';
import { Secret } from '../../secret.js';
import { expiry } from './expiry.js';
import { mask } from './mask.js';
import { nextStep } from './next-step.js';
import { secretFromStdin } from './stdin-secret.js';

/**
 * Prints the credentials of `service` as one line, or writes it to `output` (0600: a shell's redirection makes a file that
 * others can read, and PowerShell's writes UTF-16). Encrypted with `--passphrase` or BIMSERVICE_PASSPHRASE.
 */
export async function exportCredentials(
  context: Context,
  service: Service,
  { asksPassphrase, output }: { asksPassphrase: boolean; output: string | null },
): Promise<void> {
  await storedToken(service, context);
  const records = await recordsOf(service, context.store);
  const passphrase = asksPassphrase
    ? new Secret(await secretFromStdin(context, 'passphrase'))
    : context.passphrase;
  const line = new Secret(
    await writeBundle({ service: service.id, list: listOf(service), records }, passphrase),
  );
  mask(context, line);
  const encrypted = passphrase !== null;
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
    passphrase === null
      ? `${use} It is not encrypted (--passphrase).`
      : `${use} BIMSERVICE_PASSPHRASE decrypts it.`,
  );
}

/** Stores the credentials from stdin. They must be for the addresses of `service`, so that no other service gets the token. */
export async function importCredentials(context: Context, service: Service): Promise<void> {
  const line = new Secret(unwrapped(await secretFromStdin(context, 'credentials')));
  const { records } = await readBundle(line, context.passphrase);
  const { token, registration } = readRecords(service, records);
  if (token === null) {
    throw new BimServiceError('usage', `these credentials are not for ${service.id} at these addresses`, {
      service: service.id,
      hint: `See its addresses: bimservice list ${service.id}`,
    });
  }
  const { store, runtime } = context;
  if (service.oauth !== null && registration !== null) {
    await using _ = await store.lockRegistration(service.oauth, runtime.signal);
    await store.writeRegistration(service.oauth, registration);
  }
  const { expiresAt } = await keepToken(service, token, { store, clock: runtime.clock });
  if (context.json)
    return context.printJson({ service: service.id, status: 'authorized', ...expiry(expiresAt) });
  context.reporter.info(
    `The credentials of ${service.id} are stored. Next: ${nextStep(context, `bimservice invoke ${service.id} MODEL`)}`,
  );
}
