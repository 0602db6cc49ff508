// `config get|set`: settings that are not secret.
import type { Context } from '../context.js';
import type { Config } from '../core/ports/config.js';
import { BimServiceError } from '../errors.js';
import { isStoreKind, STORE_KINDS } from '../io/store/config-file.js';
import { cleanText } from '../protocol/text/clean-text.js';

type Setting = 'store' | 'updateNotice';

const SETTINGS: Readonly<
  Record<Setting, (context: Context, value: string) => Promise<{ change: Partial<Config>; done: string }>>
> = {
  async store(context, value) {
    if (!isStoreKind(value)) throw new BimServiceError('usage', `store is one of: ${STORE_KINDS.join(', ')}`);
    // Checked now, and not after a person has consented in a browser. A store that does not work is not selected.
    await context.recordsIn(value).probe();
    return {
      change: { store: value },
      done: `New credentials go to the ${value}. Credentials that are stored elsewhere stay there: authorize again, or --export and --import them.`,
    };
  },
  async updateNotice(_, value) {
    if (value !== 'true' && value !== 'false')
      throw new BimServiceError('usage', 'updateNotice is true or false');
    const isOn = value === 'true';
    return {
      change: { updateNotice: isOn },
      done: isOn
        ? 'npm is asked for a newer version once a day.'
        : 'npm is not asked for a newer version any more.',
    };
  },
};

export async function setConfigCommand(context: Context, [name = '', value = '']: string[]): Promise<void> {
  const { change, done } = await SETTINGS[settingOf(name)](context, value);
  await context.config.update((config) => ({ ...config, ...change }), context.runtime.signal);
  if (context.json) return context.printJson(change);
  context.reporter.info(done);
}

export async function getConfigCommand(context: Context, [name = '']: string[]): Promise<void> {
  const setting = settingOf(name);
  const value = context.config.read()[setting];
  return context.json ? context.printJson({ [setting]: value }) : context.print(`${value}\n`);
}

function settingOf(name: string): Setting {
  if (name === 'store' || name === 'updateNotice') return name;
  throw new BimServiceError('usage', `there is no setting ${cleanText(name, 40)}`, {
    hint: `The settings are: ${Object.keys(SETTINGS).join(', ')}`,
  });
}
