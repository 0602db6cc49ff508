// Names that only this installation knows, for Tab. Sends no request and reads no stdin.
import type { Context } from '../context.js';
import { BimServiceError } from '../errors.js';
import { loadServices } from '../library/services/load-services.js';
import { cleanText } from '../protocol/text/clean-text.js';

export interface KnownName {
  value: string;
  /** One line of clean text. */
  description: string;
}

/** Ids of the services in the cached lists, or aliases of the stored repositories; none when there are none yet. */
export async function knownNames(context: Context, kind: 'services' | 'repositories'): Promise<KnownName[]> {
  if (kind === 'repositories')
    return context.config
      .read()
      .repositories.map(({ alias, location }) => ({ value: alias, description: cleanText(location, 80) }));
  if (context.ports.repositories.sources().some(({ location }) => location === '-')) return [];
  try {
    const { services } = await loadServices(context.ports, { cacheUse: 'offline', warns: false });
    return services.map(({ id, name }) => ({ value: id, description: cleanText(name, 80) }));
  } catch (error) {
    if (error instanceof BimServiceError) return [];
    throw error;
  }
}
