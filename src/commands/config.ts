// `config get|set`: settings that are not secret.
import type { Context } from '../context.js';
import type { StoreKind } from '../core/ports/credentials.js';
import { BimServiceError } from '../errors.js';
import { cleanText } from '../protocol/text/clean-text.js';

const STORES: readonly StoreKind[] = ['files', 'keyring'];

export async function setConfigCommand(context: Context, [name = '', value = '']: string[]): Promise<void> {
  if (name !== 'store') throw unknownSetting(name);
  const store = STORES.find((kind) => kind === value);
  if (store === undefined) throw new BimServiceError('usage', `store is one of: ${STORES.join(', ')}`);
  // Asked now, not when a person has just consented in a browser; what cannot keep is not chosen.
  await context.recordsIn(store).probe();
  await context.config.update((config) => ({ ...config, store }), context.runtime.signal);
  if (context.json) return context.printJson({ store });
  context.reporter.info(
    `New credentials go to the ${store}. What is stored elsewhere stays there: authorize again, or --export and --import it.`,
  );
}

export async function getConfigCommand(context: Context, [name = '']: string[]): Promise<void> {
  if (name !== 'store') throw unknownSetting(name);
  const { store } = context.config.read();
  return context.json ? context.printJson({ store }) : context.print(`${store}\n`);
}

function unknownSetting(name: string): BimServiceError {
  return new BimServiceError('usage', `there is no setting ${cleanText(name, 40)}`, {
    hint: 'The only one is: store',
  });
}
