// `logout --all`: deletes every stored credential of this installation, and revokes the tokens where servers support it.
import type { Context } from '../context.js';
import {
  logOutOfAll,
  type RemovedRegistration,
  type RemovedToken,
} from '../core/authorization/log-out-all.js';
import type { StoreKind } from '../core/ports/credentials.js';
import { errorShape } from '../error-shape.js';
import { BimServiceError } from '../errors.js';
import { authorizationPorts } from '../library/consent/authorization-ports.js';
import { cleanText } from '../protocol/text/clean-text.js';
import { publicAddress } from '../protocol/text/public-address.js';
import { revocationText } from './shared/revocation-text.js';
import { showError } from './shared/show-error.js';

interface Outcome {
  tokens: (RemovedToken & { store: StoreKind })[];
  registrations: (RemovedRegistration & { store: StoreKind })[];
  /** Copies of damaged credentials that were removed. */
  copies: number;
  /** Why the credentials of a store were not all found. */
  errors: BimServiceError[];
}

/** Ends with the exit code of the worst failure: the one with the highest number. */
export async function logOutOfEverything(context: Context): Promise<void> {
  const outcome = await emptyStores(context);
  const { tokens, registrations, errors } = outcome;
  const failures = [...errors, ...[...tokens, ...registrations].flatMap(({ error }) => error ?? [])];
  const [worst = null, ...others] = failures.toSorted((one, other) => other.exitCode - one.exitCode);
  if (context.json) await context.printJson(documentOf(outcome), worst);
  else report(context, outcome);
  for (const failure of others) showError(context, failure);
  if (worst !== null) throw worst;
}

async function emptyStores(context: Context): Promise<Outcome> {
  const { config, runtime } = context;
  // Where the keyring is selected, older credentials may still be in files.
  const kinds: StoreKind[] = config.read().store === 'keyring' ? ['files', 'keyring'] : ['files'];
  const ports = await authorizationPorts(context.ports);
  const outcome: Outcome = { tokens: [], registrations: [], copies: 0, errors: [] };
  for (const store of kinds) {
    try {
      const done = await logOutOfAll(context.recordsIn(store), ports, runtime.signal);
      outcome.tokens.push(...done.tokens.map((token) => ({ ...token, store })));
      outcome.registrations.push(...done.registrations.map((each) => ({ ...each, store })));
      outcome.copies += done.copies;
    } catch (error) {
      runtime.signal.throwIfAborted();
      if (!(error instanceof BimServiceError)) throw error;
      outcome.errors.push(error);
    }
  }
  return outcome;
}

function report(context: Context, { tokens, registrations, copies, errors }: Outcome): void {
  const { reporter } = context;
  for (const token of tokens.filter(({ removed }) => removed)) {
    const { name, resourceUrl, revocation } = token;
    if (name === null) reporter.warn('Removed a damaged credential; it could not be revoked.');
    else reporter.info(`Removed the token of ${shown(name, resourceUrl)}; ${revocationText(revocation)}.`);
  }
  const removed = registrations.filter((registration) => registration.removed);
  if (removed.length > 0) {
    const servers = removed.map(({ endpoints }) => hostOf(endpoints?.tokenUrl ?? null) ?? 'a damaged record');
    reporter.info(
      `Removed the registration at ${[...new Set(servers)].join(', ')}; the server still has its record.`,
    );
  }
  if (copies > 0)
    reporter.info(`Removed ${copies} ${copies === 1 ? 'copy' : 'copies'} of damaged credentials.`);
  if (tokens.length + registrations.length + copies + errors.length === 0)
    reporter.info('Nothing was stored.');
  const given = ['BIMSERVICE_TOKEN', 'BIMSERVICE_CREDENTIALS', 'BIMSERVICE_CREDENTIALS_FILE'].filter(
    (name) => context.runtime.env[name],
  );
  if (given.length > 0) reporter.info(`${given.join(' and ')} still counts: it is not stored here.`);
}

function shown(name: string, resourceUrl: string | null): string {
  const host = hostOf(resourceUrl);
  return host === null ? cleanText(name, 80) : `${cleanText(name, 80)} (${host})`;
}

function hostOf(address: string | null): string | null {
  return address !== null && URL.canParse(address) ? new URL(address).host : null;
}

/** The document of `--json` (schemas/logout-all-output.schema.json). */
function documentOf({ tokens, registrations, copies, errors }: Outcome): object {
  const shapeOf = (error: BimServiceError | null) => (error === null ? null : errorShape(error));
  return {
    tokens: tokens.map(({ name, resourceUrl, store, removed, revocation, error }) => ({
      name,
      resourceUrl: resourceUrl === null ? null : publicAddress(resourceUrl),
      store,
      removed,
      revoked: revocation.revoked,
      error: shapeOf(error),
    })),
    registrations: registrations.map(({ endpoints, store, removed, error }) => ({
      tokenUrl: endpoints === null ? null : publicAddress(endpoints.tokenUrl),
      store,
      removed,
      error: shapeOf(error),
    })),
    copies,
    errors: errors.map(errorShape),
  };
}
