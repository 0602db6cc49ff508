// `config get|set`: settings that are not secret.
import type { Context } from '../context.js';
import { BimServiceError } from '../errors.js';
import { isStoreKind, STORE_KINDS } from '../io/store/config-file.js';
import { cleanText } from '../protocol/text/clean-text.js';

export async function setConfigCommand(context: Context, [name = '', value = '']: string[]): Promise<void> {
  if (name !== 'store') throw unknownSetting(name);
  if (!isStoreKind(value)) throw new BimServiceError('usage', `store is one of: ${STORE_KINDS.join(', ')}`);
  const store = value;
  // Checked now, and not after a person has consented in a browser. A store that does not work is not selected.
  await context.recordsIn(store).probe();
  await context.config.update((config) => ({ ...config, store }), context.runtime.signal);
  if (context.json) return context.printJson({ store });
  context.reporter.info(
    `New credentials go to the ${store}. Credentials that are stored elsewhere stay there: authorize again, or --export and --import them.`,
  );
}

export async function getConfigCommand(context: Context, [name = '']: string[]): Promise<void> {
  if (name !== 'store') throw unknownSetting(name);
  const { store } = context.config.read();
  return context.json ? context.printJson({ store }) : context.print(`${store}\n`);
}

function unknownSetting(name: string): BimServiceError {
  return new BimServiceError('usage', `there is no setting ${cleanText(name, 40)}`, {
    hint: 'The only setting is: store',
  });
}
