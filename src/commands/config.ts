// `config get|set`: settings that are not secret.
import type { Context } from '../context.js';
import { BimServiceError } from '../errors.js';
import { isStoreKind, STORE_KINDS } from '../io/store/config-file.js';
import { cleanText } from '../protocol/text/clean-text.js';

export async function setConfigCommand(context: Context, [name = '', value = '']: string[]): Promise<void> {
  if (name !== 'store') throw unknownSetting(name);
  if (!isStoreKind(value)) throw new BimServiceError('usage', `store is one of: ${STORE_KINDS.join(', ')}`);
  const store = value;
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
